// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// fake keeps the records of one kind in a map. It is for tests that run in one goroutine.
type fake[T Record] struct {
	records map[string]T
	updates [][]string
	failure error
}

func (f *fake[T]) Get(_ context.Context, ids []string) (map[string]T, error) {
	found := map[string]T{}
	for _, id := range ids {
		if r, ok := f.records[id]; ok {
			found[id] = Clone(r)
		}
	}
	return found, f.failure
}

func (f *fake[T]) Find(_ context.Context, q Query) ([]T, error) {
	var found []T
	for _, r := range f.records {
		if q.Matches(r) {
			found = append(found, Clone(r))
		}
	}
	slices.SortFunc(found, func(a, b T) int {
		if a.Metadata().ID < b.Metadata().ID {
			return -1
		}
		return 1
	})
	return found, f.failure
}

func (f *fake[T]) Create(_ context.Context, r T) (T, error) { return f.keep(r), f.failure }

func (f *fake[T]) Update(_ context.Context, r T, fields []string) (T, error) {
	f.updates = append(f.updates, fields)
	kept := Clone(f.records[r.Metadata().ID])
	Apply(kept, r, fields)
	return f.keep(kept), f.failure
}

func (f *fake[T]) Retire(_ context.Context, id string, _ Disposal) error {
	delete(f.records, id)
	return f.failure
}

func (f *fake[T]) keep(r T) T {
	f.records[r.Metadata().ID] = Clone(r)
	return Clone(r)
}

// fakeChanges adds what a change store can do. Only what a test puts into decisions is ever decided.
type fakeChanges struct {
	*fake[*ChangeRequest]
	decisions map[string][]Decision
	steps     []ChangeState
	requests  int
	refuse    error // answers Transition and RequestApproval
	unread    error // answers Approvals
}

func (f *fakeChanges) Transition(_ context.Context, id string, t Transition) (*ChangeRequest, error) {
	if f.refuse != nil {
		return nil, f.refuse
	}
	c := f.records[id]
	if err := c.CheckTransition(t); err != nil {
		return nil, err
	}
	f.steps = append(f.steps, t.To)
	if c.State = t.To; t.To == ChangeClosed {
		c.Outcome, c.CloseNotes, c.Evidence = t.Outcome, t.Notes, t.Evidence
	}
	return Clone(c), nil
}

func (f *fakeChanges) RequestApproval(_ context.Context, id string) (*ChangeRequest, error) {
	if f.refuse != nil {
		return nil, f.refuse
	}
	f.requests++
	c := f.records[id]
	c.State, c.Approval = ChangeAssess, ApprovalRequested
	return Clone(c), nil
}

func (f *fakeChanges) Approvals(_ context.Context, ids []string) (map[string][]Decision, error) {
	found := map[string][]Decision{}
	for _, id := range ids {
		found[id] = slices.Clone(f.decisions[id])
	}
	return found, f.unread
}

func (f *fakeChanges) HowToApprove(c *ChangeRequest) string { return "Ask about " + c.Number }

// newFakeChanges has one change, "1", requested by alice and approved by bob, after the edit.
func newFakeChanges(edit func(*ChangeRequest)) (*fakeChanges, Stores) {
	c := &ChangeRequest{
		Meta: Meta{ID: "1", Stack: "s", Extensions: map[string]string{"u": "1"}}, Number: "C1", Summary: "x", Type: "normal", RequestedBy: "alice",
		State: ChangeScheduled, Approval: ApprovalApproved,
	}
	c.Canonicalise()
	edit(c)
	f := &fakeChanges{
		fake:      &fake[*ChangeRequest]{records: map[string]*ChangeRequest{"1": c}},
		decisions: map[string][]Decision{"1": {{Name: "bob", Decision: "approved"}}},
	}
	s := Stores{}
	Serve(s, f)
	return f, s
}

func wantReason(t *testing.T, what string, err, reason error) {
	t.Helper()
	_ = reasonOf(t, what, err, reason)
}

// reasonOf is wantReason for a test that wants to see more of the error.
func reasonOf(t *testing.T, what string, err, reason error) *Error {
	t.Helper()
	var failure *Error
	if !errors.Is(err, reason) || !errors.As(err, &failure) {
		t.Errorf("%s: error is %v, want reason %v", what, err, reason)
		return &Error{}
	}
	return failure
}

// What the derived stores need.
var (
	_ Store[*ChangeRequest] = (*fakeChanges)(nil)
	_ Transitioner          = (*fakeChanges)(nil)
	_ Approver              = (*fakeChanges)(nil)
)
