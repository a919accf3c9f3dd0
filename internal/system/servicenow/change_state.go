// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

const changePath = "/api/sn_chg_rest/change"

// Transition implements [record.Transitioner].
func (s *changeStore) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	c, err := s.one(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.State == t.To {
		return c.ChangeRequest, nil
	}
	if err := c.CheckTransition(t); err != nil {
		return nil, err
	}
	if t.To != record.ChangeClosed {
		return s.step(ctx, c, t.To, map[string]string{})
	}
	if !slices.Contains(record.ChangeOutcomes(), string(t.Outcome)) {
		return nil, record.Errorf(record.ErrInvalid, "must be one of %s, is %q", strings.Join(record.ChangeOutcomes(), ", "), t.Outcome).On("outcome")
	}
	if err := s.tasksDone(ctx, c); err != nil {
		return nil, err
	}
	wanted := &record.ChangeRequest{Outcome: t.Outcome, CloseNotes: t.Notes, Evidence: t.Evidence}
	values := map[string]string{}
	paths := all(wanted)
	for _, field := range []string{"outcome", "close_notes", "evidence"} {
		col := s.column(field)
		values[col.base()] = col.written(wanted)
	}
	kept, err := s.step(ctx, c, t.To, values)
	if err != nil {
		return nil, err
	}
	return kept, s.confirm(kept, wanted, paths)
}

// step moves a change to a state, with other values in the same write, and reads where it is then: it may have moved on by itself.
func (s *changeStore) step(ctx context.Context, c *change, to record.ChangeState, values map[string]string) (*record.ChangeRequest, error) {
	if err := s.reachable(ctx, c, to); err != nil {
		return nil, err
	}
	values["state"] = states[string(to)]
	// A step done twice is refused, or brings the change back: once it is there, it may move on by itself.
	_, err := s.do(ctx, transport.Request{Method: http.MethodPatch, Path: changePath + "/" + c.ID, Body: values})
	if err != nil && !isReason(err, record.ErrInvalid) && !isReason(err, record.ErrAmbiguous) {
		return nil, err
	}
	after, unread := s.one(ctx, c.ID)
	switch {
	case unread == nil && after.reached(to):
		return after.ChangeRequest, nil // A reply that was lost, or somebody else, does not matter then.
	case isReason(err, record.ErrInvalid):
		return nil, refusedStep(c, to, err)
	case err != nil || unread != nil:
		return nil, cmp.Or(err, unread)
	}
	return nil, record.Errorf(record.ErrDropped, "ServiceNow answered success, and %s is in state %s instead of %s", c.Number, after.State, to).On("state").
		Advise("Give the account the right to write %s.state, and see whether a business rule sets it back", s.name)
}

// reached says that the change is in a state, or has moved on from it.
func (c *change) reached(state record.ChangeState) bool {
	path := record.Path(c.Type)
	at := slices.Index(path, state)
	return c.State == state || at >= 0 && slices.Index(path, c.State) > at
}

// refusedStep words that a rule of the instance stood in the way of a step.
func refusedStep(c *change, to record.ChangeState, err error) error {
	var e *record.Error
	if !errors.As(err, &e) {
		return err
	}
	return again(e, record.ErrRefused, fmt.Sprintf("%s cannot go from %s to %s: %s", c.Number, c.State, to, e.Answer),
		"Set what the rule asks for, such as assignment_group, or ask an administrator of the instance about the rule")
}

// nextStates is the answer about where a change can go.
type nextStates struct {
	Available   []string `json:"available_states"`
	Transitions [][]struct {
		To         string `json:"to_state"`
		Available  bool   `json:"transition_available"`
		Conditions []struct {
			Passed    bool `json:"passed"`
			Condition struct {
				Name string `json:"name"`
			} `json:"condition"`
		} `json:"conditions"`
	} `json:"state_transitions"`
}

// reachable asks the instance whether its own model has the step, and names the conditions that stand in the way.
func (s *changeStore) reachable(ctx context.Context, c *change, to record.ChangeState) error {
	answer, err := s.do(ctx, transport.Request{Method: http.MethodGet, Path: changePath + "/" + c.ID + "/nextstates"})
	if isReason(err, record.ErrNotFound) || isReason(err, record.ErrInvalid) {
		return nil // The change follows no model, so the write itself will tell.
	}
	if err != nil {
		return err
	}
	next, err := readNext(answer)
	if err != nil {
		return err
	}
	target, failed, known := states[string(to)], []string(nil), false
	for _, t := range slices.Concat(next.Transitions...) {
		if t.To != target {
			continue
		}
		if known = true; t.Available {
			return nil
		}
		for _, condition := range t.Conditions {
			if !condition.Passed {
				failed = append(failed, condition.Condition.Name)
			}
		}
	}
	switch {
	case len(failed) > 0:
		return record.Errorf(record.ErrRefused, "%s cannot go from %s to %s: ServiceNow wants %q first", c.Number, c.State, to, failed).
			Advise("See to it in ServiceNow: %s", c.URL)
	case !known && !slices.Contains(next.Available, target):
		return record.Errorf(record.ErrRefused, "the change model of %s has no step from %s to %s", c.Number, c.State, to).
			Advise("Use another change model (option change_models), or move the change in ServiceNow: %s", c.URL)
	}
	return nil
}

func readNext(answer *transport.Response) (nextStates, error) {
	var body struct {
		Result json.RawMessage `json:"result"`
	}
	if err := answer.JSON(&body); err != nil {
		return nextStates{}, err
	}
	var next nextStates
	if json.Unmarshal(body.Result, &next) == nil {
		return next, nil
	}
	var list []nextStates
	if err := json.Unmarshal(body.Result, &list); err != nil || len(list) == 0 {
		return next, record.Errorf(record.ErrUnavailable, "the answer about the next states is not what was expected").Because(err)
	}
	return list[0], nil
}

// tasksDone names the tasks that keep a change from being closed.
func (s *changeStore) tasksDone(ctx context.Context, c *change) error {
	rows, _, err := s.list(ctx, listing{
		table: "change_task", query: query{}.is("change_request", c.ID).is("active", "true"), fields: []string{"sys_id", "number", "short_description", "change_request", "active"},
	})
	if err != nil {
		return err
	}
	var open []string
	for _, r := range rows {
		if r["change_request"] == c.ID && r["active"] == "true" {
			open = append(open, fmt.Sprintf("%s (%s)", r["number"], r["short_description"]))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return record.Errorf(record.ErrRefused, "%s cannot be closed while tasks of it are open: %s", c.Number, strings.Join(open, ", ")).
		Advise("Close or cancel the tasks in ServiceNow, and apply again: %s", c.URL)
}
