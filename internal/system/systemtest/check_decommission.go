// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// decommission is the gate before the end of what an approved change has provisioned.
func (e *env) decommission(edits ...func(*record.ChangeDecommission)) *record.ChangeDecommission {
	e.t.Helper()
	d := &record.ChangeDecommission{
		ChangeRequestID: e.approved().ID, Summary: "Take web-0001 down", Justification: "It has moved", Type: "normal", RequestedBy: "alice",
	}
	for _, edit := range edits {
		edit(d)
	}
	e.express(d)
	made, err := e.store(d.Kind()).Create(e.t.Context(), record.Clone(d))
	if err != nil {
		e.t.Fatalf("Create of a decommission: %v", err)
	}
	if id := made.Metadata().ID; id != d.ChangeRequestID {
		e.t.Errorf("Create of a decommission answered id %q, want that of the change, %q", id, d.ChangeRequestID)
	}
	d.ID = d.ChangeRequestID
	return d
}

// end asks for the end of what was provisioned. It returns the changes that have been opened for it so far, sorted by id.
func (e *env) end(d *record.ChangeDecommission) ([]*record.ChangeRequest, error) {
	e.t.Helper()
	ender, ok := record.Capability[record.Ender](e.store(d.Kind()))
	if !ok {
		e.t.Fatalf("a decommission ends without permission")
	}
	err := ender.End(e.t.Context(), record.Clone(d))
	var opened []*record.ChangeRequest
	for _, r := range e.find(record.KindChangeRequest, record.Query{Stack: e.stack}) {
		if c := r.(*record.ChangeRequest); c.Decommissions() == d.ChangeRequestID {
			opened = append(opened, c)
		}
	}
	return opened, err
}

// wantPending ends until the one change that is open for it waits for its approval.
func (e *env) wantPending(what string, d *record.ChangeDecommission, opened int) *record.ChangeRequest {
	e.t.Helper()
	all, err := e.end(d)
	e.wantFailure(what, err, record.ErrPending, "")
	open := slices.DeleteFunc(slices.Clone(all), func(c *record.ChangeRequest) bool { return !c.Open() })
	if len(all) != opened || len(open) != 1 {
		e.t.Fatalf("%s: %d decommission changes, %d of them open; want %d and 1", what, len(all), len(open), opened)
	}
	e.wantStanding(what, open[0], record.ApprovalRequested, record.ChangeAssess, record.ChangeAuthorize)
	return open[0]
}

func (e *env) wantOpenGate(what string, d *record.ChangeDecommission) {
	e.t.Helper()
	if _, err := e.end(d); err != nil {
		e.t.Fatalf("%s: %v", what, err)
	}
}

func checkDecommission(e *env) {
	d := e.decommission()
	before := len(e.find(record.KindChangeRequest, record.Query{Stack: e.stack}))
	if before != 1 {
		e.t.Errorf("a decommission that has not begun has opened something: there are %d changes", before)
	}
	e.wantFailure("Retire of a decommission", e.store(d.Kind()).Retire(e.t.Context(), d.ID, record.Conclude), record.ErrRefused, "")
	c := e.wantPending("the first destroy", d, 1)
	if again := e.wantPending("the second destroy", d, 1); again.ID != c.ID {
		e.t.Errorf("the second destroy opened another change")
	}
	if provisioned := e.readChange(d.ChangeRequestID); c.Summary != d.Summary || !strings.Contains(c.Description, provisioned.Number) || !strings.Contains(c.Description, e.stack) {
		e.t.Errorf("an approver sees %q, %q: the change or the stack is missing", c.Summary, c.Description)
	}
	_ = e.c.Approve(e.owner, e.conn, c, "Alice", true, "I trust myself")
	e.wantPending("the destroy after the requester's own approval", d, 1)
	e.decide(c, true, "go ahead")
	for range 2 {
		e.wantOpenGate("the destroy after the approval", d)
		e.wantStanding("the decommission change", e.readChange(c.ID), record.ApprovalApproved, record.ChangeImplement)
	}
	for range 2 {
		e.retire(record.KindChangeRequest, d.ChangeRequestID, record.Conclude)
		e.wantClosed(c.ID, "successful", e.stack)
	}
	if provisioned := e.readChange(d.ChangeRequestID); provisioned.State != record.ChangeCanceled {
		e.t.Errorf("the change that provisioned is in state %s after its end", provisioned.State)
	}
	e.wantPending("a destroy after the end", d, 2)
	e.retire(record.KindChangeRequest, d.ChangeRequestID, record.Conclude)
	all, _ := e.end(d)
	if n := len(slices.DeleteFunc(all, func(c *record.ChangeRequest) bool { return c.State != record.ChangeCanceled })); n != 1 {
		e.t.Errorf("%d unused decommission changes were cancelled with the change that provisioned, want 1", n)
	}
}

