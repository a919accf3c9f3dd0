// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"net/http"
	"slices"
	"time"
)

// conflictRun is a search for conflicts that has begun. SND: api-reference/rest-apis/change-management-api.md, .../conflict.
type conflictRun struct {
	polls int
	done  bool
}

// findConflicts begins a search, which is done after it was asked for a while.
func (c *call) findConflicts() answer {
	r := c.change()
	switch {
	case r == nil:
		return noChange()
	case r.get("start_date") == "" || r.get("end_date") == "" || len(c.in.affected(r)) == 0:
		return failure(http.StatusBadRequest, "Conflict check could not be started", "The change request needs planned dates and a configuration item")
	}
	c.in.conflicts[r.id()] = &conflictRun{polls: c.in.behaviour.WorkerPolls}
	c.in.store.update(r, map[string]string{"conflict_last_run": c.in.store.stamp()})
	return result(http.StatusOK, newID())
}

func (c *call) getConflicts() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	run := c.in.conflicts[r.id()]
	if run == nil {
		return result(http.StatusOK, map[string]any{
			"status": "Not Run", "last_run": "", "record_count": "0", "job_status": "", "conflicts": []any{},
		})
	}
	status := "1"
	if !run.done {
		if run.polls > 0 {
			run.polls--
		} else {
			run.done = true
			c.in.keepConflicts(r)
		}
	}
	list := make([]map[string]any, 0)
	if run.done {
		status = "2"
		for _, found := range c.in.store.where("conflict", "change", r.id()) {
			list = append(list, c.both(found))
		}
	}
	// The status is Conflict even if there is none: only the list tells.
	return result(http.StatusOK, map[string]any{
		"status": "Conflict", "last_run": r.get("conflict_last_run"), "record_count": "1", "job_status": status, "conflicts": list,
	})
}

func (c *call) cancelConflicts() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	if run := c.in.conflicts[r.id()]; run == nil || run.done {
		return failure(http.StatusBadRequest, "Cancel request failed", "")
	}
	delete(c.in.conflicts, r.id())
	return answer{status: http.StatusOK, header: make(http.Header)}
}

// affected are the configuration items of a change.
func (i *Instance) affected(change *row) []string {
	var ids []string
	if id := change.get("cmdb_ci"); id != "" {
		ids = append(ids, id)
	}
	for _, r := range i.store.where("task_ci", "task", change.id()) {
		if !slices.Contains(ids, r.get("ci_item")) {
			ids = append(ids, r.get("ci_item"))
		}
	}
	return ids
}

// keepConflicts writes the conflicts that a change has now.
func (i *Instance) keepConflicts(change *row) {
	for _, old := range i.store.where("conflict", "change", change.id()) {
		i.store.delete(old)
	}
	found := i.conflictsAt(change, change.get("start_date"), change.get("end_date"))
	for _, values := range found {
		values["change"], values["last_checked"] = change.id(), i.store.stamp()
		i.store.insert("conflict", values)
	}
	status := "No Conflict"
	if len(found) > 0 {
		status = "Conflict"
	}
	i.store.update(change, map[string]string{"conflict_status": status})
}

// conflictsAt are the conflicts that a change would have at a time: another change of the same configuration items, a blackout, or a
// maintenance schedule that does not cover it.
func (i *Instance) conflictsAt(change *row, from, to string) []map[string]string {
	var found []map[string]string
	for _, id := range i.affected(change) {
		for _, other := range i.store.all("change_request") {
			if other != change && other.get("active") == "true" && other.get("start_date") < to && other.get("end_date") > from &&
				slices.Contains(i.affected(other), id) {
				found = append(found, map[string]string{"type": "ci_already_scheduled", "configuration_item": id, "conflicting_change": other.id()})
			}
		}
		for _, blackout := range i.store.all("cmn_schedule_blackout") {
			if i.spanOf(blackout.id(), func(start, end string) bool { return start < to && end > from }) {
				found = append(found, map[string]string{"type": "blackout", "configuration_item": id, "schedule": blackout.id()})
			}
		}
		ci := i.store.find("cmdb_ci", id)
		if ci == nil || ci.get("maintenance_schedule") == "" {
			continue
		}
		if !i.spanOf(ci.get("maintenance_schedule"), func(start, end string) bool { return start <= from && end >= to }) {
			found = append(found, map[string]string{"type": "not_in_maintenance_window", "configuration_item": id, "schedule": ci.get("maintenance_schedule")})
		}
	}
	return found
}

// spanOf tells whether a schedule has an entry of which fits is true. Entries do not repeat here.
func (i *Instance) spanOf(schedule string, fits func(start, end string) bool) bool {
	return slices.ContainsFunc(i.store.where("cmn_schedule_span", "schedule", schedule), func(r *row) bool {
		return fits(r.get("start_date_time"), r.get("end_date_time"))
	})
}

// AddSchedule adds a schedule of a table, such as cmn_schedule_blackout or cmn_schedule_maintenance, with one entry. It returns the sys_id.
func (i *Instance) AddSchedule(table, name string, from, to time.Time) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	schedule := i.store.insert(table, map[string]string{"name": name, "time_zone": "UTC"})
	i.store.insert("cmn_schedule_span", map[string]string{
		"name": name, "schedule": schedule.id(), "start_date_time": from.UTC().Format(timeLayout), "end_date_time": to.UTC().Format(timeLayout),
	})
	return schedule.id()
}
