// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"strings"
	"time"
)

// Membership puts a principal into a group, if need be until a day.
type Membership struct {
	Meta
	Group         string    `json:"group"`
	Member        string    `json:"member"`
	ExpiresAt     time.Time `json:"expires_at,omitzero"`
	Justification string    `json:"justification,omitempty"`
}

// KindMembership is the kind of [Membership].
var KindMembership = define(Definition{
	Kind: "iam_membership", Role: RoleIAM, Title: "group membership", Version: 1,
	Key: []string{"group", "member"}, NameForm: "<group>/<member>",
	New: func() Record { return new(Membership) },
})

// Kind implements [Record].
func (*Membership) Kind() Kind { return "iam_membership" }

// NaturalName implements [Record].
func (m *Membership) NaturalName() string { return m.Group + "/" + m.Member }

// Expired says that the membership no longer counts. The record lives on: what ends it is its block's end.
func (m *Membership) Expired(now time.Time) bool {
	return !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(now)
}

// Canonicalise implements [Record].
func (m *Membership) Canonicalise() { m.ExpiresAt = canonicalTime(m.ExpiresAt) }

// Validate implements [Record].
func (m *Membership) Validate() []FieldError {
	var v rules
	v.name("group", m.Group)
	if strings.Contains(m.Group, "/") {
		v.add("group", "must not contain a slash, is %s", shown(m.Group))
	}
	v.name("member", m.Member)
	v.time("expires_at", m.ExpiresAt)
	v.text("justification", m.Justification)
	v.entries("extensions", m.Extensions, MaxValue)
	return v.problems
}
