// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// What is done about conflicts that the instance detects, such as a blackout.
const (
	conflictsIgnored = "ignore"
	conflictsRefused = "refuse"
)

// detection is the answer about the conflicts of a change. Its status says Conflict even where there is none.
type detection struct {
	Job       json.RawMessage  `json:"job_status"`
	Conflicts *json.RawMessage `json:"conflicts"`
}

// What has become of a detection: it is done by a job whose states are those of an execution tracker.
const (
	jobPending    = "0"
	jobRunning    = "1"
	jobSuccessful = "2"
	jobFailed     = "3"
	jobCancelled  = "4"
)

// ended says whether a detection has come to its end. Whatever is not known is no end: conflicts could be overlooked.
func (d detection) ended() (bool, error) {
	var job row
	if err := json.Unmarshal([]byte(`{"status":`+cmp.Or(string(d.Job), "null")+`}`), &job); err != nil {
		return false, record.Errorf(record.ErrUnavailable, "the answer about conflicts is not what was expected").Because(err)
	}
	const ignoring = "Look at the conflict detection of the instance, or set conflicts = \"ignore\" in the provider block and let the approvers judge"
	switch status := job["status"]; status {
	case "", jobPending, jobRunning:
		return false, nil
	case jobSuccessful:
		return true, nil
	case jobFailed, jobCancelled:
		how := map[string]string{jobFailed: "failed", jobCancelled: "was cancelled"}[status]
		return false, record.Errorf(record.ErrUnavailable, "the search for conflicts %s in ServiceNow (job_status %s)", how, status).Advise(ignoring)
	default:
		return false, record.Errorf(record.ErrUnavailable, "ServiceNow answers job_status %q about its search for conflicts, which is not known", cmp.Or(job[shown("status")], status)).Advise(ignoring)
	}
}

// found are the conflicts. An answer without a list says nothing about them.
func (d detection) found() (conflicts []row, err error) {
	if d.Conflicts == nil {
		return nil, record.Errorf(record.ErrUnavailable, "the answer about conflicts holds no list of them")
	}
	if err := json.Unmarshal(*d.Conflicts, &conflicts); err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "the answer about conflicts is not what was expected").Because(err)
	}
	return conflicts, nil
}

// detectionPatience is how long a detection may take.
const detectionPatience = 5 * time.Minute

// unopposed lets the instance look for conflicts of a change, and refuses to ask for its approval where it finds any.
func (s *changeStore) unopposed(ctx context.Context, c *change) error {
	if s.setup.conflicts != conflictsRefused || c.PlannedStart.IsZero() || c.PlannedEnd.IsZero() || len(c.ConfigurationItemIDs) == 0 {
		return nil // There is nothing that could conflict, and the instance refuses to look.
	}
	path := changePath + "/" + c.ID + "/conflict"
	// That the instance has looked changes nothing about the change.
	if _, err := s.do(ctx, transport.Request{Method: http.MethodPost, Path: path, Reads: true}); err != nil {
		return err
	}
	found, err := s.detected(ctx, path)
	if err != nil || len(found) == 0 {
		return err
	}
	var names []string
	for _, conflict := range found {
		names = append(names, describe(conflict))
	}
	slices.Sort(names)
	return record.Errorf(record.ErrRefused, "ServiceNow finds conflicts of %s: %s", c.Number, strings.Join(slices.Compact(names), "; ")).On("planned_start").
		Advise("Move planned_start and planned_end, or set conflicts = \"ignore\" in the provider block and let the approvers judge")
}

// detected waits for the end of a detection.
func (s *changeStore) detected(ctx context.Context, path string) ([]row, error) {
	deadline := time.Now().Add(detectionPatience)
	for pause := 100 * time.Millisecond; time.Now().Before(deadline); pause = min(2*pause, 5*time.Second) {
		answer, err := s.do(ctx, transport.Request{Method: http.MethodGet, Path: path})
		if err != nil {
			return nil, err
		}
		var body struct {
			Result detection `json:"result"`
		}
		if err := answer.JSON(&body); err != nil {
			return nil, err
		}
		switch ended, err := body.Result.ended(); {
		case err != nil:
			return nil, err
		case ended:
			return body.Result.found()
		}
		select {
		case <-ctx.Done():
			return nil, record.Errorf(record.ErrUnavailable, "ServiceNow had not finished looking for conflicts").Because(ctx.Err())
		case <-time.After(pause):
		}
	}
	return nil, record.Errorf(record.ErrUnavailable, "ServiceNow has not finished looking for conflicts within %s", detectionPatience).
		Advise("Apply again, or set conflicts = \"ignore\" in the provider block")
}

// describe names a conflict as people see it.
func describe(r row) string {
	text := cmp.Or(r[shown("type")], r["type"], "conflict")
	if what := cmp.Or(r[shown("schedule")], r[shown("conflicting_change")]); what != "" {
		text += " (" + what + ")"
	}
	if item := r[shown("configuration_item")]; item != "" {
		text += " of " + item
	}
	return text
}
