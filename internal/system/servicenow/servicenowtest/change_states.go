// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"slices"
	"strings"
)

// The states of a change. SND: it-service-management/change-management/state-model-activate-tasks.md.
const (
	stateNew       = "-5"
	stateAssess    = "-4"
	stateAuthorize = "-3"
	stateScheduled = "-2"
	stateImplement = "-1"
	stateReview    = "0"
	stateClosed    = "3"
	stateCanceled  = "4"
)

// transition is a row of a change model.
type transition struct {
	from, to string
	// automatic ones happen by themselves as soon as the condition holds, and at no other time.
	automatic bool
	// condition is what has to hold, as people read it. Empty is nothing.
	condition string
}

const (
	conditionApproved = "Change is approved"
	conditionGroup    = "Assignment group is populated"
	conditionTasks    = "No active Change Tasks"
	conditionNotHeld  = "Not On hold"
)

// models are the transitions by type of change.
// SND: it-service-management/change-management/normal-standard-emergency-states.md. The page names no way back; "Revert to New" is
// described for Assess of normal and Authorize of emergency changes, and offered here from Authorize of normal ones as well.
var models = map[string][]transition{
	"normal": slices.Concat([]transition{
		{from: stateNew, to: stateAssess, condition: conditionGroup},
		{from: stateAssess, to: stateAuthorize, automatic: true, condition: conditionApproved},
		{from: stateAssess, to: stateNew},
		{from: stateAuthorize, to: stateNew},
	}, fromAuthorize),
	"emergency": slices.Concat([]transition{
		{from: stateNew, to: stateAuthorize, condition: conditionGroup},
		{from: stateAuthorize, to: stateNew},
	}, fromAuthorize),
	"standard": slices.Concat([]transition{
		{from: stateNew, to: stateScheduled, condition: conditionGroup},
	}, fromScheduled),
}

var fromAuthorize = slices.Concat([]transition{
	{from: stateAuthorize, to: stateScheduled, automatic: true, condition: conditionApproved},
	{from: stateAssess, to: stateCanceled},
	{from: stateAuthorize, to: stateCanceled},
}, fromScheduled)

var fromScheduled = []transition{
	{from: stateNew, to: stateCanceled},
	{from: stateScheduled, to: stateImplement, condition: conditionNotHeld},
	{from: stateScheduled, to: stateCanceled},
	// SND: api-reference/rest-apis/change-management-api.md, nextstates, has both ways to Review.
	{from: stateImplement, to: stateReview, automatic: true, condition: conditionTasks},
	{from: stateImplement, to: stateReview, condition: conditionNotHeld},
	{from: stateImplement, to: stateCanceled},
	{from: stateReview, to: stateClosed},
}

// model is the state model of a change.
func model(change *row) []transition {
	if m := models[change.get("type")]; m != nil {
		return m
	}
	return models["normal"]
}

// met tells whether the condition of a transition holds for a change.
func (i *Instance) met(change *row, t transition) bool {
	switch t.condition {
	case conditionApproved:
		return i.behaviour.NoApprovals || change.get("approval") == "approved"
	case conditionGroup:
		return !i.enforced() || change.get("assignment_group") != ""
	case conditionTasks:
		return len(i.openTasks(change)) == 0
	case conditionNotHeld:
		return change.get("on_hold") != "true"
	}
	return true
}

// allowed tells whether somebody may move a change to a state. Automatic transitions are nobody's, unless their condition holds.
func (i *Instance) allowed(change *row, to string) bool {
	return slices.ContainsFunc(model(change), func(t transition) bool {
		return t.from == change.get("state") && t.to == to && i.met(change, t)
	})
}

// stateValue is the number of a state that a request gives as number, label or text.
func (i *Instance) stateValue(text string) string {
	if landed, ok := i.behaviour.Lands[text]; ok {
		return landed
	}
	for _, r := range i.store.rows["sys_choice"] {
		if r.get("name") == "change_request" && r.get("element") == "state" && strings.EqualFold(r.get("label"), text) {
			return r.get("value")
		}
	}
	return text
}

// enforced tells whether mandatory fields are. The property is com.snc.change_management.enforce_data_requirements.
func (i *Instance) enforced() bool {
	return i.property("com.snc.change_management.enforce_data_requirements") == "true"
}
