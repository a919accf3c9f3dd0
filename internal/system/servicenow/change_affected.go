// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// affect makes the items of a change those that are wanted. Adding is done by a worker of the instance, which is waited for.
func (s *changeStore) affect(ctx context.Context, c *change, wanted []string) error {
	has := map[string]bool{}
	for _, r := range c.affected {
		if !slices.Contains(wanted, r["ci_item"]) || has[r["ci_item"]] {
			if err := s.remove(ctx, "task_ci", r["sys_id"]); err != nil {
				return err
			}
			continue
		}
		has[r["ci_item"]] = true
	}
	missing := slices.DeleteFunc(slices.Clone(wanted), func(id string) bool { return has[id] })
	if len(missing) == 0 {
		return nil
	}
	// Associating what is associated is no change, so that it can be asked for twice.
	answer, err := s.do(ctx, transport.Request{
		Method: http.MethodPost, Path: changePath + "/" + c.ID + "/ci", Repeatable: true,
		Body: map[string]any{"association_type": "affected", "cmdb_ci_sys_ids": missing},
	})
	if err != nil {
		return err
	}
	return s.finished(ctx, answer)
}

// job is what the instance says about its worker.
type job struct {
	Worker struct {
		SysID string `json:"sysId"`
	} `json:"worker"`
	State struct {
		Value   json.Number `json:"value"`
		Display string      `json:"display_value"`
	} `json:"state"`
	Messages json.RawMessage `json:"messages"`
}

const (
	workerWaiting = "1"
	workerRunning = "2"
	workerDone    = "3"
)

// finished waits for a worker.
func (c *connection) finished(ctx context.Context, answer *transport.Response) error {
	var started, now job
	if err := readJob(answer, &started); err != nil {
		return err
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		state := started.State.Value.String()
		if now.State.Value != "" {
			state = now.State.Value.String()
		}
		switch state {
		case workerDone:
			return nil
		case workerWaiting, workerRunning, "":
		default:
			return record.Errorf(record.ErrUnavailable, "the work that ServiceNow was given ended in state %s (%s): %s", state, now.State.Display, now.Messages)
		}
		if started.Worker.SysID == "" {
			return nil // There was nothing to do.
		}
		select {
		case <-ctx.Done():
			return record.Errorf(record.ErrAmbiguous, "ServiceNow had not finished its work").Because(ctx.Err())
		case <-time.After(pause):
		}
		answer, err := c.do(ctx, transport.Request{Method: http.MethodGet, Path: changePath + "/worker/" + started.Worker.SysID})
		if isReason(err, record.ErrNotFound) { // It is no cause here: it would say that the change itself was removed.
			return record.Errorf(record.ErrAmbiguous, "ServiceNow no longer knows the work that it was given (worker %s), so that nobody can tell whether it was done", started.Worker.SysID)
		}
		if err != nil {
			return err
		}
		if err := readJob(answer, &now); err != nil {
			return err
		}
	}
}

func readJob(answer *transport.Response, into *job) error {
	var body struct {
		Result json.RawMessage `json:"result"`
	}
	if err := answer.JSON(&body); err != nil {
		return err
	}
	if json.Unmarshal(body.Result, into) == nil {
		return nil
	}
	var list []job
	if err := json.Unmarshal(body.Result, &list); err != nil || len(list) == 0 {
		return record.Errorf(record.ErrUnavailable, "the answer about the work of ServiceNow is not what was expected").Because(err)
	}
	*into = list[0]
	return nil
}
