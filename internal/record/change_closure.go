// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"slices"
	"time"
)

// ChangeOutcome says how a change went.
type ChangeOutcome string

// ChangeOutcomes lists the outcomes that a change can be closed with.
func ChangeOutcomes() []string {
	return []string{"successful", "successful_with_issues", "unsuccessful"}
}

// ChangeClosure closes a change request with its outcome. It is a view of a [ChangeRequest], with the change's id.
type ChangeClosure struct {
	Meta
	ChangeRequestID string            `json:"change_request_id"`
	Outcome         ChangeOutcome     `json:"outcome"`
	Notes           string            `json:"notes"`
	Evidence        map[string]string `json:"evidence,omitempty"`
	ClosedAt        time.Time         `json:"closed_at,omitzero"`
}

// KindChangeClosure is the kind of [ChangeClosure].
var KindChangeClosure = define(Definition{
	Kind: "change_closure", Role: RoleChange, Title: "change closure",
	New:  func() Record { return new(ChangeClosure) },
	From: "change_request", NameForm: "<change_request_id>",
	Derive: func(s Stores) (Store[Record], error) {
		changes, err := s.Of("change_request")
		if err != nil {
			return nil, err
		}
		t, ok := Capability[Transitioner](changes)
		if !ok {
			return nil, Errorf(ErrUnsupported, "the system that keeps change requests cannot move them through their states")
		}
		return erased[*ChangeClosure]{closures{changes, t}}, nil
	},
})

// Kind implements [Record].
func (*ChangeClosure) Kind() Kind { return "change_closure" }

// NaturalName implements [Record]: a change is closed once.
func (c *ChangeClosure) NaturalName() string { return c.ChangeRequestID }

// Canonicalise implements [Record].
func (c *ChangeClosure) Canonicalise() { c.ClosedAt = canonicalTime(c.ClosedAt) }

// Validate implements [Record].
func (c *ChangeClosure) Validate() []FieldError {
	var v rules
	v.name("change_request_id", c.ChangeRequestID)
	v.oneOf("outcome", string(c.Outcome), ChangeOutcomes())
	v.text("notes", c.Notes)
	v.entries("evidence", c.Evidence, MaxText)
	v.entries("extensions", c.Extensions, MaxValue)
	return v.problems
}

// closures is the store of closures: creating one walks the change to closed.
type closures struct {
	changes   Store[Record]
	transiter Transitioner
}

func (s closures) Get(ctx context.Context, ids []string) (map[string]*ChangeClosure, error) {
	found, err := s.changes.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	closed := make(map[string]*ChangeClosure, len(found))
	for id, r := range found {
		if c := r.(*ChangeRequest); c.State == ChangeClosed {
			closed[id] = closureOf(c)
		}
	}
	return closed, nil
}

func (s closures) Find(ctx context.Context, q Query) ([]*ChangeClosure, error) {
	found, err := s.changes.Find(ctx, Query{Stack: q.Stack, Where: map[string]string{"state": string(ChangeClosed)}})
	if err != nil {
		return nil, err
	}
	all := make([]*ChangeClosure, 0, len(found))
	for _, r := range found {
		all = append(all, closureOf(r.(*ChangeRequest)))
	}
	return slices.DeleteFunc(all, func(c *ChangeClosure) bool { return !q.Matches(c) }), nil
}

// Create closes the change. One that is already closed in the same way is success; in another way it is [ErrRefused], since a closed change is evidence.
func (s closures) Create(ctx context.Context, r *ChangeClosure) (*ChangeClosure, error) {
	if err := Check(r); err != nil {
		return nil, err
	}
	change, err := changeByID(ctx, s.changes, r.ChangeRequestID)
	if err != nil {
		return nil, err
	}
	switch {
	case change.State == ChangeCanceled:
		return nil, Errorf(ErrRefused, "%s was cancelled, so it cannot be closed", change.named()).
			Advise("Remove the closure, or open a new change request")
	case change.State == ChangeClosed && (change.Outcome != r.Outcome || change.CloseNotes != r.Notes):
		return nil, Errorf(ErrRefused, "%s is already closed as %s", change.named(), change.Outcome).
			Advise("A closed change is evidence and is not closed again: import the closure as it is, or open a new change request")
	}
	detail := Transition{To: ChangeClosed, Outcome: r.Outcome, Notes: r.Notes, Evidence: r.Evidence}
	change, err = walk(ctx, s.changes, s.transiter, change, detail, r.Extensions)
	if err != nil {
		return nil, err
	}
	return closureOf(change), nil
}

// Update refuses: what a change was closed with is evidence.
func (s closures) Update(ctx context.Context, r *ChangeClosure, fields []string) (*ChangeClosure, error) {
	found, err := s.Get(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	kept, ok := found[r.ID]
	if !ok {
		return nil, Errorf(ErrNotFound, "change request %q is not closed", r.ID)
	}
	if len(fields) > 0 {
		return nil, Errorf(ErrRefused, "%v cannot be edited: the change request is closed, and what it was closed with is evidence", fields).
			Advise("Revert the edit, or open a new change request")
	}
	return kept, nil
}

// Retire leaves the change closed.
func (s closures) Retire(context.Context, string, Disposal) error { return nil }

func closureOf(c *ChangeRequest) *ChangeClosure {
	return &ChangeClosure{
		Meta: c.Meta, ChangeRequestID: c.ID, Outcome: c.Outcome, Notes: c.CloseNotes, Evidence: c.Evidence, ClosedAt: c.ClosedAt,
	}
}
