// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func nightly() *BackupPolicy {
	return &BackupPolicy{Name: "gold", Schedules: []BackupSchedule{{Every: "day", At: "01:30"}}, Retention: &BackupRetention{Daily: 14}}
}

func TestBackupPolicyRules(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(p *BackupPolicy)
		// field is empty for a policy that keeps the rules.
		field, says string
	}{
		"nightly":                     {func(*BackupPolicy) {}, "", ""},
		"GFS from one daily schedule": {func(p *BackupPolicy) { p.Retention = &BackupRetention{Daily: 7, Weekly: 4, Monthly: 12, Yearly: 7} }, "", ""},
		"weekdays count as daily":     {func(p *BackupPolicy) { p.Schedules[0] = BackupSchedule{Every: "week", Days: Weekdays()[:5]} }, "", ""},
		"one weekday does not":        {func(p *BackupPolicy) { p.Schedules[0] = BackupSchedule{Every: "week", Days: []string{"sunday"}} }, "retention.daily", "no schedule makes a backup that often; add a schedule every day"},
		"weekly from days of the month": {func(p *BackupPolicy) {
			p.Schedules[0], p.Retention = BackupSchedule{Every: "month", Days: []string{"1", "8", "15", "22"}}, &BackupRetention{Weekly: 8}
		}, "", ""},
		"weekly from the last day": {func(p *BackupPolicy) {
			p.Schedules[0], p.Retention = BackupSchedule{Every: "month", Days: []string{"last"}}, &BackupRetention{Weekly: 8}
		}, "retention.weekly", "add a schedule every week"},
		"yearly from monthly": {func(p *BackupPolicy) {
			p.Schedules[0], p.Retention = BackupSchedule{Every: "month"}, &BackupRetention{Yearly: 10}
		}, "", ""},
		"hourly without an hour":  {func(p *BackupPolicy) { p.Retention.Hourly = 24 }, "retention.hourly", "add a schedule every hour"},
		"nothing kept":            {func(p *BackupPolicy) { p.Retention.Daily = 0 }, "retention", "at least one recovery point"},
		"negative":                {func(p *BackupPolicy) { p.Retention.Weekly = -1 }, "retention.weekly", "must be between 0 and 10000"},
		"unknown period":          {func(p *BackupPolicy) { p.Schedules[0] = BackupSchedule{Every: "fortnight"} }, "schedules.0.every", "hour, day, week, month"},
		"unknown type":            {func(p *BackupPolicy) { p.Schedules[0].Type = "partial" }, "schedules.0.type", "full, incremental, differential"},
		"incremental for ever":    {func(p *BackupPolicy) { p.Schedules[0].Type = "incremental" }, "", ""},
		"differential to nothing": {func(p *BackupPolicy) { p.Schedules[0].Type = "differential" }, "schedules.0.type", "no schedule makes a full one"},
		"differential to full": {func(p *BackupPolicy) {
			p.Schedules[0].Type, p.Schedules = "differential", append(p.Schedules, BackupSchedule{Every: "week", At: "01:30", Days: []string{"sunday"}, Type: "full"})
		}, "", ""},
		"no clock":         {func(p *BackupPolicy) { p.Schedules[0].At = "1:30" }, "schedules.0.at", "time of day"},
		"24:00":            {func(p *BackupPolicy) { p.Schedules[0].At = "24:00" }, "schedules.0.at", "time of day"},
		"hourly at a time": {func(p *BackupPolicy) { p.Schedules[0].Every = "hour" }, "schedules.0.at", "does not have; leave it out"},
		"days of a day":    {func(p *BackupPolicy) { p.Schedules[0].Days = []string{"sunday", "monday"} }, "schedules.0.days", "are for schedules every week or month"},
		"a month's days in a week": {func(p *BackupPolicy) {
			p.Schedules = append(p.Schedules, BackupSchedule{Every: "week", Days: []string{"1"}})
		}, "schedules.1.days", "must be one of monday"},
		"a week's days in a month": {func(p *BackupPolicy) {
			p.Schedules = append(p.Schedules, BackupSchedule{Every: "month", Days: []string{"monday"}})
		}, "schedules.1.days", "days of the month"},
		"the 32nd": {func(p *BackupPolicy) {
			p.Schedules = append(p.Schedules, BackupSchedule{Every: "month", Days: []string{"32"}})
		}, "schedules.1.days", "days of the month"},
		"the 01st": {func(p *BackupPolicy) {
			p.Schedules = append(p.Schedules, BackupSchedule{Every: "month", Days: []string{"01"}})
		}, "schedules.1.days", "days of the month"},
		"twice": {func(p *BackupPolicy) {
			p.Schedules = append(p.Schedules, BackupSchedule{Every: "day", At: "01:30", Type: "full"})
		}, "schedules.1", "at the same time as schedules.0"},
		"window over midnight": {func(p *BackupPolicy) { p.Window = &BackupWindow{Start: "22:00", Duration: 6 * time.Hour} }, "", ""},
		"window that closes before": {func(p *BackupPolicy) {
			p.Window = &BackupWindow{Start: "22:00", Duration: 3*time.Hour + 30*time.Minute}
		}, "schedules.0.at", "must lie in the window, 3h30m0s after 22:00"},
		"window of two days":          {func(p *BackupPolicy) { p.Window = &BackupWindow{Start: "22:00", Duration: 48 * time.Hour} }, "window.duration", "from 1m to 24h"},
		"window of no time":           {func(p *BackupPolicy) { p.Window = &BackupWindow{Start: "22:00"} }, "window.duration", "from 1m to 24h"},
		"window of seconds":           {func(p *BackupPolicy) { p.Window = &BackupWindow{Start: "22:00", Duration: 90 * time.Second} }, "window.duration", "whole minutes"},
		"zone":                        {func(p *BackupPolicy) { p.TimeZone = "Europe/Berlin" }, "", ""},
		"no zone":                     {func(p *BackupPolicy) { p.TimeZone = "CET/Berlin" }, "time_zone", "must be a zone of the IANA database"},
		"immutable for the retention": {func(p *BackupPolicy) { p.ImmutableDays = 14 }, "", ""},
		"immutable for longer":        {func(p *BackupPolicy) { p.ImmutableDays = 15 }, "immutable_days", "not be longer than the longest retention, 14 days, is 15"},
		"two copies": {func(p *BackupPolicy) {
			p.Copies = []BackupCopy{{Location: "a"}, {Location: "b", Retention: &BackupRetention{Yearly: 1}}}
		}, "", ""},
		"a copy twice": {func(p *BackupPolicy) { p.Copies = []BackupCopy{{Location: "a"}, {Location: "a"}} }, "copies.1.location", "must not be that of copies.0"},
		"a copy of no points": {func(p *BackupPolicy) {
			p.Copies = []BackupCopy{{Location: "a", Retention: &BackupRetention{Hourly: 1}}}
		}, "copies.0.retention.hourly", "no schedule"},
		"a copy that keeps nothing": {func(p *BackupPolicy) { p.Copies = []BackupCopy{{Location: "a", Retention: &BackupRetention{}}} }, "copies.0.retention", "at least one"},
	} {
		p := nightly()
		c.edit(p)
		wantOneProblem(t, name, p, c.field, c.says)
		canonicalTwice(t, p)
	}
}

