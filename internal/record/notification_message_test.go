// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"reflect"
	"strings"
	"testing"
)

// aMessage is a valid one, edited.
func aMessage(edit func(m *Message)) *Message {
	m := &Message{Name: "ready", Channel: "smtp", Recipients: []string{"ada@example.com"}, Subject: "Ready ✅", Body: "# Ready", Severity: "info"}
	edit(m)
	return m
}

func TestMessageNames(t *testing.T) {
	plain := aMessage(func(*Message) {})
	for name, m := range map[string]*Message{
		"smtp/ready":  plain,
		"slack/ready": aMessage(func(m *Message) { m.Channel = "slack" }),
		// Written down, since a change of the hash would send every message again.
		"smtp/ready#755b4365db5e": aMessage(func(m *Message) { m.Triggers = map[string]string{"vm": "1"} }),
	} {
		m.Subject, m.Body = "Corrected", "Corrected"
		if got := m.NaturalName(); got != name {
			t.Errorf("natural name is %q, want %q", got, name)
		}
	}
}

func TestMessageRules(t *testing.T) {
	to := func(channel string, recipients ...string) func(m *Message) {
		return func(m *Message) { m.Channel, m.Recipients = channel, recipients }
	}
	link := func(target string) func(m *Message) {
		return func(m *Message) { m.Links = map[string]string{"Runbook": target} }
	}
	for field, edits := range map[string][]func(m *Message){
		"name":    {func(m *Message) { m.Name = "a\nb" }},
		"channel": {func(m *Message) { m.Channel = "pigeon" }},
		"recipients": {
			to("smtp"), to("smtp", "ada"), to("smtp", "Ada <ada@example.com>"), to("smtp", "ada@example.com", "a@b, c@d"), to("smtp", "ada@example.com\nBcc: eve@example.com"),
			to("slack", "#platform, #ops"), to("slack", "the platform team"), to("teams", " Platform"), to("contract", "a\x00"),
		},
		"subject":       {func(m *Message) { m.Subject = "a\nBcc: eve@example.com" }, func(m *Message) { m.Subject = " a" }, func(m *Message) { m.Subject = strings.Repeat("a", 256) }, func(m *Message) { m.Subject = "a\tb" }},
		"body":          {func(m *Message) { m.Body = "a\x1b[2J" }},
		"facts.a":       {func(m *Message) { m.Facts = map[string]string{"a": "\x00"} }},
		"links.Runbook": {link("wiki.example.com"), link("/a"), link("ftp://example.com"), link("javascript:alert(1)"), link("https://"), link("https://ada:hunter2@example.com"), link("https://ada@example.com"), link("https://example.com/a b"), link("mailto:"), link("https://[::1"), link("\x00")},
		"severity":      {func(m *Message) { m.Severity = "fatal" }},
		"delivery":      {func(m *Message) { m.Delivery = "maybe" }},
	} {
		for _, edit := range edits {
			wantProblem(t, aMessage(edit), field)
		}
	}
	for _, edit := range []func(m *Message){
		func(*Message) {}, to("slack", "#platform", "@ada", "C024BE91L"), to("teams", "Platform team / General"), to("contract", "whoever"),
		link("https://wiki.example.com/a?b=c#d"), link("http://10.0.0.7:8080"), link("mailto:ada@example.com?subject=x"), link("https://[2001:db8::1]/"),
	} {
		if m := aMessage(edit); Check(m) != nil {
			t.Errorf("%+v: %v", m, Check(m))
		}
	}
	for _, p := range aMessage(link("https://ada:hunter2@example.com/%zz")).Validate() {
		if strings.Contains(p.Problem, "hunter2") {
			t.Errorf("the problem shows the password: %s", p.Problem)
		}
	}
}

func TestMessageCanonicalForm(t *testing.T) {
	m := aMessage(func(m *Message) { m.Recipients, m.Severity = []string{"b@x", "a@x", "b@x"}, "" })
	canonicalTwice(t, m)
	if !reflect.DeepEqual(m.Recipients, []string{"a@x", "b@x"}) || m.Severity != "info" {
		t.Errorf("%+v", m)
	}
}
