// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"testing"
	"time"
)

func TestPatchPolicyRules(t *testing.T) {
	for name, c := range map[string]struct {
		edit        func(p *PatchPolicy)
		field, says string
	}{
		"weekly":             {func(*PatchPolicy) {}, "", ""},
		"no rule":            {func(p *PatchPolicy) { p.Schedule.Recurrence = "every Sunday" }, "schedule.recurrence", "must"},
		"never":              {func(p *PatchPolicy) { p.Schedule.Recurrence = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }, "schedule.recurrence", "never opens a window"},
		"no time":            {func(p *PatchPolicy) { p.Schedule.Duration = 0 }, "schedule.duration", "must be more than zero"},
		"no zone":            {func(p *PatchPolicy) { p.Schedule.TimeZone = "Local" }, "schedule.time_zone", "differs from machine to machine"},
		"long ago":           {func(p *PatchPolicy) { p.Schedule.Start = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC) }, "schedule.start", "must be between"},
		"class":              {func(p *PatchPolicy) { p.Classifications = []string{"security", "optional"} }, "classifications", `is "optional"`},
		"included, excluded": {func(p *PatchPolicy) { p.Include, p.Exclude = []string{"a", "b"}, []string{"c", "b"} }, "exclude", "names as well: b"},
		"empty name":         {func(p *PatchPolicy) { p.Include = []string{"a", ""} }, "include", "empty text"},
		"for ever":           {func(p *PatchPolicy) { p.ApproveAfterDays = 366 }, "approve_after_days", "must be between 0 and 365"},
		"reboot":             {func(p *PatchPolicy) { p.Reboot = "maybe" }, "reboot", "if_required, always, never"},
	} {
		p := &PatchPolicy{Name: "weekly", Reboot: "never", Schedule: &PatchSchedule{
			Recurrence: "FREQ=WEEKLY;BYDAY=SU", Start: time.Date(2026, 3, 1, 2, 0, 0, 7, time.FixedZone("", 3600)), Duration: 4 * time.Hour, TimeZone: "Europe/Berlin",
		}}
		c.edit(p)
		wantOneProblem(t, name, p, c.field, c.says)
		canonicalTwice(t, p)
	}
}

// A machine is one machine however its name is written.
func TestPatchEnrollmentName(t *testing.T) {
	for target, want := range map[string]string{"WEB-01.Example.com.": "web-01.example.com", "4711": "4711", "9d385017C611228701D22104CC95C371": "9d385017c611228701d22104cc95c371"} {
		p := &PatchEnrollment{PolicyID: "1", Target: target}
		wantOneProblem(t, target, p, "", "")
		if canonicalTwice(t, p); p.NaturalName() != want {
			t.Errorf("%s is named %s, want %s", target, p.NaturalName(), want)
		}
	}
	wantOneProblem(t, "a sentence", &PatchEnrollment{Target: "the web server"}, "target", "must be a host name")
}

func TestTextOfWhatIsNotKnown(t *testing.T) {
	yes, three := true, int64(3)
	known := &PatchEnrollment{Compliant: &yes, PendingUpdates: &three}
	for _, c := range []struct {
		r          Record
		path, want string
		ok         bool
	}{
		{known, "compliant", "true", true},
		{known, "pending_updates", "3", true},
		{&PatchEnrollment{}, "compliant", "", true},
		{&PatchEnrollment{}, "compliant.x", "", false},
		{&PatchPolicy{}, "schedule", "", false},
		{&PatchPolicy{Schedule: &PatchSchedule{Recurrence: "x"}}, "schedule.recurrence", "", false},
	} {
		if got, ok := Text(c.r, c.path); got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %t; want %q, %t", c.path, got, ok, c.want, c.ok)
		}
	}
	if changes := Changes(known, &PatchEnrollment{Compliant: &yes}); len(changes) != 1 || changes[0] != "pending_updates" {
		t.Errorf("changes are %q", changes)
	}
	if c := Clone(known); c.Compliant == known.Compliant || *c.PendingUpdates != 3 {
		t.Error("the copy shares what is known, or has lost it")
	}
}