// wantOneProblem checks the one problem that a record has, or that it has none.
func wantOneProblem(t *testing.T, name string, r Record, field, says string) {
	t.Helper()
	problems := r.Validate()
	switch {
	case field == "" && len(problems) == 0:
	case field != "" && len(problems) == 1 && problems[0].Field == field && strings.Contains(problems[0].Problem, says):
	default:
		t.Errorf("%s: problems are %v, want %q: %q", name, problems, field, says)
	}
}

func TestBackupPolicyIsHeldAsWritten(t *testing.T) {
	p := nightly()
	p.HeldAsWritten()
	if want := `{"retention":{"daily":14},"schedules":[{"every":"day","at":"01:30"}]}`; p.Effective != want {
		t.Errorf("the least is %s, want %s", p.Effective, want)
	}
	p.TimeZone, p.Consistency, p.ImmutableDays = "UTC", "crash", 3
	p.Window, p.Copies = &BackupWindow{Start: "01:00", Duration: time.Hour}, []BackupCopy{{Location: "a", Retention: p.Retention}}
	p.HeldAsWritten()
	var terms map[string]any
	if err := json.Unmarshal([]byte(p.Effective), &terms); err != nil {
		t.Fatal(err)
	}
	for _, f := range Fields(p) {
		if _, ok := terms[f.Name]; !ok && !slices.Contains([]string{"name", "effective", "extensions"}, f.Name) {
			t.Errorf("%s is missing in %s", f.Name, p.Effective)
		}
	}
}

func TestBackupEnrollmentRules(t *testing.T) {
	for name, c := range map[string]struct {
		edit        func(b *BackupEnrollment)
		field, says string
	}{
		"whole": {func(*BackupEnrollment) {}, "", ""},
		"patterns": {func(b *BackupEnrollment) {
			b.Include, b.Exclude = []string{`C:\Users\*`, "/srv "}, []string{"**/cache"}
		}, "", ""},
		"twice":      {func(b *BackupEnrollment) { b.Include = []string{"/srv", "/etc", "/srv"} }, "include", `has "/srv" twice`},
		"empty":      {func(b *BackupEnrollment) { b.Exclude = []string{""} }, "exclude", "empty text"},
		"control":    {func(b *BackupEnrollment) { b.Exclude = []string{"\x00"} }, "exclude", "control characters"},
		"on_destroy": {func(b *BackupEnrollment) { b.OnDestroy = "delete" }, "on_destroy", "retain, expire"},
	} {
		b := &BackupEnrollment{Name: "web", PolicyID: "1", Target: "web-fd", OnDestroy: "retain"}
		c.edit(b)
		wantOneProblem(t, name, b, c.field, c.says)
	}
}
