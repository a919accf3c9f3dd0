// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
)

// Reading a rule from a later period on finds what reading it from its start finds.
func TestReadFromAPeriod(t *testing.T) {
	start := time.Date(2024, time.February, 29, 22, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;INTERVAL=7;BYMONTH=1,7", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO",
		"FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO", "FREQ=WEEKLY;INTERVAL=5;WKST=TH", "FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=7;BYMONTHDAY=-1,31",
		"FREQ=MONTHLY;BYDAY=1SA,-1SU", "FREQ=MONTHLY;INTERVAL=5;BYDAY=MO,TU;BYSETPOS=-1,2", "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1,20,53;BYDAY=MO",
		"FREQ=YEARLY;BYDAY=20MO,-1FR", "FREQ=YEARLY;INTERVAL=4;BYYEARDAY=1,-1,366", "FREQ=DAILY;BYHOUR=1,22;BYMINUTE=0,30;INTERVAL=2", "FREQ=DAILY;COUNT=900",
	} {
		r, err := parseRule(text, time.UTC, func(*parser) time.Time { return start })
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		option := r.option
		option.Dtstart = start
		whole, err := rrule.NewRRule(option)
		if err != nil {
			t.Fatal(err)
		}
		all := whole.Between(start, start.AddDate(12, 0, 0), true)
		for _, days := range []int{-400, 0, 1, 30, 365, 1000, 2500} {
			from, to := start.AddDate(0, 0, days), start.AddDate(0, 0, days+1200)
			between := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
			var got []time.Time
			for clock := range r.from(from) {
				if !clock.Before(to) {
					break
				}
				if between(clock) {
					got = append(got, clock)
				}
			}
			var want []time.Time
			for _, clock := range all {
				if between(clock) {
					want = append(want, clock)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s from day %d: %d openings, want %d", text, days, len(got), len(want))
			}
		}
	}
}

func TestResolveShowsTheWallClock(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"} {
		zone, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		previous := time.Time{}
		for clock := time.Date(2017, time.January, 1, 0, 0, 0, 0, time.UTC); clock.Year() < 2019; clock = clock.Add(15 * time.Minute) {
			got := resolve(clock, zone)
			if shown := wall(got); shown.Before(clock) || shown.After(clock.Add(time.Hour)) {
				t.Fatalf("%s: %s became %s", name, clock, got)
			}
			for _, ahead := range []time.Duration{30 * time.Minute, time.Hour} {
				if wall(got.Add(-ahead)).Equal(clock) {
					t.Fatalf("%s: %s is shown first at %s", name, clock, got.Add(-ahead))
				}
			}
			if got.Before(previous.Add(-time.Hour)) {
				t.Fatalf("%s: %s lies before %s", name, got, previous)
			}
			previous = got
		}
	}
}
