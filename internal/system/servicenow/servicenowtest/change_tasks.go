// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

// openTasks are the active tasks of a change.
func (i *Instance) openTasks(change *row) []*row {
	var open []*row
	for _, task := range i.store.where("change_task", "change_request", change.id()) {
		if task.get("active") == "true" {
			open = append(open, task)
		}
	}
	return open
}

// fromFlow marks the tasks that the state model made.
const fromFlow = "flow"

// addTask adds a task as the state model does.
func (i *Instance) addTask(change *row, description, kind string) {
	t := i.store.dictionary.tables["change_task"]
	_, _ = i.create(t, map[string]string{ // no rule refuses a task
		"change_request": change.id(), "parent": change.id(), "short_description": description, "change_task_type": kind, "state": "1",
		"assignment_group": change.get("assignment_group"), "created_from": fromFlow,
	})
}

// cancelTasks cancels the open tasks of a change. Those that people made stay open when the change goes to Review, and keep it from
// being closed; they go with a change that is canceled. SND: it-service-management, "Manually created change tasks are not automatically
// closed or cancelled when state is changed from Implement to Review".
func (i *Instance) cancelTasks(change *row, all bool) {
	for _, task := range i.openTasks(change) {
		if all || task.get("created_from") == fromFlow {
			i.store.update(task, map[string]string{"state": "4", "active": "false", "closed_at": i.store.stamp()})
		}
	}
}

// afterTask keeps active with the state, and moves the change on.
func (i *Instance) afterTask(task, was *row) {
	if was == nil {
		if task.get("state") == "" {
			i.store.update(task, map[string]string{"state": "1"})
		}
		return
	}
	if state := task.get("state"); state == "3" || state == "4" {
		i.store.update(task, map[string]string{"active": "false", "closed_at": i.store.stamp()})
	}
	if change := i.store.find("change_request", task.get("change_request")); change != nil && was.get("active") == "true" {
		i.advance(change)
	}
}
