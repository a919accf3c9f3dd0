// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package schedule

import "time"

// wall is what the clocks show at t, written as a time in UTC: arithmetic on it knows no daylight saving.
func wall(t time.Time) time.Time {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, 0, time.UTC)
}

// resolve is the instant at which the clocks of a zone show a wall time: the first where they show it twice; where they
// skip it, the instant that the offset from before the change gives. [time.Date] does not promise which of them it returns.
func resolve(clock time.Time, zone *time.Location) time.Time {
	year, month, day := clock.Date()
	hour, minute, second := clock.Clock()
	t := time.Date(year, month, day, hour, minute, second, 0, zone)
	shown := wall(t)
	switch {
	case shown.After(clock): // Skipped, and read with the offset from before.
		return t
	case shown.Before(clock): // Skipped, and read with the offset from after; t is before the change.
		return at(clock, t, zone)
	}
	if changed, _ := t.ZoneBounds(); !changed.IsZero() {
		if earlier := at(clock, changed.Add(-time.Second), zone); earlier.Before(changed) {
			return earlier
		}
	}
	return t
}

// at reads a wall time with the offset that the zone has at another instant.
func at(clock, other time.Time, zone *time.Location) time.Time {
	_, offset := other.In(zone).Zone()
	return clock.Add(-time.Duration(offset) * time.Second).In(zone)
}
