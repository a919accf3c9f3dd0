// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is one message to people. It is sent when it is created, and kept as it was sent: what was said is evidence,
// and nothing is unsent.
type Message struct {
	Meta
	Name       string            `json:"name"`
	Channel    string            `json:"channel"`
	Recipients []string          `json:"recipients,omitempty" infraops:"once"`
	Subject    string            `json:"subject" infraops:"once"`
	Body       string            `json:"body" infraops:"once"`
	Facts      map[string]string `json:"facts,omitempty" infraops:"once"`
	Links      map[string]string `json:"links,omitempty" infraops:"once"`
	Severity   string            `json:"severity,omitempty" infraops:"once"`
	Triggers   map[string]string `json:"triggers,omitempty"`

	MessageID string    `json:"message_id,omitempty"`
	SentAt    time.Time `json:"sent_at,omitzero"`
	// Delivery is one of [Deliveries].
	Delivery string `json:"delivery,omitempty"`
}

// MessageChannels are the ways in which a message can reach people.
func MessageChannels() []string { return []string{"smtp", "slack", "teams", "contract"} }

// MessageSeverities are the weights of a message, lightest first.
func MessageSeverities() []string { return []string{"info", "warning", "critical"} }

// The values of [Message.Delivery].
const (
	// DeliverySent: the message was handed to its channel.
	DeliverySent = "sent"
	// DeliveryOutbox: the message is kept by a system that hands nothing on.
	DeliveryOutbox = "outbox"
)

// Deliveries lists them.
func Deliveries() []string { return []string{DeliverySent, DeliveryOutbox} }

// KindMessage is the kind of [Message].
var KindMessage = define(Definition{
	Kind: "notification_message", Role: RoleNotification, Title: "notification message", Version: 1,
	Key: []string{"name", "channel", "triggers"}, NameForm: "<channel>/<name>",
	New: func() Record { return new(Message) },
})

// Kind implements [Record].
func (*Message) Kind() Kind { return "notification_message" }

// NaturalName implements [Record]. The text is no part of it, so that a corrected subject is the same message; other
// triggers make another one.
func (m *Message) NaturalName() string {
	name := m.Channel + "/" + m.Name
	if len(m.Triggers) == 0 {
		return name
	}
	return name + "#" + hash(m.Triggers)[:12]
}

// Canonicalise implements [Record].
func (m *Message) Canonicalise() {
	m.Recipients = sortSet(m.Recipients)
	m.SentAt = canonicalTime(m.SentAt)
	if m.Severity == "" {
		m.Severity = MessageSeverities()[0]
	}
}

// Validate implements [Record].
func (m *Message) Validate() []FieldError {
	var v rules
	v.name("name", m.Name)
	v.oneOf("channel", m.Channel, MessageChannels())
	v.recipients("recipients", m)
	if v.boundedText("subject", m.Subject, MaxName); len(v.problems) == 0 && (strings.TrimSpace(m.Subject) != m.Subject || strings.ContainsAny(m.Subject, "\r\n\t")) {
		// A line break would begin another header of an e-mail.
		v.add("subject", "must be one line, and not begin or end with white space")
	}
	v.text("body", m.Body)
	v.entries("facts", m.Facts, MaxValue)
	v.entries("links", m.Links, MaxValue)
	for label, target := range m.Links {
		v.link("links."+label, target)
	}
	v.oneOf("severity", m.Severity, MessageSeverities())
	v.entries("triggers", m.Triggers, MaxText)
	v.oneOf("delivery", m.Delivery, Deliveries())
	v.entries("extensions", m.Extensions, MaxValue)
	return v.sorted()
}

// recipients is for whom the channel can reach.
func (v *rules) recipients(field string, m *Message) {
	if len(m.Recipients) == 0 {
		v.add(field, "must name at least one recipient")
	}
	for _, r := range m.Recipients {
		before := len(v.problems)
		if v.name(field, r); len(v.problems) > before {
			return
		}
		switch parsed, err := mail.ParseAddress(r); {
		case m.Channel == "smtp" && (err != nil || parsed.Address != r):
			v.addAcross(field, []string{"channel"}, "must be e-mail addresses such as team@example.com where channel is smtp, has %s", shown(r))
			return
		case m.Channel == "slack" && strings.ContainsAny(r, " ,"):
			v.addAcross(field, []string{"channel"}, "must be channels or members such as #platform or @ada where channel is slack, has %s", shown(r))
			return
		}
	}
}

// link is for what a person can follow from a message. It carries no password, since everybody who gets the message reads it.
func (v *rules) link(field, target string) {
	if slices.ContainsFunc(v.problems, func(p FieldError) bool { return p.Field == field }) {
		return
	}
	u, err := url.Parse(target)
	switch {
	case err != nil || !utf8.ValidString(target) || strings.ContainsAny(target, " \t\r\n"):
		v.add(field, "must be a URL such as https://wiki.example.com/web-01")
	case u.User != nil:
		v.add(field, "must not carry a user or a password")
	case u.Scheme == "mailto" && u.Opaque != "", (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "":
	default:
		v.add(field, "must be a whole URL that begins with https://, http:// or mailto:, is %s", shown(target))
	}
}
