// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

// PatchPolicy says which updates are installed, and when.
type PatchPolicy struct {
	Meta
	Name     string         `json:"name"`
	Schedule *PatchSchedule `json:"schedule,omitempty"`
	// Classifications are some of [PatchClassifications]; none stands for all.
	Classifications []string `json:"classifications,omitempty"`
	// Include and Exclude are names of packages or updates.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
	// ApproveAfterDays is how long an update must have been out before it is installed.
	ApproveAfterDays int64  `json:"approve_after_days,omitempty"`
	Reboot           string `json:"reboot,omitempty"`
}

// PatchSchedule is the recurring window in which updates are installed.
type PatchSchedule struct {
	Recurrence string        `json:"recurrence,omitempty"`
	Start      time.Time     `json:"start,omitzero"`
	Duration   time.Duration `json:"duration,omitempty"`
	TimeZone   string        `json:"time_zone,omitempty"`
}

// PatchClassifications are the portable classes of updates.
func PatchClassifications() []string { return []string{"security", "critical", "bugfix", "feature"} }

// PatchReboots are the ways to deal with an update that wants a restart.
func PatchReboots() []string { return []string{"if_required", "always", "never"} }

// KindPatchPolicy is the kind of [PatchPolicy].
var KindPatchPolicy = define(Definition{
	Kind: "patch_policy", Role: RolePatch, Title: "patch policy", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New: func() Record { return new(PatchPolicy) },
})

// Kind implements [Record].
func (*PatchPolicy) Kind() Kind { return "patch_policy" }

// NaturalName implements [Record].
func (p *PatchPolicy) NaturalName() string { return p.Name }

// Canonicalise implements [Record].
func (p *PatchPolicy) Canonicalise() {
	p.Classifications, p.Include, p.Exclude = sortSet(p.Classifications), sortSet(p.Include), sortSet(p.Exclude)
	if p.Schedule != nil {
		p.Schedule.Start = canonicalTime(p.Schedule.Start)
	}
}

// Validate implements [Record].
func (p *PatchPolicy) Validate() []FieldError {
	var v rules
	v.name("name", p.Name)
	if s := p.Schedule; s != nil {
		v.recurring("schedule", s.Recurrence, s.Start, s.Duration, s.TimeZone)
	}
	for _, class := range p.Classifications {
		v.oneOf("classifications", class, PatchClassifications())
	}
	v.names("include", p.Include)
	v.names("exclude", p.Exclude)
	if both := slices.DeleteFunc(slices.Clone(p.Exclude), func(s string) bool { return !slices.Contains(p.Include, s) }); len(both) > 0 {
		v.addAcross("exclude", []string{"include"}, "must not name what include names as well: %s", strings.Join(both, ", "))
	}
	v.count("approve_after_days", p.ApproveAfterDays, 365)
	v.oneOf("reboot", p.Reboot, PatchReboots())
	v.entries("extensions", p.Extensions, MaxValue)
	return v.problems
}

// recurring is for an object whose members are the parts of a recurring window. All of them but the zone are required, so
// one that is missing is one that is not known yet.
func (v *rules) recurring(field, rule string, start time.Time, duration time.Duration, zone string) {
	var wrong *schedule.Error
	if _, err := schedule.Parse(rule, start, duration, zone); errors.As(err, &wrong) {
		v.addAcross(field+"."+wrong.Part, []string{field}, "%s", wrong.Problem)
	}
}
