// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// memoryChanges adds the states and the approval of change requests.
type memoryChanges struct{ memoryStore }

// open puts a new change into its first state: one of a standard type was approved in advance.
func (d *memoryData) open(c *record.ChangeRequest) {
	c.Number = "CHG" + c.ID[1:]
	c.State, c.Approval = record.ChangeNew, record.ApprovalNotRequested
	c.Outcome, c.CloseNotes, c.Evidence, c.ClosedAt = "", "", nil, time.Time{}
	if c.Type == record.ChangeTypeStandard {
		c.State, c.Approval = record.ChangeScheduled, record.ApprovalApproved
		d.decisions[c.ID] = []record.Decision{{Name: "standard change", Decision: string(record.ApprovalApproved), DecidedAt: wholeSecond()}}
	}
}

// edit asks anew for the approval of a content that is not the one that was asked for, and refuses what would falsify evidence.
func (d *memoryData) edit(was, now *record.ChangeRequest) error {
	if len(record.ContentChanges(was, now)) == 0 || was.Approval == record.ApprovalNotRequested && was.Open() {
		return nil
	}
	if was.Approval == record.ApprovalApproved || !was.Open() {
		return record.Errorf(record.ErrRefused, "%s is %s and its approval is %s, so its content stays", was.Number, was.State, was.Approval)
	}
	now.State, now.Approval = record.ChangeNew, record.ApprovalNotRequested
	delete(d.decisions, was.ID)
	return nil
}

// change runs one operation on a copy of a change and keeps what it made of it.
func (s memoryChanges) change(ctx context.Context, id string, operation func(*record.ChangeRequest) error) (*record.ChangeRequest, error) {
	var kept *record.ChangeRequest
	err := s.m.do(ctx, func() error {
		r, ok := s.find(id)
		if !ok {
			return record.Errorf(record.ErrNotFound, "there is no change request %q", id)
		}
		c := record.Clone(r).(*record.ChangeRequest)
		if err := operation(c); err != nil {
			return err
		}
		c.Canonicalise()
		kept = s.m.keep(c).(*record.ChangeRequest)
		return nil
	})
	return kept, err
}

// Transition implements [record.Transitioner].
func (s memoryChanges) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	return s.change(ctx, id, func(c *record.ChangeRequest) error {
		if c.State == t.To {
			return nil
		}
		if err := c.CheckTransition(t); err != nil {
			return err
		}
		if c.State = t.To; t.To == record.ChangeClosed {
			c.Outcome, c.CloseNotes, c.Evidence, c.ClosedAt = t.Outcome, t.Notes, t.Evidence, wholeSecond()
		}
		return nil
	})
}

// RequestApproval implements [record.Approver].
func (s memoryChanges) RequestApproval(ctx context.Context, id string) (*record.ChangeRequest, error) {
	return s.change(ctx, id, func(c *record.ChangeRequest) error {
		switch {
		case c.Approval != record.ApprovalNotRequested:
			return nil
		case !c.Open():
			return record.Errorf(record.ErrRefused, "%s is %s", c.Number, c.State)
		case c.State == record.ChangeNew:
			c.State = record.Path(c.Type)[1]
		}
		c.Approval = record.ApprovalRequested
		s.m.decisions[id] = []record.Decision{{Name: "change board", Decision: string(record.ApprovalRequested)}}
		return nil
	})
}

// Approvals implements [record.Approver].
func (s memoryChanges) Approvals(ctx context.Context, ids []string) (map[string][]record.Decision, error) {
	decisions := map[string][]record.Decision{}
	err := s.m.do(ctx, func() error {
		for _, id := range ids {
			decisions[id] = slices.Clone(s.m.decisions[id])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return decisions, nil
}

// Calendar implements [record.ConflictFinder].
func (s memoryChanges) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	return record.CalendarOf(ctx, s.m.Stores(), kinds...)
}

// HowToApprove implements [record.Approver].
func (s memoryChanges) HowToApprove(c *record.ChangeRequest) string {
	return fmt.Sprintf("Call Decide(%q, ...)", c.Number)
}

// Decide is what a person does in a real system: to approve or to reject a change that waits for it.
func (m *Memory) Decide(number, by string, approve bool, comment string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		c, ok := r.(*record.ChangeRequest)
		if !ok || c.Number != number {
			continue
		}
		switch {
		case c.Approval != record.ApprovalRequested || !c.Open():
			return record.Errorf(record.ErrRefused, "%s is %s and its approval is %s", number, c.State, c.Approval)
		case approve && record.SamePerson(by, c.RequestedBy):
			return record.Errorf(record.ErrRefused, "%s requested %s and cannot approve it", by, number)
		}
		decided := record.Clone(c)
		decided.State, decided.Approval = record.ChangeNew, record.ApprovalRejected
		if approve {
			decided.State, decided.Approval = record.ChangeScheduled, record.ApprovalApproved
		}
		m.records[id] = decided
		m.decisions[id] = []record.Decision{{Name: by, Decision: string(decided.Approval), DecidedAt: wholeSecond(), Comment: comment}}
		return nil
	}
	return record.Errorf(record.ErrNotFound, "there is no change request %s", number)
}

func wholeSecond() time.Time { return time.Now().UTC().Truncate(time.Second) }
