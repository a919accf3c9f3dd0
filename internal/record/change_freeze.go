// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

// ChangeFreeze is a time, or a time that recurs, in which nothing is changed. A freeze of any stack counts for the changes of all
// stacks that the system keeps: what is closed for one team is closed for the others.
type ChangeFreeze struct {
	Meta
	Name string `json:"name"`
	// Start is when the freeze begins; of one that recurs, the time from which on its rule counts.
	Start time.Time `json:"start,omitzero"`
	// End is for a single freeze; Recurrence, an RFC 5545 rule, and Duration are for one that recurs.
	End        time.Time     `json:"end,omitzero"`
	Recurrence string        `json:"recurrence,omitempty"`
	Duration   time.Duration `json:"duration,omitempty"`
	// TimeZone is that of the wall clock on which the freeze recurs; empty for UTC.
	TimeZone string `json:"time_zone,omitempty"`
	// Environments limits the freeze; none for all.
	Environments []string `json:"environments,omitempty"`
	// ExemptTypes are the types of change that may go on.
	ExemptTypes []string `json:"exempt_types,omitempty"`
	Reason      string   `json:"reason"`
}

// KindChangeFreeze is the kind of [ChangeFreeze].
var KindChangeFreeze = define(Definition{
	Kind: "change_freeze", Role: RoleChange, Title: "change freeze", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New: func() Record { return new(ChangeFreeze) },
})

// Kind implements [Record].
func (*ChangeFreeze) Kind() Kind { return "change_freeze" }

// NaturalName implements [Record].
func (f *ChangeFreeze) NaturalName() string { return f.Name }

// utc is the zone of a freeze that names none.
const utc = "UTC"

// Canonicalise implements [Record].
func (f *ChangeFreeze) Canonicalise() {
	f.Start, f.End = canonicalTime(f.Start), canonicalTime(f.End)
	f.Recurrence = strings.ToUpper(f.Recurrence)
	for strings.HasPrefix(f.Recurrence, "RRULE:") { // so that a second pass finds nothing to do
		f.Recurrence = strings.TrimPrefix(f.Recurrence, "RRULE:")
	}
	if f.TimeZone == "" {
		f.TimeZone = utc
	}
	f.Environments, f.ExemptTypes = sortSet(f.Environments), sortSet(f.ExemptTypes)
}

// Schedule is when the freeze is in force.
func (f *ChangeFreeze) Schedule() (*schedule.Schedule, error) {
	if f.Recurrence == "" {
		return schedule.Once(f.Start, f.End)
	}
	return schedule.Parse(f.Recurrence, f.Start, f.Duration, f.TimeZone)
}

// Validate implements [Record].
func (f *ChangeFreeze) Validate() []FieldError {
	var v rules
	v.name("name", f.Name)
	v.text("reason", f.Reason)
	for _, environment := range f.Environments {
		v.name("environments", environment)
	}
	for _, changeType := range f.ExemptTypes {
		v.oneOf("exempt_types", changeType, ChangeTypes())
	}
	v.time("start", f.Start)
	v.time("end", f.End)
	v.entries("extensions", f.Extensions, MaxValue)
	v.timeZone("time_zone", f.TimeZone)
	if len(v.problems) == 0 && !f.Start.IsZero() {
		f.validateForm(&v)
	}
	return v.problems
}

// validateForm holds the freeze to one of its two forms: until an end, or again and again for a duration.
func (f *ChangeFreeze) validateForm(v *rules) {
	const forms = "give either end, or recurrence and duration"
	single, recurring := !f.End.IsZero(), f.Recurrence != "" || f.Duration != 0
	switch {
	case single && recurring:
		v.addAcross("end", []string{"recurrence", "duration"}, "must not stand beside recurrence and duration: %s", forms)
	case !single && !recurring:
		v.addAcross("end", []string{"recurrence", "duration"}, "is missing: %s", forms)
	case recurring && f.Recurrence == "":
		v.addAcross("recurrence", []string{"end", "duration"}, "is missing beside duration: %s", forms)
	case recurring && f.Duration == 0:
		v.addAcross("duration", []string{"end", "recurrence"}, "is missing beside recurrence: %s", forms)
	default:
		var e *schedule.Error
		if _, err := f.Schedule(); errors.As(err, &e) {
			others := slices.DeleteFunc([]string{"start", "end", "recurrence", "duration", "time_zone"}, func(name string) bool { return name == e.Part })
			v.addAcross(e.Part, others, "%s", e.Problem)
		}
	}
}

// frozen refuses the start of a change while a freeze is in force, whatever its window and enforce_window say: a freeze
// may have been declared after the change was planned, and a change need not have a window.
func (g *approvalGate) frozen(ctx context.Context, c *ChangeRequest) error {
	if g.conflicts == nil {
		return nil
	}
	calendar, err := g.conflicts.Calendar(ctx, ConflictFreeze)
	if err != nil {
		return err
	}
	now := g.now()
	q := ConflictQuery{Start: now, End: now, Type: c.Type}
	if len(calendar.Conflicts(q)) == 0 {
		return nil // Nothing that the environments could tell would change that.
	}
	q.Environments, err = c.Environments(func(ids []string) (map[string]Record, error) { return g.items(ctx, ids) })
	if err != nil {
		return err
	}
	found := calendar.Conflicts(q)
	if len(found) == 0 {
		return nil
	}
	refusal := Errorf(ErrPending, "%s is approved, and it cannot start in the %s", c.named(), found[0])
	advice := Exemption(found)
	if free, ok := calendar.Free(q); ok {
		refusal.RetryAfter = free.Sub(now)
		advice = fmt.Sprintf("Apply again from %s on, or set max_wait to wait for it. %s", FormatTime(free), advice)
	}
	if len(q.Environments) == 0 && len(found[0].Environments) > 0 {
		advice += ". " + setEnvironment(found[0])
	}
	return refusal.Advise("%s", advice)
}
