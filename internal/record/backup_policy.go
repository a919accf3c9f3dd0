// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// BackupPolicy says when backups are made and for how long they are kept.
type BackupPolicy struct {
	Meta
	Name      string           `json:"name"`
	Schedules []BackupSchedule `json:"schedules,omitempty"`
	TimeZone  string           `json:"time_zone,omitempty"`
	Retention *BackupRetention `json:"retention,omitempty"`
	// Window is when a backup may begin.
	Window        *BackupWindow `json:"window,omitempty"`
	Consistency   string        `json:"consistency,omitempty"`
	ImmutableDays int64         `json:"immutable_days,omitempty"`
	Copies        []BackupCopy  `json:"copies,omitempty"`
	// Effective is what the system really holds, as JSON.
	Effective string `json:"effective,omitempty"`
}

// BackupSchedule makes one backup in each period.
type BackupSchedule struct {
	Every string `json:"every,omitempty"`
	// At is a time of day, "22:30".
	At string `json:"at,omitempty"`
	// Days are weekdays, or days of the month.
	Days []string `json:"days,omitempty"`
	Type string   `json:"type,omitempty"`
}

// BackupRetention counts, period by period, the recovery points that are kept.
type BackupRetention struct {
	Hourly  int64 `json:"hourly,omitempty"`
	Daily   int64 `json:"daily,omitempty"`
	Weekly  int64 `json:"weekly,omitempty"`
	Monthly int64 `json:"monthly,omitempty"`
	Yearly  int64 `json:"yearly,omitempty"`
}