func (e *env) wantClosed(id string, outcome record.ChangeOutcome, note string) {
	e.t.Helper()
	c := e.readChange(id)
	if c.State != record.ChangeClosed {
		e.t.Errorf("the decommission change is in state %s, want closed", c.State)
	}
	if e.expresses(c.Kind(), "outcome") && c.Outcome != outcome || e.expresses(c.Kind(), "close_notes") && !strings.Contains(c.CloseNotes, note) {
		e.t.Errorf("the decommission change was closed as %s with the notes %q", c.Outcome, c.CloseNotes)
	}
}

func checkDecommissionRefused(e *env) {
	d := e.decommission()
	c := e.wantPending("the first destroy", d, 1)
	e.decide(c, false, "still in use")
	for range 2 {
		_, err := e.end(d)
		e.wantFailure("the destroy after a rejection", err, record.ErrRefused, "")
		if err != nil && !(strings.Contains(err.Error(), "bob") && strings.Contains(err.Error(), "still in use")) {
			e.t.Errorf("the error does not say who rejected and why: %v", err)
		}
	}
	d.Justification = "Nobody uses it"
	if e.expresses(record.KindChangeRequest, "justification") {
		if again := e.wantPending("the destroy after an edit", d, 1); again.ID != c.ID || again.Justification != d.Justification {
			e.t.Errorf("after an edit the destroy asks for %+v", again)
		}
	}
	e.retire(record.KindChangeRequest, c.ID, record.Conclude)
	opened, err := e.end(d)
	if e.wantFailure("the destroy after a cancellation", err, record.ErrRefused, ""); len(opened) != 1 {
		e.t.Errorf("somebody who cancelled is asked the same again: %d changes", len(opened))
	}
	d.Summary = "Take web-0001 down after all"
	e.wantPending("the destroy of another content after a cancellation", d, 2)
	gone := &record.ChangeDecommission{ChangeRequestID: absentID, Summary: "x", RequestedBy: "alice"}
	e.express(gone)
	e.wantPending("the destroy of what a deleted change provisioned", gone, 1)
}

// checkDecommissionContent: an approval holds for what was shown.
func checkDecommissionContent(e *env) {
	d := e.decommission()
	first := e.wantPending("the first destroy", d, 1)
	d.Summary = "Take more than that down"
	if c := e.wantPending("the destroy of another content", d, 1); c.ID != first.ID || c.Summary != d.Summary {
		e.t.Errorf("an edit before the approval is asked for as %+v", c)
	}
	e.decide(e.readChange(first.ID), true, "go ahead")
	d.Summary = "Take everything down"
	second := e.wantPending("the destroy of a content that was not approved", d, 2)
	if c := e.readChange(first.ID); c.State != record.ChangeCanceled {
		e.t.Errorf("the change that was approved for another content is in state %s", c.State)
	}
	e.decide(second, true, "")
	e.wantOpenGate("the destroy after the second approval", d)
}

// checkDecommissionBrokenOff: who keeps what was to be destroyed needs a new permission to destroy it.
func checkDecommissionBrokenOff(e *env) {
	d := e.decommission()
	c := e.wantPending("the first destroy", d, 1)
	if _, err := e.store(d.Kind()).Create(e.t.Context(), record.Clone(d)); err != nil {
		e.t.Fatalf("Create beside a decommission that is asked for: %v", err)
	}
	e.decide(e.readChange(c.ID), true, "")
	e.wantOpenGate("the destroy after the approval", d)
	if _, err := e.store(d.Kind()).Create(e.t.Context(), record.Clone(d)); err != nil {
		e.t.Fatalf("Create after the gate has opened: %v", err)
	}
	e.wantClosed(c.ID, "unsuccessful", e.stack)
	e.wantPending("the next destroy", d, 2)
}

func checkDecommissionStandard(e *env) {
	d := e.decommission(func(d *record.ChangeDecommission) { d.Type = record.ChangeTypeStandard })
	if d.Type != record.ChangeTypeStandard {
		return // The system declares that it has no standard changes.
	}
	e.wantOpenGate("a standard decommission", d)
	opened, err := e.end(d)
	if err != nil || len(opened) != 1 {
		e.t.Fatalf("a standard decommission again: %d changes, error %v", len(opened), err)
	}
	e.retire(record.KindChangeRequest, d.ChangeRequestID, record.Conclude)
	e.wantClosed(opened[0].ID, "successful", e.stack)
}
