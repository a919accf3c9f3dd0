// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"slices"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// change opens a change request. Its requester is alice.
func (e *env) change(edits ...func(*record.ChangeRequest)) *record.ChangeRequest {
	e.t.Helper()
	c := e.record(changeCase(), 1).(*record.ChangeRequest)
	for _, edit := range edits {
		edit(c)
	}
	return e.create(c).(*record.ChangeRequest)
}

func (e *env) readChange(id string) *record.ChangeRequest {
	e.t.Helper()
	return e.get(record.KindChangeRequest, id).(*record.ChangeRequest)
}

func (e *env) transitioner() record.Transitioner {
	e.t.Helper()
	t, ok := record.Capability[record.Transitioner](e.store(record.KindChangeRequest))
	if !ok {
		e.t.Fatalf("the store of changes cannot move them through their states")
	}
	return t
}

func (e *env) approver() record.Approver {
	e.t.Helper()
	a, ok := record.Capability[record.Approver](e.store(record.KindChangeRequest))
	if !ok {
		e.t.Fatalf("the store of changes has no approvals")
	}
	return a
}

func (e *env) step(id string, t record.Transition) *record.ChangeRequest {
	e.t.Helper()
	c, err := e.transitioner().Transition(e.t.Context(), id, t)
	if err != nil {
		e.t.Fatalf("Transition to %s: %v", t.To, err)
	}
	if c.State != t.To {
		e.t.Errorf("Transition to %s answered state %s", t.To, c.State)
	}
	e.wantSame("Get after Transition", e.readChange(id), c)
	return c
}

func (e *env) request(id string) *record.ChangeRequest {
	e.t.Helper()
	c, err := e.approver().RequestApproval(e.t.Context(), id)
	if err != nil {
		e.t.Fatalf("RequestApproval: %v", err)
	}
	return c
}

// decide takes bob's decision, which the system must accept.
func (e *env) decide(c *record.ChangeRequest, approve bool, comment string) *record.ChangeRequest {
	e.t.Helper()
	if err := e.c.Approve(e.owner, e.conn, c, "bob", approve, comment); err != nil {
		e.t.Fatalf("decision about %s: %v", c.Number, err)
	}
	return e.readChange(c.ID)
}

// approved opens a change and has it approved by bob.
func (e *env) approved() *record.ChangeRequest {
	e.t.Helper()
	return e.decide(e.request(e.change().ID), true, "go ahead")
}

func (e *env) decisions(id string) []record.Decision {
	e.t.Helper()
	all, err := e.approver().Approvals(e.t.Context(), []string{id})
	if err != nil {
		e.t.Fatalf("Approvals: %v", err)
	}
	return all[id]
}

func (e *env) wantStanding(what string, c *record.ChangeRequest, approval record.Approval, states ...record.ChangeState) {
	e.t.Helper()
	if c.Approval != approval || !slices.Contains(states, c.State) {
		e.t.Errorf("%s: the change is in state %s and its approval is %s, want %v and %s", what, c.State, c.Approval, states, approval)
	}
}

// wantIllegal checks that steps are refused and change nothing.
func (e *env) wantIllegal(c *record.ChangeRequest, states ...record.ChangeState) {
	e.t.Helper()
	for _, to := range states {
		_, err := e.transitioner().Transition(e.t.Context(), c.ID, record.Transition{To: to, Outcome: "successful", Notes: "done"})
		e.wantFailure("Transition from "+string(c.State)+" to "+string(to), err, record.ErrRefused, "")
	}
	e.wantSame("after refused transitions", e.readChange(c.ID), c)
}

// wantFrozen checks that the content of a change can no longer be edited.
func (e *env) wantFrozen(c *record.ChangeRequest) {
	e.t.Helper()
	edited := record.Clone(c)
	edited.Description = "something else after all"
	_, err := e.store(record.KindChangeRequest).Update(e.t.Context(), edited, []string{"description"})
	e.wantFailure("edit of a change in state "+string(c.State), err, record.ErrRefused, "")
	e.wantSame("after a refused edit", e.readChange(c.ID), c)
}

func checkNewChange(e *env) {
	c := e.change()
	e.wantStanding("a new change", c, record.ApprovalNotRequested, record.ChangeNew)
	if c.Number == "" || len(c.ContentHash) != 64 {
		e.t.Errorf("a new change has number %q and content hash %q", c.Number, c.ContentHash)
	}
	if decisions := e.decisions(c.ID); len(decisions) > 0 {
		e.t.Errorf("a new change has decisions: %+v", decisions)
	}
	if e.approver().HowToApprove(c) == "" {
		e.t.Errorf("HowToApprove does not say how")
	}
	_, err := e.transitioner().Transition(e.t.Context(), absentID, record.Transition{To: record.ChangeAssess})
	e.wantFailure("Transition of a missing change", err, record.ErrNotFound, "")
	_, err = e.approver().RequestApproval(e.t.Context(), absentID)
	e.wantFailure("RequestApproval of a missing change", err, record.ErrNotFound, "")
}

