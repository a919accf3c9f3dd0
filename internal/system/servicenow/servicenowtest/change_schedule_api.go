// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"strconv"
	"time"
)

// horizon is how far ahead a slot is looked for, the default of change.conflict.next_available.schedule_window.
// SND: api-reference/rest-apis/change-management-api.md, .../schedule/first_available.
const horizon = 90

// getSchedule promises the times when the change could take place.
func (c *call) getSchedule() answer {
	r := c.change()
	switch {
	case r == nil:
		return noChange()
	case r.get("start_date") == "" || r.get("end_date") == "":
		return failure(http.StatusBadRequest, "The change request is missing the planned start and end times", "")
	case r.get("cmdb_ci") == "":
		return failure(http.StatusBadRequest, "The change request does not have an associated configuration item", "")
	}
	from, _ := time.Parse(timeLayout, r.get("start_date"))
	to, _ := time.Parse(timeLayout, r.get("end_date"))
	return c.promise("schedule", map[string]any{"change_sys_id": r.id()}, func(w *worker) {
		w.spans = []any{}
		if slot, ok := c.in.slot(r, from, to.Sub(from)); ok {
			w.spans = append(w.spans, map[string]any{"start": moment(slot), "end": moment(slot.Add(to.Sub(from)))})
		}
	})
}

func moment(t time.Time) map[string]string {
	return map[string]string{"value": t.Format(timeLayout), "display_value": t.Format(timeLayout)}
}

// scheduleFirst promises to move the change to the first time when it has no conflict.
func (c *call) scheduleFirst() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	given, _ := text(body["duration_in_seconds"])
	seconds, err := strconv.Atoi(given)
	from := c.in.now().UTC()
	if start, _ := text(body["planned_start_time"]); start != "" {
		t, wrong := time.Parse(timeLayout, start)
		if wrong != nil {
			return failure(http.StatusBadRequest, "Invalid planned_start_time", start)
		}
		from = t
	}
	switch {
	case err != nil || seconds <= 0:
		return failure(http.StatusBadRequest, "Invalid duration_in_seconds", given)
	case r.get("cmdb_ci") == "":
		return failure(http.StatusBadRequest, "The change request does not have an associated configuration item", "")
	case c.unwritable(r.table, "start_date") || c.unwritable(r.table, "end_date"):
		return failure(http.StatusForbidden, "User does not have write access to the planned start and end date", "")
	}
	duration := time.Duration(seconds) * time.Second
	return c.promise("schedule", map[string]any{"change_sys_id": r.id(), "duration_in_seconds": seconds}, func(w *worker) {
		slot, ok := c.in.slot(r, from, duration)
		if !ok {
			w.infos = append(w.infos, "No slots found for "+strconv.Itoa(horizon)+" days from now")
			return
		}
		c.in.store.update(r, map[string]string{"start_date": slot.Format(timeLayout), "end_date": slot.Add(duration).Format(timeLayout)})
		w.infos = append(w.infos, "Change has been updated")
	})
}

// slot is the first full minute from which on a change has no conflict, tried every quarter of an hour.
func (i *Instance) slot(change *row, from time.Time, duration time.Duration) (time.Time, bool) {
	start := from.Truncate(time.Minute)
	for ; start.Before(from.AddDate(0, 0, horizon)); start = start.Add(15 * time.Minute) {
		if len(i.conflictsAt(change, start.Format(timeLayout), start.Add(duration).Format(timeLayout))) == 0 {
			return start, true
		}
	}
	return time.Time{}, false
}
