// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package schedule answers when a recurring or single window of time is open: a maintenance window, a freeze, the
// hours in which a policy may act. It is plain time arithmetic and knows nothing of records or of Terraform.
//
// A recurring window is an RFC 5545 recurrence rule, a start, a duration and an IANA time zone:
//
//   - The rule recurs on the wall clock of the zone. "Every Saturday at 22:00 in Europe/Berlin" is at 22:00 there in
//     winter and in summer, which is 21:00 and 20:00 UTC.
//   - The duration is elapsed time. A window of 6 hours lasts 6 hours, and over the night in which the clocks change it
//     closes an hour earlier or later on the wall clock.
//   - An opening that falls into the hour that spring skips is not dropped: it is read with the offset from before
//     the change (RFC 5545, 3.3.5), so 02:30 that night is the instant that the clocks call 03:30. RFC 5545 would let a rule
//     skip it (3.3.10), but a freeze with a night missing would be a hole.
//   - An opening in the hour that autumn repeats is the first of the two.
//   - The start says from when the rule counts, and it gives the weekday, the day and the time that the rule leaves
//     open. It is an opening itself only where the rule says so.
//   - A window contains its opening and not its close: two that touch do not overlap.
//
// The data of the time zones is compiled in, so that a machine without any answers in the same way.
package schedule

import (
	"fmt"
	"math"
	"slices"
	"time"
	_ "time/tzdata" // Containers often come without zoneinfo.
)

// The parts from which a schedule is made, as an [Error] names them.
const (
	PartRule     = "recurrence"
	PartStart    = "start"
	PartEnd      = "end"
	PartDuration = "duration"
	PartZone     = "time_zone"
)

// MaxDuration is the longest that one recurring window may be open.
const MaxDuration = 366 * 24 * time.Hour

// Error says which part of a schedule is wrong.
type Error struct {
	// Part is one of the Part values.
	Part string
	// Problem says which rule is broken and how to keep it, as a sentence without a full stop and without a subject.
	Problem string
}

// Error joins part and problem.
func (e *Error) Error() string { return e.Part + " " + e.Problem }

func wrong(part, format string, args ...any) *Error {
	return &Error{Part: part, Problem: fmt.Sprintf(format, args...)}
}

// Window is one stretch of time, from Start up to but not including End.
type Window struct{ Start, End time.Time }

// Overlaps says whether the window shares an instant with the time from up to to; with the instant itself where both are one.
func (w Window) Overlaps(from, to time.Time) bool {
	if !to.After(from) {
		return !from.Before(w.Start) && from.Before(w.End)
	}
	return w.Start.Before(to) && from.Before(w.End)
}

// Schedule is when a window is open. It does not change and is safe for concurrent use.
type Schedule struct {
	zone *time.Location
	// once is the only window of a schedule without a rule.
	once     Window
	rule     *rule
	duration time.Duration
}

// Once is the schedule of a single window.
func Once(start, end time.Time) (*Schedule, error) {
	if err := checkStart(start); err != nil {
		return nil, err
	}
	if !end.After(start) {
		return nil, wrong(PartEnd, "must be after start, %s", start.Format(time.RFC3339))
	}
	return &Schedule{zone: start.Location(), once: Window{Start: start, End: end}}, nil
}

// Parse makes the schedule of a recurring window. The error is an [*Error]. A rule that never opens the window is an error.
func Parse(rrule string, start time.Time, duration time.Duration, zone string) (*Schedule, error) {
	location, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	if err := checkStart(start); err != nil {
		return nil, err
	}
	clock := wall(start.In(location))
	return parse(rrule, func(*parser) time.Time { return clock }, duration, location)
}

// ParseRule makes the schedule of a recurring window whose rule stands alone: either everything that a start would give
// is in the rule, or a line "DTSTART:20261107T220000" in front of it gives it, on the wall clock of the zone.
func ParseRule(text string, duration time.Duration, zone string) (*Schedule, error) {
	location, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	rrule, start := splitStart(text)
	return parse(rrule, start, duration, location)
}

func parse(rrule string, start func(*parser) time.Time, duration time.Duration, zone *time.Location) (*Schedule, error) {
	switch {
	case duration <= 0:
		return nil, wrong(PartDuration, "must be more than zero, such as \"6h\", is %s", duration)
	case duration > MaxDuration:
		return nil, wrong(PartDuration, "must be at most %s, 366 days, is %s", MaxDuration, duration)
	case duration%time.Second != 0:
		return nil, wrong(PartDuration, "must be in whole seconds, is %s", duration)
	}
	parsed, err := parseRule(rrule, zone, start)
	if err != nil {
		return nil, err
	}
	s := &Schedule{zone: zone, rule: parsed, duration: duration}
	if _, ok := s.next(time.Time{}); !ok {
		return nil, wrong(PartRule, "never opens a window: no time from %s on matches all of its parts", parsed.clock.Format("2006-01-02 15:04:05"))
	}
	return s, nil
}