func checkStandardChange(e *env) {
	c := e.change(func(c *record.ChangeRequest) { c.Type = record.ChangeTypeStandard })
	if c.Type != record.ChangeTypeStandard {
		return // The system declares that it has no standard changes.
	}
	e.wantStanding("a standard change", c, record.ApprovalApproved, record.ChangeScheduled)
	if !slices.ContainsFunc(e.decisions(c.ID), func(d record.Decision) bool { return d.Decision == "approved" && d.Name != "" }) {
		e.t.Errorf("a standard change is approved in advance, and its decisions do not say so: %+v", e.decisions(c.ID))
	}
	e.wantStanding("RequestApproval of an approved change", e.request(c.ID), record.ApprovalApproved, record.ChangeScheduled)
	e.step(c.ID, record.Transition{To: record.ChangeImplement})
}

func checkIllegalSteps(e *env) {
	c := e.change()
	e.wantIllegal(c, record.ChangeAuthorize, record.ChangeScheduled, record.ChangeImplement, record.ChangeReview, record.ChangeClosed)
	requested := e.request(c.ID)
	e.wantIllegal(requested, record.ChangeNew, record.ChangeScheduled, record.ChangeImplement, record.ChangeReview, record.ChangeClosed)
}

func checkApprove(e *env) {
	c := e.change()
	for range 2 {
		e.wantStanding("RequestApproval", e.request(c.ID), record.ApprovalRequested, record.ChangeAssess, record.ChangeAuthorize)
	}
	c = e.decide(e.readChange(c.ID), true, "go ahead")
	e.wantStanding("an approved change", c, record.ApprovalApproved, record.ChangeScheduled)
	decisions := e.decisions(c.ID)
	i := slices.IndexFunc(decisions, func(d record.Decision) bool { return d.Name == "bob" && d.Decision == "approved" })
	if i < 0 || decisions[i].Comment != "go ahead" || time.Since(decisions[i].DecidedAt).Abs() > time.Hour {
		e.t.Errorf("Approvals does not show who approved, when and why: %+v", decisions)
	}
	e.wantSame("RequestApproval of an approved change", e.request(c.ID), c)
	e.wantFrozen(c)
}

// checkRequesterApproval accepts a system that takes the requester's decision, as long as it opens no gate.
func checkRequesterApproval(e *env) {
	c := e.request(e.change().ID)
	_ = e.c.Approve(e.owner, e.conn, c, "Alice", true, "I trust myself")
	c = e.readChange(c.ID)
	if c.Approval == record.ApprovalApproved || c.State == record.ChangeScheduled {
		e.t.Errorf("the requester approved the change: it is in state %s and its approval is %s", c.State, c.Approval)
	}
	_, err := e.store(record.KindChangeApproval).Create(e.t.Context(), &record.ChangeApproval{ChangeRequestID: c.ID})
	e.wantFailure("the gate after the requester's own approval", err, record.ErrPending, "")
}

func checkReject(e *env) {
	c := e.decide(e.request(e.change().ID), false, "not on a Friday")
	e.wantStanding("a rejected change", c, record.ApprovalRejected, record.ChangeNew)
	if !slices.ContainsFunc(e.decisions(c.ID), func(d record.Decision) bool {
		return d.Name == "bob" && d.Decision == "rejected" && d.Comment == "not on a Friday"
	}) {
		e.t.Errorf("Approvals does not show who rejected and why: %+v", e.decisions(c.ID))
	}
	e.wantSame("RequestApproval of a rejected change", e.request(c.ID), c)
}

// checkEdit edits a change while it waits and after it was rejected: both times the approval must be asked for anew.
func checkEdit(e *env) {
	c := e.change()
	for _, stage := range []struct {
		name  string
		reach func() *record.ChangeRequest
	}{
		{"requested", func() *record.ChangeRequest { return e.request(c.ID) }},
		{"rejected", func() *record.ChangeRequest { return e.decide(e.request(c.ID), false, "no") }},
	} {
		before := stage.reach()
		before.Description = "edited when " + stage.name
		c = e.update(before, "description").(*record.ChangeRequest)
		e.wantStanding("an edit when "+stage.name, c, record.ApprovalNotRequested, record.ChangeNew)
		if c.ContentHash == before.ContentHash {
			e.t.Errorf("an edit when %s left the content hash as it was", stage.name)
		}
	}
	c = e.decide(e.request(c.ID), true, "")
	e.wantStanding("approval after edits", c, record.ApprovalApproved, record.ChangeScheduled)
}

// checkForgery tries to write what only a decision may write.
func checkForgery(e *env) {
	forge := func(c *record.ChangeRequest) { c.State, c.Approval = record.ChangeScheduled, record.ApprovalApproved }
	c := e.change(forge)
	e.wantStanding("a change that came as approved", c, record.ApprovalNotRequested, record.ChangeNew)
	forged := record.Clone(c)
	forge(forged)
	_, _ = e.store(record.KindChangeRequest).Update(e.t.Context(), forged, []string{"state", "approval"})
	e.wantStanding("a change that was edited to be approved", e.readChange(c.ID), record.ApprovalNotRequested, record.ChangeNew)
}

