// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func parse(t *testing.T, rule, start, duration, zone string) *schedule.Schedule {
	t.Helper()
	d, err := time.ParseDuration(duration)
	if err != nil {
		t.Fatal(err)
	}
	s, err := schedule.Parse(rule, instant(t, start), d, zone)
	if err != nil {
		t.Fatalf("Parse(%q): %v", rule, err)
	}
	return s
}

func shown(w schedule.Window, open, ok bool) string {
	if !ok {
		return "never"
	}
	state := "closed"
	if open {
		state = "open"
	}
	return state + " " + w.Start.UTC().Format("2006-01-02T15:04Z") + " " + w.End.UTC().Format("2006-01-02T15:04Z")
}

// The wall-clock hour stays, the elapsed time stays, and the instant moves.
func TestDaylightSaving(t *testing.T) {
	tests := []struct {
		name, rule, start, duration, zone string
		at, want                          string
	}{
		{
			"Berlin, winter", "FREQ=WEEKLY;BYDAY=SA", "2026-01-03T22:00:00+01:00", "6h", "Europe/Berlin",
			"2026-03-21T20:00:00Z", "closed 2026-03-21T21:00Z 2026-03-22T03:00Z",
		},
		{ // 28 March 22:00 to 29 March 05:00 on the wall clock, since the clocks skip an hour.
			"Berlin, over the night in spring", "FREQ=WEEKLY;BYDAY=SA", "2026-01-03T22:00:00+01:00", "6h", "Europe/Berlin",
			"2026-03-29T02:59:59Z", "open 2026-03-28T21:00Z 2026-03-29T03:00Z",
		},
		{
			"Berlin, summer", "FREQ=WEEKLY;BYDAY=SA", "2026-01-03T22:00:00+01:00", "6h", "Europe/Berlin",
			"2026-03-29T03:00:00Z", "closed 2026-04-04T20:00Z 2026-04-05T02:00Z",
		},
		{ // Ends at 03:00 on the wall clock, since the hour from 02:00 comes twice.
			"Berlin, over the night in autumn", "FREQ=WEEKLY;BYDAY=SA", "2026-01-03T22:00:00+01:00", "6h", "Europe/Berlin",
			"2026-10-25T01:30:00Z", "open 2026-10-24T20:00Z 2026-10-25T02:00Z",
		},
		{
			"Berlin, an hour that is skipped", "FREQ=DAILY", "2026-03-27T02:30:00+01:00", "30m", "Europe/Berlin",
			"2026-03-29T00:00:00Z", "closed 2026-03-29T01:30Z 2026-03-29T02:00Z",
		},
		{
			"Berlin, an hour that comes twice", "FREQ=DAILY", "2026-10-23T02:30:00+02:00", "30m", "Europe/Berlin",
			"2026-10-25T00:00:00Z", "closed 2026-10-25T00:30Z 2026-10-25T01:00Z",
		},
		{
			"Berlin, the second of an hour that comes twice opens nothing", "FREQ=DAILY", "2026-10-23T02:30:00+02:00", "30m", "Europe/Berlin",
			"2026-10-25T01:00:00Z", "closed 2026-10-26T01:30Z 2026-10-26T02:00Z",
		},
		{
			"New York, an hour that is skipped", "FREQ=DAILY", "2026-03-06T02:30:00-05:00", "1h", "America/New_York",
			"2026-03-08T05:00:00Z", "closed 2026-03-08T07:30Z 2026-03-08T08:30Z",
		},
		{
			"New York, an hour that comes twice", "FREQ=DAILY", "2026-10-30T01:30:00-04:00", "1h", "America/New_York",
			"2026-11-01T05:00:00Z", "closed 2026-11-01T05:30Z 2026-11-01T06:30Z",
		},
		{
			"New York, summer to winter", "FREQ=MONTHLY;BYDAY=-1FR", "2026-01-30T20:00:00-05:00", "4h", "America/New_York",
			"2026-10-31T04:00:00Z", "closed 2026-11-28T01:00Z 2026-11-28T05:00Z",
		},
		{ // The southern summer time ends in April and begins in September.
			"Auckland, an hour that comes twice", "FREQ=DAILY", "2026-04-03T02:30:00+13:00", "1h", "Pacific/Auckland",
			"2026-04-04T12:00:00Z", "closed 2026-04-04T13:30Z 2026-04-04T14:30Z",
		},
		{
			"Auckland, an hour that is skipped", "FREQ=DAILY", "2026-09-25T02:30:00+12:00", "1h", "Pacific/Auckland",
			"2026-09-26T12:00:00Z", "closed 2026-09-26T14:30Z 2026-09-26T15:30Z",
		},
		{ // The zone's Sunday, not that of UTC.
			"Auckland, the day of the zone", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=1;BYMINUTE=0", "2026-01-01T00:00:00Z", "2h", "Pacific/Auckland",
			"2026-01-03T00:00:00Z", "closed 2026-01-03T12:00Z 2026-01-03T14:00Z",
		},
		{
			"half an hour of daylight saving", "FREQ=DAILY", "2026-10-01T02:15:00+10:30", "1h", "Australia/Lord_Howe",
			"2026-10-03T14:00:00Z", "closed 2026-10-03T15:45Z 2026-10-03T16:45Z",
		},
		{ // Samoa skipped 30 December 2011 altogether.
			"a day that is skipped", "FREQ=DAILY", "2011-12-28T12:00:00-10:00", "1h", "Pacific/Apia",
			"2011-12-30T00:00:00Z", "closed 2011-12-30T22:00Z 2011-12-30T23:00Z",
		},
		{
			"an empty zone is UTC", "FREQ=DAILY", "2026-03-29T02:30:00Z", "1h", "",
			"2026-10-25T00:00:00Z", "closed 2026-10-25T02:30Z 2026-10-25T03:30Z",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := parse(t, tt.rule, tt.start, tt.duration, tt.zone)
			if got := shown(s.At(instant(t, tt.at))); got != tt.want {
				t.Errorf("at %s: %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

func TestAt(t *testing.T) {
	tests := []struct{ name, rule, start, duration, at, want string }{
		{"before the start", "FREQ=DAILY", "2026-06-01T10:00:00Z", "1h", "2020-01-01T00:00:00Z", "closed 2026-06-01T10:00Z 2026-06-01T11:00Z"},
		{"at the opening", "FREQ=DAILY", "2026-06-01T10:00:00Z", "1h", "2026-06-05T10:00:00Z", "open 2026-06-05T10:00Z 2026-06-05T11:00Z"},
		{"at the close", "FREQ=DAILY", "2026-06-01T10:00:00Z", "1h", "2026-06-05T11:00:00Z", "closed 2026-06-06T10:00Z 2026-06-06T11:00Z"},
		{"far ahead", "FREQ=DAILY", "2026-06-01T10:00:00Z", "1h", "8000-06-05T09:00:00Z", "closed 8000-06-05T10:00Z 8000-06-05T11:00Z"},
		{"every other week", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "2026-06-03T10:00:00Z", "1h", "2026-06-04T00:00:00Z", "closed 2026-06-15T10:00Z 2026-06-15T11:00Z"},
		{"every other week, weeks from Sunday on", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,WE", "2026-06-03T10:00:00Z", "1h", "2027-06-04T00:00:00Z", "closed 2027-06-13T10:00Z 2027-06-13T11:00Z"},
		{"every fifth month", "FREQ=MONTHLY;INTERVAL=5", "2026-01-31T10:00:00Z", "1h", "2026-02-01T00:00:00Z", "closed 2028-07-31T10:00Z 2028-07-31T11:00Z"},
		{"the last working day of the month", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-01T10:00:00Z", "1h", "2026-05-01T00:00:00Z", "closed 2026-05-29T10:00Z 2026-05-29T11:00Z"},
		{"leap days", "FREQ=YEARLY", "2024-02-29T10:00:00Z", "1h", "2025-01-01T00:00:00Z", "closed 2028-02-29T10:00Z 2028-02-29T11:00Z"},
		{"week 53", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH", "2026-01-01T10:00:00Z", "1h", "2027-01-01T00:00:00Z", "closed 2032-12-30T10:00Z 2032-12-30T11:00Z"},
		{"counted", "FREQ=DAILY;COUNT=3", "2026-06-01T10:00:00Z", "1h", "2026-06-03T09:00:00Z", "closed 2026-06-03T10:00Z 2026-06-03T11:00Z"},
		{"counted out", "FREQ=DAILY;COUNT=3", "2026-06-01T10:00:00Z", "1h", "2026-06-03T11:00:00Z", "never"},
		{"until an instant", "FREQ=DAILY;UNTIL=20260603T100000Z", "2026-06-01T10:00:00Z", "1h", "2026-06-02T23:00:00Z", "closed 2026-06-03T10:00Z 2026-06-03T11:00Z"},
		{"after until", "FREQ=DAILY;UNTIL=20260603T095959Z", "2026-06-01T10:00:00Z", "1h", "2026-06-02T23:00:00Z", "never"},
		{"until a day", "FREQ=DAILY;UNTIL=20260603", "2026-06-01T10:00:00Z", "1h", "2026-06-03T09:00:00Z", "closed 2026-06-03T10:00Z 2026-06-03T11:00Z"},
		{"the start does not match", "FREQ=WEEKLY;BYDAY=TU", "2026-06-01T10:00:00Z", "1h", "2026-06-01T10:30:00Z", "closed 2026-06-02T10:00Z 2026-06-02T11:00Z"},
		{"windows that overlap", "FREQ=DAILY", "2026-06-01T10:00:00Z", "36h", "2026-06-05T12:00:00Z", "open 2026-06-05T10:00Z 2026-06-06T22:00Z"},
		{"lower case, with its name", "rrule:freq=daily", "2026-06-01T10:00:00Z", "1h", "2026-06-05T10:00:00Z", "open 2026-06-05T10:00Z 2026-06-05T11:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := parse(t, tt.rule, tt.start, tt.duration, "UTC")
			if got := shown(s.At(instant(t, tt.at))); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestOnce(t *testing.T) {
	s, err := schedule.Once(instant(t, "2026-12-20T00:00:00Z"), instant(t, "2027-01-03T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-12-01T00:00:00Z": "closed 2026-12-20T00:00Z 2027-01-03T00:00Z",
		"2026-12-20T00:00:00Z": "open 2026-12-20T00:00Z 2027-01-03T00:00Z",
		"2027-01-03T00:00:00Z": "never",
	} {
		if got := shown(s.At(instant(t, at))); got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
	}
	if from, ok := s.Clear(instant(t, "2026-12-24T00:00:00Z")); !ok || !from.Equal(instant(t, "2027-01-03T00:00:00Z")) {
		t.Errorf("clear from %s, %t", from, ok)
	}
}

func TestOverlapping(t *testing.T) {
	s := parse(t, "FREQ=WEEKLY;BYDAY=SA", "2026-01-03T22:00:00+01:00", "6h", "Europe/Berlin")
	tests := []struct {
		from, to string
		limit    int
		want     []string
	}{
		{"2026-01-05T00:00:00Z", "2026-01-10T21:00:00Z", 5, nil},
		{"2026-01-05T00:00:00Z", "2026-01-10T21:00:01Z", 5, []string{"2026-01-10T21:00Z"}},
		{"2026-01-04T03:00:00Z", "2026-01-05T00:00:00Z", 5, nil},
		{"2026-01-04T02:59:59Z", "2026-01-05T00:00:00Z", 5, []string{"2026-01-03T21:00Z"}},
		{"2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z", 2, []string{"2026-01-03T21:00Z", "2026-01-10T21:00Z"}},
		{"2026-03-22T12:00:00Z", "2026-04-05T00:00:00Z", 9, []string{"2026-03-28T21:00Z", "2026-04-04T20:00Z"}},
	}
	for _, tt := range tests {
		var got []string
		for _, w := range s.Overlapping(instant(t, tt.from), instant(t, tt.to), tt.limit) {
			got = append(got, w.Start.UTC().Format("2006-01-02T15:04Z"))
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("from %s to %s: %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}

// Openings at 02:30 and 03:00 change places in the night in which 02:30 does not exist.
func TestOrderAcrossASkippedHour(t *testing.T) {
	s := parse(t, "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30", "2026-03-28T00:00:00+01:00", "10m", "Europe/Berlin")
	var got []string
	for _, w := range s.Overlapping(instant(t, "2026-03-29T00:00:00Z"), instant(t, "2026-03-29T12:00:00Z"), 9) {
		got = append(got, w.Start.UTC().Format("15:04"))
	}
	if want := "01:00 01:30"; strings.Join(got, " ") != want {
		t.Errorf("openings at %v, want %s", got, want)
	}
}

func TestClear(t *testing.T) {
	tests := []struct{ name, rule, duration, want string }{
		{"one window", "FREQ=DAILY", "2h", "2026-06-05T12:00Z"},
		{"windows that touch", "FREQ=DAILY;BYDAY=FR,SA,SU", "24h", "2026-06-08T10:00Z"},
		{"always open", "FREQ=DAILY", "24h", ""},
		{"always open, week by week", "FREQ=WEEKLY", "168h", ""},
	}
	for _, tt := range tests {
		got, ok := parse(t, tt.rule, "2026-06-01T10:00:00Z", tt.duration, "UTC").Clear(instant(t, "2026-06-05T11:00:00Z"))
		if tt.want == "" && ok || tt.want != "" && got.UTC().Format("2006-01-02T15:04Z") != tt.want {
			t.Errorf("%s: %s, %t; want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const start = "2026-06-01T10:00:00Z"
	tests := []struct{ rule, start, zone, part, problem string }{
		{"", start, "", "recurrence", "is empty"},
		{"weekly", start, "", "recurrence", "parts such as FREQ=WEEKLY"},
		{"FREQ=WEEKLY;", start, "", "recurrence", "parts such as FREQ=WEEKLY"},
		{"FREQ=WEEKLY; BYDAY=SA", start, "", "recurrence", `a part " BYDAY"`},
		{"BYDAY=SA", start, "", "recurrence", "must have FREQ"},
		{"FREQ=DAILY;FREQ=DAILY", start, "", "recurrence", "has FREQ twice"},
		{"FREQ=FORTNIGHTLY", start, "", "recurrence", "has FREQ=FORTNIGHTLY: must be one of DAILY"},
		{"FREQ=SECONDLY", start, "", "recurrence", "write FREQ=DAILY with BYHOUR"},
		{"FREQ=HOURLY;INTERVAL=2;BYHOUR=1", start, "", "recurrence", "write FREQ=DAILY with BYHOUR"},
		{"FREQ=DAILY;INTERVAL=0", start, "", "recurrence", "has INTERVAL=0"},
		{"FREQ=DAILY;COUNT=1000000000", start, "", "recurrence", "between 1 and 10000"},
		{"FREQ=DAILY;COUNT=3;UNTIL=20270101", start, "", "recurrence", "both COUNT and UNTIL"},
		{"FREQ=DAILY;UNTIL=tomorrow", start, "", "recurrence", "has UNTIL=TOMORROW"},
		{"FREQ=DAILY;UNTIL=20200101", start, "", "recurrence", "never opens"},
		{"FREQ=WEEKLY;BYDAY=SAT", start, "", "recurrence", "has BYDAY=SAT"},
		{"FREQ=MONTHLY;BYDAY=0FR", start, "", "recurrence", "must not be zero"},
		{"FREQ=MONTHLY;BYDAY=-6MO", start, "", "recurrence", "a month has at most 5"},
		{"FREQ=YEARLY;BYMONTH=1;BYDAY=-6MO", start, "", "recurrence", "a month has at most 5"},
		{"FREQ=YEARLY;BYDAY=54MO", start, "", "recurrence", "a year has at most 53"},
		{"FREQ=WEEKLY;BYDAY=2MO", start, "", "recurrence", "FREQ=MONTHLY and FREQ=YEARLY"},
		{"FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", start, "", "recurrence", "beside BYWEEKNO"},
		{"FREQ=MONTHLY;BYWEEKNO=20", start, "", "recurrence", "for FREQ=YEARLY"},
		{"FREQ=MONTHLY;BYYEARDAY=20", start, "", "recurrence", "for FREQ=YEARLY"},
		{"FREQ=WEEKLY;BYMONTHDAY=20", start, "", "recurrence", "not for FREQ=WEEKLY"},
		{"FREQ=YEARLY;BYMONTHDAY=32", start, "", "recurrence", "between 1 and 31, or between -31 and -1"},
		{"FREQ=DAILY;BYHOUR=24", start, "", "recurrence", "between 0 and 23"},
		{"FREQ=MONTHLY;BYSETPOS=1", start, "", "recurrence", "there is none"},
		{"FREQ=DAILY;BYEASTER=1000", start, "", "recurrence", "RFC 5545 does not know"},
		{"FREQ=DAILY;WKST=8", start, "", "recurrence", "has WKST=8"},
		{"FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32", start, "", "recurrence", "opens 99 times a day"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", start, "", "recurrence", "never opens"},
		{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", start, "", "recurrence", "never opens"},
		{"FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", "2027-01-01T00:00:00Z", "", "recurrence", "never opens"},
		{strings.Repeat("X", 2000), start, "", "recurrence", "at most 1024 characters"},
		{"FREQ=DAILY", "1900-01-01T00:00:00Z", "", "start", "between the years"},
		{"FREQ=DAILY", start, "Local", "time_zone", "differs from machine to machine"},
		{"FREQ=DAILY", start, "Europe/Gotham", "time_zone", "IANA"},
		{"FREQ=DAILY", start, "../../etc/passwd", "time_zone", "IANA"},
	}
	for _, tt := range tests {
		began := time.Now()
		_, err := schedule.Parse(tt.rule, instant(t, tt.start), time.Hour, tt.zone)
		var e *schedule.Error
		if !errors.As(err, &e) || e.Part != tt.part || !strings.Contains(e.Problem, tt.problem) {
			t.Errorf("%q: %v, want %s … %s", tt.rule, err, tt.part, tt.problem)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q took %s to be refused", tt.rule, took)
		}
	}
	for _, duration := range []time.Duration{0, -time.Hour, time.Millisecond, 367 * 24 * time.Hour} {
		_, err := schedule.Parse("FREQ=DAILY", instant(t, start), duration, "")
		var e *schedule.Error
		if !errors.As(err, &e) || e.Part != schedule.PartDuration {
			t.Errorf("duration %s: %v", duration, err)
		}
	}
	if _, err := schedule.Once(instant(t, start), instant(t, start)); err == nil {
		t.Error("a window that ends where it starts was accepted")
	}
}

func TestParseRule(t *testing.T) {
	at := instant(t, "2026-06-05T11:00:00Z")
	for rule, want := range map[string]string{
		"FREQ=WEEKLY;BYDAY=SA;BYHOUR=22":                        "closed 2026-06-06T20:00Z 2026-06-07T02:00Z",
		"FREQ=WEEKLY;INTERVAL=1;BYDAY=SA;BYHOUR=22;BYMINUTE=30": "closed 2026-06-06T20:30Z 2026-06-07T02:30Z",
		"DTSTART:20260103T220000\nRRULE:FREQ=WEEKLY;INTERVAL=2": "closed 2026-06-06T20:00Z 2026-06-07T02:00Z",
		"dtstart:20260601T123000\r\nfreq=daily;count=5":         "open 2026-06-05T10:30Z 2026-06-05T16:30Z",
	} {
		s, err := schedule.ParseRule(rule, 6*time.Hour, "Europe/Berlin")
		if err != nil {
			t.Errorf("%q: %v", rule, err)
			continue
		}
		if got := shown(s.At(at)); got != want {
			t.Errorf("%q: %s, want %s", rule, got, want)
		}
	}
	for rule, problem := range map[string]string{
		"FREQ=WEEKLY;BYDAY=SA":                       "add BYHOUR",
		"FREQ=WEEKLY;BYHOUR=22":                      "add BYDAY",
		"FREQ=MONTHLY;BYHOUR=22":                     "add BYDAY or BYMONTHDAY",
		"FREQ=YEARLY;BYHOUR=22":                      "add BYMONTH and BYMONTHDAY",
		"FREQ=DAILY;BYHOUR=22;INTERVAL=2":            "COUNT and INTERVAL",
		"FREQ=DAILY;BYHOUR=22;COUNT=2":               "COUNT and INTERVAL",
		"FREQ=HOURLY":                                "write FREQ=DAILY",
		"DTSTART:20260103T220000Z\nFREQ=DAILY":       "has a first line",
		"DTSTART:18700101T220000\nFREQ=DAILY":        "between the years",
		"RRULE:FREQ=DAILY\nDTSTART:20260103T220000Z": "must consist of parts",
	} {
		if _, err := schedule.ParseRule(rule, time.Hour, ""); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: %v, want %q", rule, err, problem)
		}
	}
}

// Whatever is accepted is answered soon and consistently.
func FuzzParse(f *testing.F) {
	for _, rule := range []string{
		"FREQ=WEEKLY;BYDAY=SA", "FREQ=MONTHLY;BYDAY=-5MO", "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYDAY=MO", "FREQ=YEARLY;BYYEARDAY=-366,366",
		"FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30;COUNT=7", "FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1,366",
		"FREQ=WEEKLY;WKST=SU;INTERVAL=3;BYMONTH=12", "FREQ=YEARLY;BYDAY=53SU,-53MO", "FREQ=DAILY;UNTIL=20270101", "RRULE:FREQ=SECONDLY",
	} {
		f.Add(rule, int64(1_800_000_000), int64(3600), "Europe/Berlin")
	}
	f.Fuzz(func(t *testing.T, rule string, start, seconds int64, zone string) {
		at := time.Unix(start, 0)
		s, err := schedule.Parse(rule, at, time.Duration(seconds%1_000_000)*time.Second, zone)
		if err != nil {
			var e *schedule.Error
			if !errors.As(err, &e) {
				t.Fatalf("an error without a part: %v", err)
			}
			return
		}
		for _, days := range []int{0, 1, 200, 40000} {
			from := at.AddDate(0, 0, days)
			w, open, ok := s.At(from)
			if ok && open != w.Overlaps(from, from) {
				t.Fatalf("at %s: %v is open: %t", from, w, open)
			}
			if ok && !open && !w.Start.After(from) {
				t.Fatalf("the next window after %s opens at %s", from, w.Start)
			}
			if free, ok := s.Clear(from); ok {
				if _, open, _ := s.At(free); open || free.Before(from) {
					t.Fatalf("not clear at %s", free)
				}
			}
			windows := s.Overlapping(from, from.AddDate(1, 0, 0), 10)
			for i, w := range windows {
				if w.End.Sub(w.Start) <= 0 || i > 0 && !w.Start.After(windows[i-1].Start) || !w.Overlaps(from, from.AddDate(1, 0, 0)) {
					t.Fatalf("window %d of %v", i, windows)
				}
			}
		}
	})
}
