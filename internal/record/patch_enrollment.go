// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "time"

// PatchEnrollment puts one machine under a [PatchPolicy].
type PatchEnrollment struct {
	Meta
	PolicyID string `json:"policy_id"`
	// Target is a host name, or the id of a configuration item.
	Target string `json:"target"`
	Ring   string `json:"ring,omitempty"`
	// The rest is what the system has seen; empty where it does not know.
	Compliant      *bool     `json:"compliant,omitempty"`
	PendingUpdates *int64    `json:"pending_updates,omitempty"`
	LastRunAt      time.Time `json:"last_run_at,omitzero"`
}

// KindPatchEnrollment is the kind of [PatchEnrollment].
var KindPatchEnrollment = define(Definition{
	Kind: "patch_enrollment", Role: RolePatch, Title: "patch enrollment", Version: 1,
	// Two policies on one machine would restart it twice and disagree on what it may have. So a machine is enrolled once, and
	// changing the policy moves it.
	Key: []string{"target"}, NameForm: "<target>",
	New:  func() Record { return new(PatchEnrollment) },
	Uses: map[string]Kind{"policy_id": "patch_policy"},
})

// Kind implements [Record].
func (*PatchEnrollment) Kind() Kind { return "patch_enrollment" }

// NaturalName implements [Record].
func (p *PatchEnrollment) NaturalName() string { return p.Target }

// Canonicalise implements [Record].
func (p *PatchEnrollment) Canonicalise() {
	p.Target = canonicalHost(p.Target)
	p.LastRunAt = canonicalTime(p.LastRunAt)
}

// Validate implements [Record].
func (p *PatchEnrollment) Validate() []FieldError {
	var v rules
	v.name("policy_id", p.PolicyID)
	v.host("target", p.Target)
	v.name("ring", p.Ring)
	v.entries("extensions", p.Extensions, MaxValue)
	return v.problems
}