func checkClose(e *env) {
	c := e.approved()
	e.wantIllegal(c, record.ChangeReview, record.ChangeClosed)
	e.step(c.ID, record.Transition{To: record.ChangeImplement})
	e.step(c.ID, record.Transition{To: record.ChangeImplement}) // Already there is success.
	c = e.step(c.ID, record.Transition{To: record.ChangeReview})
	e.wantIllegal(c, record.ChangeCanceled)
	e.retire(c.Kind(), c.ID, record.Conclude)
	e.wantSame("Retire of a change under review", e.readChange(c.ID), c)
	_, err := e.transitioner().Transition(e.t.Context(), c.ID, record.Transition{To: record.ChangeClosed})
	e.wantFailure("closing without an outcome", err, record.ErrRefused, "")
	end := record.Transition{To: record.ChangeClosed, Outcome: "successful_with_issues", Notes: "slow\nbut done", Evidence: map[string]string{"log": "ok"}}
	closed := e.step(c.ID, end)
	if time.Since(closed.ClosedAt).Abs() > time.Hour {
		e.t.Errorf("closed_at is %s", closed.ClosedAt)
	}
	c.State, c.Outcome, c.CloseNotes, c.Evidence = end.To, end.Outcome, end.Notes, end.Evidence
	e.wantSame("a closed change", closed, c, append(e.c.System.Kinds[c.Kind()].Unsupported, "closed_at")...)
	e.wantFrozen(closed)
	e.wantIllegal(closed, record.ChangeNew, record.ChangeReview, record.ChangeCanceled)
	e.retire(c.Kind(), c.ID, record.Conclude)
	e.wantSame("Retire of a closed change", e.readChange(c.ID), closed)
	if another := e.change(); another.ID == c.ID {
		e.t.Errorf("a closed change was resumed")
	}
}

func checkCancel(e *env) {
	c := e.approved()
	e.retire(c.Kind(), c.ID, record.Conclude)
	canceled := e.readChange(c.ID)
	if canceled.State != record.ChangeCanceled {
		e.t.Errorf("Retire of an open change left it in state %s", canceled.State)
	}
	e.wantFrozen(canceled)
	e.wantIllegal(canceled, record.ChangeNew, record.ChangeImplement, record.ChangeClosed)
}

func checkApprovalView(e *env) {
	ctx, view := e.t.Context(), e.store(record.KindChangeApproval)
	c := e.change()
	gate := &record.ChangeApproval{ChangeRequestID: c.ID, ContentHash: c.ContentHash, StartImplementation: true}
	gate.Stack = e.stack
	_, err := view.Create(ctx, record.Clone(gate))
	e.wantFailure("the gate before a decision", err, record.ErrPending, "")
	if found, err := view.Get(ctx, []string{c.ID}); err != nil || len(found) > 0 {
		e.t.Errorf("Get of an approval that was not given: %d records, error %v", len(found), err)
	}
	e.decide(e.readChange(c.ID), true, "go ahead")
	made, err := view.Create(ctx, record.Clone(gate))
	if err != nil {
		e.t.Fatalf("the gate after the approval: %v", err)
	}
	e.wantStanding("the change after its gate", e.readChange(c.ID), record.ApprovalApproved, record.ChangeImplement)
	found, err := view.Get(ctx, []string{c.ID, absentID})
	if err != nil || len(found) != 1 {
		e.t.Fatalf("Get of an approval: %d records, error %v", len(found), err)
	}
	e.wantSame("Get of an approval", found[c.ID], made)
	listed, err := view.Find(ctx, record.Query{Stack: e.stack})
	if err != nil {
		e.t.Fatalf("Find of approvals: %v", err)
	}
	e.wantRecords("Find of approvals", listed, made)
	gate.ContentHash = "of something else"
	_, err = view.Create(ctx, gate)
	e.wantFailure("the gate for another content", err, record.ErrRefused, "content_hash")
}

func checkClosureView(e *env) {
	ctx, view := e.t.Context(), e.store(record.KindChangeClosure)
	c := e.approved()
	closure := &record.ChangeClosure{ChangeRequestID: c.ID, Outcome: "successful", Notes: "done", Evidence: map[string]string{"log": "ok"}}
	closure.Stack = e.stack
	made, err := view.Create(ctx, record.Clone(closure))
	if err != nil {
		e.t.Fatalf("Create of a closure: %v", err)
	}
	again, err := view.Create(ctx, record.Clone(closure))
	if err != nil {
		e.t.Fatalf("second Create of a closure: %v", err)
	}
	e.wantSame("second Create of a closure", again, made)
	found, err := view.Get(ctx, []string{c.ID})
	if err != nil || len(found) != 1 {
		e.t.Fatalf("Get of a closure: %d records, error %v", len(found), err)
	}
	e.wantSame("Get of a closure", found[c.ID], made)
	closure.Outcome = "unsuccessful"
	_, err = view.Create(ctx, closure)
	e.wantFailure("closing in another way", err, record.ErrRefused, "")
}
