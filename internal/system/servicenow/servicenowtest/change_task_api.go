// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import "net/http"

// Tasks of a change. SND: api-reference/rest-apis/change-management-api.md, .../task.

func (c *call) listTasks() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	list := make([]map[string]any, 0)
	for _, task := range c.in.store.where("change_task", "change_request", r.id()) {
		if !c.concealed(task) {
			list = append(list, c.both(task))
		}
	}
	return result(http.StatusOK, list)
}

func (c *call) createTask() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	t := c.in.store.dictionary.tables["change_task"]
	values, ignored := c.accepted(t, body, false)
	values["change_request"], values["parent"] = r.id(), r.id()
	task, err := c.in.create(t, values)
	if err != nil {
		return changeRefused(err, "created")
	}
	return c.changeAnswer(task, ignored)
}

// task is the task of a change that the path names.
func (c *call) task() *row {
	r := c.in.store.find("change_task", c.r.PathValue("task"))
	if change := c.change(); change == nil || r == nil || r.get("change_request") != change.id() {
		return nil
	}
	return r
}

func (c *call) updateTask() answer {
	task := c.task()
	if task == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	values, ignored := c.accepted(task.table, body, false)
	if err := c.in.modify(task, values); err != nil {
		return changeRefused(err, "updated")
	}
	return c.changeAnswer(task, ignored)
}

func (c *call) deleteTask() answer {
	task := c.task()
	if task == nil {
		return noChange()
	}
	if err := c.in.remove(task); err != nil {
		return changeRefused(err, "deleted")
	}
	return noContent()
}
