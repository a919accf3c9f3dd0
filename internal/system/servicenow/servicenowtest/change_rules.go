// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"fmt"
	"strconv"
)

// rules are the business rules and data policies out of the box, by the table that they are about.
func (i *Instance) rules() map[string]rule {
	return map[string]rule{
		"task":                 {before: i.beforeTask},
		"change_request":       {before: i.beforeChange, after: i.afterChange},
		"change_task":          {after: i.afterTask},
		"sysapproval_approver": {before: i.beforeApproval, after: i.afterApproval},
		"sys_dictionary":       {after: i.afterDictionary},
		"cmdb_rel_ci":          {before: beforeRelation},
	}
}

// prefixes of the numbers of tasks.
var prefixes = map[string]string{"change_request": "CHG", "change_task": "CTASK", "task": "TASK"}

func (i *Instance) beforeTask(next, was *row) error {
	if was != nil {
		next.values["number"] = was.get("number")
		return nil
	}
	prefix := prefixes[next.table.name]
	i.numbers[prefix]++
	next.values["number"] = fmt.Sprintf("%s%07d", prefix, 30000+i.numbers[prefix])
	next.values["opened_at"] = i.store.stamp()
	if user := i.store.first("sys_user", "user_name", i.store.actor); user != nil {
		next.values["opened_by"] = user.id()
	}
	return nil
}

func (i *Instance) beforeChange(next, was *row) error {
	if was == nil {
		i.newChange(next)
		return nil
	}
	from := was.get("state")
	asked := next.get("state")
	if asked != from {
		next.values["state"] = i.stateValue(asked)
	}
	to := next.get("state")
	if from == to {
		return nil
	}
	// Whether a transition is allowed depends on the other values that come with it.
	probe := next.copy()
	probe.values["state"] = from
	if _, lands := i.behaviour.Lands[asked]; !lands && !i.reachable(probe, to) {
		return &abort{table: "change_request", rule: "Change Model: Check State Transition"}
	}
	if missing := i.missing(next, to); len(missing) > 0 {
		return &abort{table: "change_request", mandatory: missing}
	}
	if to == stateClosed {
		if open := i.openTasks(next); len(open) > 0 {
			return &abort{table: "change_request", rule: "Prevent close with open change tasks"}
		}
	}
	return nil
}

// reachable is allowed, but for what a data policy reports better.
func (i *Instance) reachable(change *row, to string) bool {
	if i.allowed(change, to) {
		return true
	}
	for _, t := range model(change) {
		if t.from == change.get("state") && t.to == to && t.condition == conditionGroup {
			return true
		}
	}
	return false
}

// missing are the labels of the fields that a change has to have in a state.
func (i *Instance) missing(change *row, state string) []string {
	if !i.enforced() {
		return nil
	}
	var labels []string
	need := func(columns ...string) {
		for _, name := range columns {
			// A value that is no choice is as good as none, as practitioners report of the codes of incidents.
			_, chosen := i.store.choice(change.table, name, change.get(name))
			if change.get(name) == "" || (name == "close_code" && !chosen) {
				labels = append(labels, change.table.byName[name].Label)
			}
		}
	}
	switch state {
	case stateNew, stateCanceled:
	case stateClosed:
		need("assignment_group", "close_code", "close_notes")
	default:
		need("assignment_group")
	}
	return labels
}

// newChange fills in a change. Whatever state the request asks for, it begins at New: a practitioner measured that a change posted with
// the state 3 lands in New.
func (i *Instance) newChange(next *row) {
	next.values["state"] = stateNew
	if next.get("type") == "standard" && next.get("std_change_producer_version") != "" {
		// A template is approved before there is a change.
		next.values["approval"] = "approved"
	} else {
		next.values["approval"] = "not requested"
	}
	if next.get("requested_by") == "" {
		if user := i.store.first("sys_user", "user_name", i.store.actor); user != nil {
			next.values["requested_by"] = user.id()
		}
	}
	if next.get("chg_model") == "" {
		if m := i.store.first("chg_model", "name", label(next.get("type"))); m != nil {
			next.values["chg_model"] = m.id()
		}
	}
}

func (i *Instance) afterChange(change, was *row) {
	if was == nil || was.get("state") == change.get("state") {
		return
	}
	switch change.get("state") {
	case stateNew:
		i.revert(change, was)
	case stateAssess:
		i.requestApproval(change, change.get("assignment_group"))
	case stateAuthorize:
		if _, detour := i.behaviour.Lands["assess"]; detour && was.get("state") == stateNew && change.get("type") == "normal" {
			return
		}
		i.requestAuthorization(change)
	case stateImplement:
		i.store.update(change, map[string]string{"work_start": i.store.stamp()})
		i.addTask(change, "Implement", "implementation")
		i.addTask(change, "Post implementation testing", "testing")
	case stateReview:
		i.store.update(change, map[string]string{"work_end": i.store.stamp()})
		i.cancelTasks(change, false)
	case stateClosed:
		i.store.update(change, map[string]string{"active": "false", "closed_at": i.store.stamp(), "closed_by": i.actorID()})
	case stateCanceled:
		i.cancelTasks(change, true)
		i.cancelApprovals(change)
		i.store.update(change, map[string]string{"active": "false", "closed_at": i.store.stamp(), "closed_by": i.actorID()})
	}
	i.advance(change)
}

func (i *Instance) actorID() string {
	if user := i.store.first("sys_user", "user_name", i.store.actor); user != nil {
		return user.id()
	}
	return ""
}

// advance does the automatic transitions of a change.
func (i *Instance) advance(change *row) {
	for _, t := range model(change) {
		if t.automatic && t.from == change.get("state") && i.met(change, t) {
			was := change.copy()
			i.store.update(change, map[string]string{"state": t.to})
			i.afterChange(change, was)
			return
		}
	}
}

// afterDictionary adds the column that a new row describes.
func (i *Instance) afterDictionary(r, was *row) {
	t := i.store.dictionary.tables[r.get("name")]
	if was != nil || t == nil || t.byName[r.get("element")] != nil {
		return
	}
	length, _ := strconv.Atoi(r.get("max_length"))
	i.store.dictionary.addColumn(t, Column{
		Name: r.get("element"), Label: r.get("column_label"), Type: r.get("internal_type"), Reference: r.get("reference"),
		MaxLength: length, Default: r.get("default_value"),
	})
}

// beforeRelation refuses what is no relationship. That the same relationship is there already is not refused.
func beforeRelation(next, _ *row) error {
	if next.get("parent") == "" || next.get("child") == "" {
		return &abort{table: "cmdb_rel_ci", rule: "Validate relationship"}
	}
	return nil
}
