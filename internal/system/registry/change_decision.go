// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Verdict is what a person decides about a change request.
type Verdict struct {
	// By is the person; empty for the registry's actor.
	By      string
	Comment string
	// Approve is false for a rejection.
	Approve bool
	// ContentHash is that of the content which the person has seen; empty to decide about whatever it is now.
	ContentHash string
}

func (v Verdict) approval() record.Approval {
	if v.Approve {
		return record.ApprovalApproved
	}
	return record.ApprovalRejected
}

// Changes lists the change requests of all stacks that are in one of the states, or in any where none is given, by number.
func (r *Registry) Changes(ctx context.Context, states ...record.ChangeState) ([]*record.ChangeRequest, error) {
	found, err := r.stores[record.KindChangeRequest].Find(ctx, record.Query{Gone: true})
	if err != nil {
		return nil, err
	}
	changes := make([]*record.ChangeRequest, 0, len(found))
	for _, f := range found {
		if c := f.(*record.ChangeRequest); len(states) == 0 || slices.Contains(states, c.State) {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b *record.ChangeRequest) int {
		return cmp.Or(cmp.Compare(len(a.Number), len(b.Number)), cmp.Compare(a.Number, b.Number))
	})
	return changes, nil
}

// ChangeByNumber reads a change request and what was decided about it.
func (r *Registry) ChangeByNumber(ctx context.Context, number string) (*record.ChangeRequest, []record.Decision, error) {
	s := r.stores[record.KindChangeRequest].(*changeStore)
	var change *record.ChangeRequest
	decisions := map[string][]record.Decision{}
	err := r.read(ctx, func(q session) error {
		clear(decisions)
		found, err := s.list(ctx, q, "reference = ?", []any{canonicalNumber(number)})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return r.noSuchChange(number)
		}
		change = found[0].(*record.ChangeRequest)
		id, _ := numeric(change.ID)
		return readDecisions(ctx, q, []int64{id}, decisions)
	})
	if errors.Is(err, errAbsent) {
		return nil, nil, r.noSuchChange(number).Because(r.absent())
	}
	if err != nil {
		return nil, nil, err
	}
	return change, decisions[change.ID], nil
}

func canonicalNumber(number string) string { return strings.ToUpper(strings.TrimSpace(number)) }

func (r *Registry) noSuchChange(number string) *record.Error {
	return record.Errorf(record.ErrNotFound, "there is no change request %q in %s", number, r.engine.place()).
		Advise("Check the number, and with --database the registry")
}

// Decide records what a person decided about a change request, and moves it.
func (r *Registry) Decide(ctx context.Context, number string, v Verdict) (*record.ChangeRequest, error) {
	if v.By = strings.TrimSpace(v.By); v.By == "" {
		v.By = r.actor
	}
	before, _, err := r.ChangeByNumber(ctx, number)
	if err != nil {
		return nil, err
	}
	s := r.stores[record.KindChangeRequest].(*changeStore)
	return asChange(s.within(ctx, before.ID, func(tx *transaction, id int64, was record.Record) error {
		c := was.(*record.ChangeRequest)
		if err := mayDecide(ctx, tx, id, c, v); err != nil {
			return err
		}
		if err := decide(ctx, tx, id, v); err != nil {
			return err
		}
		now := record.Clone(c)
		e := entry{action: actionApprove, id: id, actor: v.By, was: c, now: now}
		now.State, now.Approval = record.ChangeScheduled, v.approval()
		if !v.Approve {
			e.action, now.State = actionReject, record.ChangeNew
		}
		if v.Comment != "" {
			e.more = append(e.more, Difference{Field: "comment", Now: v.Comment})
		}
		if !record.SamePerson(v.By, r.actor) {
			e.more = append(e.more, Difference{Field: "entered_by", Now: r.actor})
		}
		return s.save(ctx, tx, e)
	}))
}

// mayDecide refuses where no decision is due, and the requester's own approval.
func mayDecide(ctx context.Context, tx *transaction, id int64, c *record.ChangeRequest, v Verdict) error {
	switch {
	case !c.Open():
		return record.Errorf(record.ErrRefused, "%s is %s, and nothing is left to decide", c.Number, c.State).Advise("Open a new change request")
	case c.Approval == record.ApprovalApproved:
		return record.Errorf(record.ErrRefused, "%s is already approved and in state %s", c.Number, c.State).
			Advise("Nothing is left to decide; to stop the change, cancel it")
	case c.Approval == record.ApprovalRejected:
		return record.Errorf(record.ErrRefused, "%s was rejected", c.Number).
			Advise("Edit the change request and apply again, which asks for a new decision")
	case c.State != record.ChangeAuthorize || c.Approval != record.ApprovalRequested:
		return record.Errorf(record.ErrRefused, "%s is in state %s and its approval is %s: a change can be decided about once its approval has been requested", c.Number, c.State, c.Approval).
			Advise("Apply the configuration that has its infraops_change_approval, which requests the approval, and decide then")
	case v.ContentHash != "" && v.ContentHash != c.ContentHash:
		return record.Errorf(record.ErrConflict, "the content of %s is no longer the one that was seen: its hash is %s", c.Number, c.ContentHash).
			Advise("Read it again with change show, and decide about what it says now")
	case !v.Approve:
		return nil
	}
	requester := c.RequestedBy
	if requester == "" {
		if _, err := tx.one(ctx, []any{&requester}, "SELECT created_by FROM infraops_record WHERE id = ?", id); err != nil {
			return err
		}
	}
	if record.SamePerson(requester, v.By) {
		return record.Errorf(record.ErrRefused, "%q has requested %s and so cannot approve it", v.By, c.Number).
			Advise("Have another person approve it with --as and that person's name")
	}
	return nil
}

// decide writes the decision itself.
func decide(ctx context.Context, tx *transaction, id int64, v Verdict) error {
	_, err := tx.exec(ctx, "INSERT INTO infraops_decision (record_id, name, decision, comment, decided_at, is_current) VALUES (?, ?, ?, ?, ?, 1)",
		id, v.By, string(v.approval()), v.Comment, formatTime(tx.at))
	return err
}
