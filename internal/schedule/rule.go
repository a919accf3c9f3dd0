// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// rule is a recurrence rule with everything in it that its start left open, so that it can be read from any period on.
type rule struct {
	option rrule.ROption
	// clock is the start on the wall clock.
	clock time.Time
	// until is the last instant at which a window may open; zero for ever.
	until time.Time
}

// ended says that the rule opens no window at t or later.
func (r *rule) ended(t time.Time) bool { return !r.until.IsZero() && t.After(r.until) }

// from yields the openings on the wall clock, in order, from the period that contains a time on. A rule that counts its
// openings is read from its start, since each one matters.
func (r *rule) from(clock time.Time) iter.Seq[time.Time] {
	option := r.option
	option.Dtstart = r.clock
	if option.Count == 0 {
		option.Dtstart = r.periodBefore(clock)
	}
	parsed, err := rrule.NewRRule(option)
	return func(yield func(time.Time) bool) {
		if err != nil {
			return // Not reached: the same option was accepted when it was parsed.
		}
		next := parsed.Iterator()
		for t, ok := next(); ok; t, ok = next() {
			if t.Before(r.clock) {
				continue
			}
			if over := !r.until.IsZero() && t.After(r.until.Add(slack)); over || !yield(t) {
				return
			}
		}
	}
}

// periodBefore is the beginning of the last period (day, week, month, year, or as many as the interval says) that begins
// before a time. The rule matches within one period after another, so that nothing before it has to be gone through.
func (r *rule) periodBefore(clock time.Time) time.Time {
	year, month, day := r.clock.Date()
	first := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if clock.Before(first) {
		clock = first
	}
	interval := max(r.option.Interval, 1)
	switch r.option.Freq {
	case rrule.YEARLY:
		years := clock.Year() - year
		return time.Date(year+years-years%interval, time.January, 1, 0, 0, 0, 0, time.UTC)
	case rrule.MONTHLY:
		months := (clock.Year()-year)*12 + int(clock.Month()) - int(month)
		return time.Date(year, month+time.Month(months-months%interval), 1, 0, 0, 0, 0, time.UTC)
	case rrule.WEEKLY:
		// rrule counts weekdays from Monday on, time from Sunday on.
		first = first.AddDate(0, 0, -((int(first.Weekday()) + 6 - r.option.Wkst.Day() + 7) % 7))
		interval *= 7
	}
	days := int((clock.Unix() - first.Unix()) / (24 * 60 * 60))
	return first.AddDate(0, 0, days-days%interval)
}

// complete puts what the rule leaves open into it, from the start.
func complete(option rrule.ROption, clock time.Time) rrule.ROption {
	days := len(option.Byweekno) + len(option.Byyearday) + len(option.Bymonthday) + len(option.Byweekday)
	switch {
	case days > 0:
	case option.Freq == rrule.YEARLY:
		if len(option.Bymonth) == 0 {
			option.Bymonth = []int{int(clock.Month())}
		}
		option.Bymonthday = []int{clock.Day()}
	case option.Freq == rrule.MONTHLY:
		option.Bymonthday = []int{clock.Day()}
	case option.Freq == rrule.WEEKLY:
		option.Byweekday = []rrule.Weekday{weekdays[(int(clock.Weekday())+6)%7]}
	}
	if len(option.Byhour) == 0 {
		option.Byhour = []int{clock.Hour()}
	}
	if len(option.Byminute) == 0 {
		option.Byminute = []int{clock.Minute()}
	}
	if len(option.Bysecond) == 0 {
		option.Bysecond = []int{clock.Second()}
	}
	return option
}

// openingsADay is how often the rule opens the window on a day that matches.
func openingsADay(option rrule.ROption) int {
	count := 1
	for _, values := range [][]int{option.Byhour, option.Byminute, option.Bysecond} {
		values = slices.Clone(values)
		slices.Sort(values)
		count *= max(len(slices.Compact(values)), 1)
	}
	return count
}
