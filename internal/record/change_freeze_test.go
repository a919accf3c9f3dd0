// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestFreezeForms(t *testing.T) {
	start := at(t, "2030-12-20T00:00:00+01:00")
	weekly := ChangeFreeze{Start: start, Recurrence: "FREQ=WEEKLY", Duration: time.Hour}
	but := func(edit func(*ChangeFreeze)) ChangeFreeze {
		f := weekly
		edit(&f)
		return f
	}
	for name, c := range map[string]struct {
		freeze         ChangeFreeze
		field, problem string
	}{
		"weekly":               {weekly, "", ""},
		"single":               {ChangeFreeze{Start: start, End: start.Add(time.Hour)}, "", ""},
		"start not known yet":  {ChangeFreeze{Recurrence: "FREQ=WEEKLY"}, "", ""},
		"neither":              {ChangeFreeze{Start: start}, "end", "give either end, or recurrence and duration"},
		"both":                 {but(func(f *ChangeFreeze) { f.End = start.Add(time.Hour) }), "end", "must not stand beside"},
		"no rule":              {but(func(f *ChangeFreeze) { f.Recurrence = "" }), "recurrence", "missing beside duration"},
		"no duration":          {but(func(f *ChangeFreeze) { f.Duration = 0 }), "duration", "missing beside recurrence"},
		"negative duration":    {but(func(f *ChangeFreeze) { f.Duration = -time.Hour }), "duration", "more than zero"},
		"ends where it starts": {ChangeFreeze{Start: start, End: start}, "end", "must be after start"},
		"never":                {but(func(f *ChangeFreeze) { f.Recurrence = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30" }), "recurrence", "never opens"},
		"no rule at all":       {but(func(f *ChangeFreeze) { f.Recurrence = "weekly" }), "recurrence", "FREQ=WEEKLY"},
		"no zone":              {but(func(f *ChangeFreeze) { f.TimeZone = "Berlin" }), "time_zone", "IANA"},
		"no type":              {but(func(f *ChangeFreeze) { f.ExemptTypes = []string{"urgent"} }), "exempt_types", "must be one of"},
		"before all computers": {ChangeFreeze{Start: at(t, "1900-01-01T00:00:00Z"), End: start}, "start", "between the years"},
	} {
		problems := c.freeze.Validate()
		if c.field == "" {
			if len(problems) > 0 {
				t.Errorf("%s: %v", name, problems)
			}
			continue
		}
		if len(problems) != 1 || problems[0].Field != c.field || !strings.Contains(problems[0].Problem, c.problem) {
			t.Errorf("%s: %v, want %s: … %s", name, problems, c.field, c.problem)
		}
	}
}

func FuzzFreeze(f *testing.F) {
	f.Add("FREQ=WEEKLY;BYDAY=SA", "Europe/Berlin", int64(1_800_000_000), int64(0), int64(3600))
	f.Add("rrule:RRULE:freq=daily", "", int64(1_800_000_000), int64(1_900_000_000), int64(0))
	f.Add("", "UTC", int64(0), int64(1), int64(0))
	f.Fuzz(func(t *testing.T, rule, zone string, start, end, seconds int64) {
		freeze := &ChangeFreeze{Recurrence: rule, TimeZone: zone, Start: time.Unix(start, 7), Duration: time.Duration(seconds%1_000_000) * time.Second}
		if end != 0 {
			freeze.End = time.Unix(end, 0)
		}
		canonicalTwice(t, freeze)
		if Check(freeze) == nil {
			if _, _, err := entryOf(freeze, nil); err != nil {
				t.Errorf("a valid freeze is no entry: %v", err)
			}
		}
	})
}

// calendarWith makes a calendar of freezes.
func calendarWith(t *testing.T, freezes ...*ChangeFreeze) Calendar {
	t.Helper()
	var c Calendar
	for _, f := range freezes {
		f.Canonicalise()
		if err := Check(f); err != nil {
			t.Fatal(err)
		}
		entry, takes, err := entryOf(f, nil)
		if err != nil || !takes {
			t.Fatal(err)
		}
		c = append(c, entry)
	}
	return c
}

func TestRefusal(t *testing.T) {
	yearEnd := &ChangeFreeze{Meta: Meta{Stack: "board"}, Name: "year-end", Start: at(t, "2030-12-20T00:00:00Z"), End: at(t, "2031-01-03T00:00:00Z"), Reason: "Books are closed.", ExemptTypes: []string{"emergency"}}
	fridays := &ChangeFreeze{
		Name: "weekend", Start: at(t, "2030-01-01T18:00:00+01:00"), Recurrence: "FREQ=WEEKLY;BYDAY=FR", Duration: 60 * time.Hour, TimeZone: "Europe/Berlin",
		Environments: []string{"prod"}, Reason: "Nobody is here",
	}
	calendar := calendarWith(t, yearEnd, fridays)
	for name, c := range map[string]struct {
		q    ConflictQuery
		says []string // of the error and its advice; none: no refusal
	}{
		"a quiet day": {ConflictQuery{Start: at(t, "2030-12-10T08:00:00Z"), End: at(t, "2030-12-10T10:00:00Z"), Type: "normal"}, nil},
		"year-end": {
			ConflictQuery{Start: at(t, "2030-12-24T08:00:00Z"), End: at(t, "2030-12-24T10:00:00Z"), Type: "normal", Environments: []string{"dev"}},
			[]string{
				`the window from 2030-12-24T08:00:00Z to 2030-12-24T10:00:00Z lies in the freeze "year-end" of stack "board", 2030-12-20T00:00:00Z to 2031-01-03T00:00:00Z: Books are closed`,
				"the window is free from 2031-01-03T00:00:00Z on. Exempt are changes of type emergency",
			},
		},
		"year-end, exempt": {ConflictQuery{Start: at(t, "2030-12-24T08:00:00Z"), End: at(t, "2030-12-24T10:00:00Z"), Type: "emergency", Environments: []string{"dev"}}, nil},
		// The year ends on a Tuesday; the 3rd of January is a Friday, whose freeze begins at 18:00 in Berlin.
		"year-end, long": {
			ConflictQuery{Start: at(t, "2030-12-24T08:00:00Z"), End: at(t, "2030-12-25T08:00:00Z"), Type: "normal", Environments: []string{"Prod"}},
			[]string{"year-end", "the window is free from 2031-01-06T05:00:00Z on"},
		},
		"two at once": {
			ConflictQuery{Start: at(t, "2030-12-20T20:00:00Z"), End: at(t, "2030-12-20T22:00:00Z"), Type: "normal", Environments: []string{"prod"}},
			[]string{`freeze "year-end" of stack "board", 2030-12-20T00:00:00Z to 2031-01-03T00:00:00Z: Books are closed; and in the freeze "weekend", 2030-12-20T17:00:00Z to 2030-12-23T05:00:00Z: Nobody is here`, "No type of change is exempt"},
		},
		// Summer: 18:00 in Berlin is 16:00 UTC.
		"a summer's Friday":              {ConflictQuery{Start: at(t, "2030-07-05T16:00:00Z"), End: at(t, "2030-07-05T16:30:00Z"), Type: "normal", Environments: []string{"prod"}}, []string{"2030-07-05T16:00:00Z to 2030-07-08T04:00:00Z"}},
		"a summer's Friday, just before": {ConflictQuery{Start: at(t, "2030-07-05T15:00:00Z"), End: at(t, "2030-07-05T16:00:00Z"), Type: "normal", Environments: []string{"prod"}}, nil},
		// The clocks go forward on 31 March 2030: 60 hours from Friday 18:00 end at Monday 07:00.
		"the night of the change":         {ConflictQuery{Start: at(t, "2030-04-01T04:59:59Z"), End: at(t, "2030-04-01T05:30:00Z"), Type: "normal", Environments: []string{"prod"}}, []string{"2030-03-29T17:00:00Z to 2030-04-01T05:00:00Z"}},
		"after the night of the change":   {ConflictQuery{Start: at(t, "2030-04-01T05:00:00Z"), End: at(t, "2030-04-01T05:30:00Z"), Type: "normal", Environments: []string{"prod"}}, nil},
		"another environment":             {ConflictQuery{Start: at(t, "2030-07-05T20:00:00Z"), End: at(t, "2030-07-05T21:00:00Z"), Type: "normal", Environments: []string{"dev"}}, nil},
		"one of several environments":     {ConflictQuery{Start: at(t, "2030-07-05T20:00:00Z"), End: at(t, "2030-07-05T21:00:00Z"), Type: "normal", Environments: []string{"dev", "prod"}}, []string{"weekend"}},
		"an environment nobody knows":     {ConflictQuery{Start: at(t, "2030-07-05T20:00:00Z"), End: at(t, "2030-07-05T21:00:00Z"), Type: "normal"}, []string{"weekend", "The freeze is for prod, and neither the change nor its configuration items", "set environment"}},
		"an environment that is to come":  {ConflictQuery{Start: at(t, "2030-07-05T20:00:00Z"), End: at(t, "2030-07-05T21:00:00Z"), Type: "normal", AnyEnvironment: true}, nil},
		"year-end, environment to come":   {ConflictQuery{Start: at(t, "2030-12-24T08:00:00Z"), End: at(t, "2030-12-24T10:00:00Z"), Type: "normal", AnyEnvironment: true}, []string{"year-end"}},
		"a window from before until long": {ConflictQuery{Start: at(t, "2029-01-01T00:00:00Z"), End: at(t, "2031-01-01T00:00:00Z"), Type: "normal", Environments: []string{"dev"}}, []string{"year-end", "2031-01-03T00:00:00Z on"}},
	} {
		err := calendar.Refusal(c.q)
		if len(c.says) == 0 {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := reasonOf(t, name, err, ErrRefused)
		for _, part := range c.says {
			if !strings.Contains(e.Answer+" -- "+e.Advice, part) {
				t.Errorf("%s: %s -- %s\nwant %s", name, e.Answer, e.Advice, part)
			}
		}
	}
	always := calendarWith(t, &ChangeFreeze{Name: "always", Start: at(t, "2030-01-01T00:00:00Z"), Recurrence: "FREQ=DAILY", Duration: 24 * time.Hour, Reason: "r"})
	if free, ok := always.Free(ConflictQuery{Start: at(t, "2030-12-24T08:00:00Z"), End: at(t, "2030-12-24T10:00:00Z")}); ok {
		t.Errorf("what is always frozen is free at %s", free)
	}
}

func TestEnvironmentsOfAChange(t *testing.T) {
	items := func([]string) (map[string]Record, error) {
		return map[string]Record{"1": &ConfigurationItem{Environment: "prod"}, "2": &ConfigurationItem{Environment: "dev"}, "3": &ConfigurationItem{}}, nil
	}
	for name, c := range map[string]struct {
		change ChangeRequest
		want   []string
	}{
		"its own":                {ChangeRequest{Environment: "test", ConfigurationItemIDs: []string{"1"}}, []string{"test"}},
		"its items'":             {ChangeRequest{ConfigurationItemIDs: []string{"1", "2", "1"}}, []string{"dev", "prod"}},
		"an item without one":    {ChangeRequest{ConfigurationItemIDs: []string{"1", "3"}}, nil},
		"an item that is nobody": {ChangeRequest{ConfigurationItemIDs: []string{"1", "4"}}, nil},
		"nothing":                {ChangeRequest{}, nil},
	} {
		if got, err := c.change.Environments(items); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := (&ChangeRequest{ConfigurationItemIDs: []string{"1"}}).Environments(func([]string) (map[string]Record, error) { return nil, Errorf(ErrUnavailable, "down") }); err == nil {
		t.Error("items that cannot be read are no environment")
	}
}

// finder is a calendar that may fail.
type finder struct {
	calendar Calendar
	err      error
}

func (f finder) Calendar(context.Context, ...ConflictKind) (Calendar, error) {
	return f.calendar, f.err
}

// TestFrozenGate: a freeze in force stops the start of an approved change, with or without a window.
func TestFrozenGate(t *testing.T) {
	freeze := func(edit func(*ChangeFreeze)) Calendar {
		f := &ChangeFreeze{Meta: Meta{Stack: "board"}, Name: "now", Start: gateTime.Add(-time.Hour), End: gateTime.Add(2 * time.Hour), Reason: "Audit"}
		edit(f)
		return calendarWith(t, f)
	}
	for name, c := range map[string]struct {
		change func(*ChangeRequest)
		freeze func(*ChangeFreeze)
		opens  bool
	}{
		"in force":             {unchanged, func(*ChangeFreeze) {}, false},
		"over":                 {unchanged, func(f *ChangeFreeze) { f.End = gateTime }, true},
		"exempt":               {unchanged, func(f *ChangeFreeze) { f.ExemptTypes = []string{"normal"} }, true},
		"another environment":  {func(c *ChangeRequest) { c.Environment = "dev" }, func(f *ChangeFreeze) { f.Environments = []string{"prod"} }, true},
		"its environment":      {func(c *ChangeRequest) { c.Environment = "prod" }, func(f *ChangeFreeze) { f.Environments = []string{"prod"} }, false},
		"environment unknown":  {unchanged, func(f *ChangeFreeze) { f.Environments = []string{"prod"} }, false},
		"another item's":       {func(c *ChangeRequest) { c.ConfigurationItemIDs = []string{"7"} }, func(f *ChangeFreeze) { f.Environments = []string{"prod"} }, true},
		"an item nobody knows": {func(c *ChangeRequest) { c.ConfigurationItemIDs = []string{"7", "8"} }, func(f *ChangeFreeze) { f.Environments = []string{"prod"} }, false},
	} {
		gate, f := newGate(t, c.change)
		gate.conflicts = finder{calendar: freeze(c.freeze)}
		gate.items = func(context.Context, []string) (map[string]Record, error) {
			return map[string]Record{"7": &ConfigurationItem{Environment: "dev"}}, nil
		}
		_, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1", StartImplementation: true})
		if c.opens {
			if err != nil || f.records["1"].State != ChangeImplement {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		e := reasonOf(t, name, err, ErrPending)
		if e.RetryAfter != 2*time.Hour || !strings.Contains(e.Answer, `C1 ("x") is approved, and it cannot start in the freeze "now" of stack "board", 2030-05-01T09:00:00Z to 2030-05-01T12:00:00Z: Audit`) ||
			!strings.Contains(e.Advice, "Apply again from 2030-05-01T12:00:00Z on") || len(f.steps) > 0 {
			t.Errorf("%s: %+v, steps %v", name, e, f.steps)
		}
	}
	gate, f := newGate(t, unchanged)
	gate.conflicts = finder{err: Errorf(ErrUnavailable, "down")}
	_, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1", StartImplementation: true})
	if wantReason(t, "a calendar that cannot be read", err, ErrUnavailable); len(f.steps) > 0 {
		t.Error("a change was started although nobody knew of freezes")
	}
}

// A freeze that this version cannot read must not pass for a time that is free.
func TestUnreadableFreeze(t *testing.T) {
	s := Stores{}
	Serve(s, &fake[*ChangeFreeze]{records: map[string]*ChangeFreeze{"1": {Meta: Meta{ID: "1"}, Name: "odd", Start: time.Unix(2_000_000_000, 0), Recurrence: "FREQ=LUNAR", Duration: time.Hour}}})
	_, err := CalendarOf(t.Context(), s, ConflictFreeze)
	wantReason(t, "an unreadable freeze", err, ErrInvalid)
}