func checkStart(start time.Time) error {
	// The calendar's rules are not applied to times before there were computers, nor to the end of what RFC 3339 can write.
	if year := start.UTC().Year(); year < 1970 || year > 9000 {
		return wrong(PartStart, "must be between the years 1970 and 9000, is %s", start.Format(time.RFC3339))
	}
	return nil
}

// Zone finds an IANA time zone; the empty name is UTC. The machine's own zone is refused, since a plan must not depend on where it runs.
func Zone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, wrong(PartZone, "must be a zone of the IANA database such as \"Europe/Berlin\", is %q, which differs from machine to machine", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, wrong(PartZone, "must be a zone of the IANA database such as \"Europe/Berlin\" or \"UTC\", is %q", name)
	}
	return zone, nil
}

// At answers whether the window is open at t, and when: the window that t lies in, the one that closes last where several do;
// else the next one. It is false where the window is not open and never will be again.
func (s *Schedule) At(t time.Time) (w Window, open, ok bool) {
	if windows := s.Overlapping(t, t, math.MaxInt); len(windows) > 0 {
		return windows[len(windows)-1], true, true
	}
	w, ok = s.next(t)
	return w, false, ok
}

// Overlapping lists the windows that share an instant with the time from up to to, by their start; at most limit of them.
func (s *Schedule) Overlapping(from, to time.Time, limit int) []Window {
	if s.rule == nil {
		if s.once.Overlaps(from, to) && limit > 0 {
			return []Window{s.once}
		}
		return nil
	}
	var windows []Window
	last := wall(to.In(s.zone)).Add(slack)
	for clock := range s.rule.from(wall(from.In(s.zone)).Add(-s.duration - slack)) {
		// Those that the clocks' changes swap are less than the slack apart.
		if clock.After(last) || len(windows)-maxOpenings >= limit {
			break
		}
		if w, ok := s.window(clock); ok && w.Overlaps(from, to) {
			windows = append(windows, w)
		}
	}
	slices.SortFunc(windows, func(a, b Window) int { return a.Start.Compare(b.Start) })
	windows = slices.CompactFunc(windows, func(a, b Window) bool { return a.Start.Equal(b.Start) })
	return windows[:min(len(windows), max(limit, 0))]
}

// Clear is the first instant from t on at which the window is closed. It is false where none is found in the next years, as
// for a rule that opens every day for 24 hours.
func (s *Schedule) Clear(t time.Time) (time.Time, bool) {
	if s.rule == nil {
		if s.once.Overlaps(t, t) {
			return s.once.End, true
		}
		return t, true
	}
	const years, windows = 10, 4000
	horizon := t.AddDate(years, 0, 0)
	covering := s.Overlapping(t, horizon, windows)
	for _, w := range covering {
		if w.Start.After(t) {
			return t, true
		}
		t = w.End
	}
	return t, len(covering) < windows && t.Before(horizon)
}

// slack is more than any zone is ahead of or behind UTC, or jumps: reading the rule on the wall clock, that much around the
// time in question is looked at.
const slack = 48 * time.Hour

// maxOpenings is how many windows can open within the slack.
const maxOpenings = maxOpeningsADay * int(slack/(24*time.Hour))

// next is the first window that opens at t or later.
func (s *Schedule) next(t time.Time) (Window, bool) {
	if s.rule == nil {
		return s.once, !s.once.Start.Before(t)
	}
	var best Window
	var until time.Time
	found := false
	for clock := range s.rule.from(wall(t.In(s.zone)).Add(-slack)) {
		if found && clock.After(until) {
			break
		}
		w, ok := s.window(clock)
		if !ok || w.Start.Before(t) || found && !w.Start.Before(best.Start) {
			continue
		}
		// The clocks' changes can swap two that are close to each other.
		best, found, until = w, true, clock.Add(slack)
	}
	return best, found
}

// window is the one that opens when the wall clock of the zone shows clock; false where the rule has ended by then.
func (s *Schedule) window(clock time.Time) (Window, bool) {
	start := resolve(clock, s.zone)
	return Window{Start: start, End: start.Add(s.duration)}, !s.rule.ended(start)
}