// BackupWindow is a stretch of every day.
type BackupWindow struct {
	Start    string        `json:"start,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
}

// BackupCopy is a further place where recovery points are kept; without a retention of its own, for as long as at the first.
type BackupCopy struct {
	Location  string           `json:"location,omitempty"`
	Retention *BackupRetention `json:"retention,omitempty"`
}

// BackupPeriods are the periods of a schedule, from the shortest on.
func BackupPeriods() []string { return []string{"hour", "day", "week", "month"} }

// BackupTypes are the portable types of backup.
func BackupTypes() []string { return []string{"full", "incremental", "differential"} }

// BackupConsistencies are what a backup can be consistent with, from the least to the most.
func BackupConsistencies() []string { return []string{"crash", "filesystem", "application"} }

// Weekdays are the days of a week, in the order of ISO 8601.
func Weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// KindBackupPolicy is the kind of [BackupPolicy].
var KindBackupPolicy = define(Definition{
	Kind: "backup_policy", Role: RoleBackup, Title: "backup policy", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New: func() Record { return new(BackupPolicy) },
})

// Kind implements [Record].
func (*BackupPolicy) Kind() Kind { return "backup_policy" }

// NaturalName implements [Record].
func (p *BackupPolicy) NaturalName() string { return p.Name }

// Canonicalise implements [Record].
func (p *BackupPolicy) Canonicalise() {
	for i := range p.Schedules {
		p.Schedules[i].Days = sortSet(p.Schedules[i].Days)
	}
}

// HeldAsWritten fills Effective for a system that holds the policy as it was written.
func (p *BackupPolicy) HeldAsWritten() {
	terms := map[string]any{"schedules": p.Schedules, "retention": p.Retention}
	for name, value := range map[string]string{"time_zone": p.TimeZone, "consistency": p.Consistency} {
		if value != "" {
			terms[name] = value
		}
	}
	if p.Window != nil {
		terms["window"] = map[string]string{"start": p.Window.Start, "duration": p.Window.Duration.String()}
	}
	if p.ImmutableDays > 0 {
		terms["immutable_days"] = p.ImmutableDays
	}
	if len(p.Copies) > 0 {
		terms["copies"] = p.Copies
	}
	text, err := json.Marshal(terms)
	if err != nil {
		panic("record: a backup policy is not JSON: " + err.Error()) // It is made of texts and numbers.
	}
	p.Effective = string(text)
}

// Validate implements [Record].
func (p *BackupPolicy) Validate() []FieldError {
	var v rules
	v.name("name", p.Name)
	v.timeZone("time_zone", p.TimeZone)
	v.oneOf("consistency", p.Consistency, BackupConsistencies())
	v.entries("extensions", p.Extensions, MaxValue)
	p.validateSchedules(&v)
	p.validateWindow(&v)
	if p.Retention != nil {
		p.validateRetention(&v, "retention", p.Retention)
	}
	for i, c := range p.Copies {
		field := fmt.Sprintf("copies.%d", i)
		v.name(field+".location", c.Location)
		if other := slices.IndexFunc(p.Copies, func(o BackupCopy) bool { return o.Location == c.Location }); other < i {
			v.add(field+".location", "must not be that of copies.%d as well, %s", other, shown(c.Location))
		}
		if c.Retention != nil {
			p.validateRetention(&v, field+".retention", c.Retention)
		}
	}
	p.validateImmutable(&v)
	return v.problems
}

func (p *BackupPolicy) validateSchedules(v *rules) {
	for i, s := range p.Schedules {
		field := fmt.Sprintf("schedules.%d", i)
		v.oneOf(field+".every", s.Every, BackupPeriods())
		v.oneOf(field+".type", s.Type, BackupTypes())
		v.clock(field+".at", s.At)
		s.validateDays(v, field+".days")
		if s.Every == "hour" && s.At != "" {
			v.addAcross(field+".at", []string{field + ".every"}, "is a time of day, which a backup every hour does not have; leave it out, or set window to limit the hours")
		}
		if other := slices.IndexFunc(p.Schedules, s.sameTime); other < i {
			v.add(field, "makes a backup at the same time as schedules.%d; remove one of them", other)
		}
		full := func(o BackupSchedule) bool { return o.Type == "full" }
		if s.Type == "differential" && !slices.ContainsFunc(p.Schedules, full) {
			v.add(field+".type", "is differential, which holds what has changed since the last full backup, and no schedule makes a full one; add one")
		}
	}
}

func (s BackupSchedule) sameTime(o BackupSchedule) bool {
	return s.Every == o.Every && s.At == o.At && slices.Equal(sortSet(slices.Clone(s.Days)), sortSet(slices.Clone(o.Days)))
}

// validateDays knows weekdays for a schedule every week, and numbers for one every month.
func (s BackupSchedule) validateDays(v *rules, field string) {
	for _, day := range s.Days {
		switch s.Every {
		case "week":
			v.oneOf(field, day, Weekdays())
		case "month":
			if n, err := strconv.Atoi(day); day != "last" && (err != nil || n < 1 || n > 31 || strconv.Itoa(n) != day) {
				v.add(field, "must be days of the month, \"1\" to \"31\" or \"last\"; has %s", shown(day))
			}
		case "hour", "day":
			v.add(field, "are for schedules every week or month; leave them out, or set every to one of these")
			return
		}
	}
}

func (p *BackupPolicy) validateWindow(v *rules) {
	w := p.Window
	if w == nil {
		return
	}
	start, known := v.clock("window.start", w.Start)
	if w.Duration < time.Minute || w.Duration > 24*time.Hour || w.Duration%time.Minute != 0 {
		v.add("window.duration", "must be whole minutes, from 1m to 24h, is %s", w.Duration)
		return
	}
	for i, s := range p.Schedules {
		at, err := clockTime(s.At)
		if known && err == nil && (at-start+24*time.Hour)%(24*time.Hour) >= w.Duration {
			v.addAcross(fmt.Sprintf("schedules.%d.at", i), []string{"window"}, "must lie in the window, %s after %s, is %q", w.Duration, w.Start, s.At)
		}
	}
}

// maxPoints is more than anybody keeps of one period.
const maxPoints = 10_000

// validateRetention also refuses to keep points that no schedule makes.
func (p *BackupPolicy) validateRetention(v *rules, field string, r *BackupRetention) {
	finest := p.finest()
	for i, period := range r.periods() {
		path := field + "." + period.name
		v.count(path, period.keep, maxPoints)
		if period.keep > 0 && len(p.Schedules) > 0 && i < finest {
			v.addAcross(path, []string{"schedules"}, "cannot be kept: no schedule makes a backup that often; add a schedule every %s, or leave it out", period.every)
		}
	}
	if *r == (BackupRetention{}) {
		v.add(field, "must keep at least one recovery point: set one of hourly, daily, weekly, monthly, yearly to 1 or more")
	}
}

type keptPeriod struct {
	name, every string
	keep        int64
	// days is no less than the period has.
	days int64
}

// periods are those of a retention, from the shortest on.
func (r *BackupRetention) periods() []keptPeriod {
	return []keptPeriod{
		{"hourly", "hour", r.Hourly, 1},
		{"daily", "day", r.Daily, 1},
		{"weekly", "week", r.Weekly, 7},
		{"monthly", "month", r.Monthly, 31},
		{"yearly", "month", r.Yearly, 366},
	}
}

// finest is the place, in the order of the periods, of the shortest one in which a backup is made. Several days in a week or a
// month count as the shorter period, since that is what their points are kept as.
func (p *BackupPolicy) finest() int {
	finest := len(BackupPeriods())
	for _, s := range p.Schedules {
		period := slices.Index(BackupPeriods(), s.Every)
		if period < 0 {
			return 0 // refused for that
		}
		if len(s.Days) > 1 && period > 1 {
			period--
		}
		finest = min(finest, period)
	}
	return finest
}

// validateImmutable refuses points that cannot be deleted when their time is over.
func (p *BackupPolicy) validateImmutable(v *rules) {
	v.count("immutable_days", p.ImmutableDays, 36_500)
	if p.Retention == nil {
		return
	}
	var longest int64
	for _, period := range p.Retention.periods() {
		longest = max(longest, period.keep*period.days)
	}
	if p.ImmutableDays > longest && longest > 0 {
		v.addAcross("immutable_days", []string{"retention"}, "must not be longer than the longest retention, %d days, is %d", longest, p.ImmutableDays)
	}
}

// clock is for a time of day, which it returns; false where there is none.
func (v *rules) clock(field, s string) (time.Duration, bool) {
	if s == "" {
		return 0, false
	}
	at, err := clockTime(s)
	if err != nil {
		v.add(field, "must be a time of day from \"00:00\" to \"23:59\", is %s", shown(s))
	}
	return at, err == nil
}

func clockTime(s string) (time.Duration, error) {
	const layout = "15:04"
	t, err := time.Parse(layout, s)
	if err == nil && t.Format(layout) != s {
		err = fmt.Errorf("%q is not written as %q", s, t.Format(layout))
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}
