// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

const decommission = "change_decommission"

// decommission makes the gate before the end of what a change has provisioned.
func (w *world) decommission(config attrs) (provisioned, b *block) {
	w.Helper()
	provisioned = w.created(request, attrs{"name": "build", "summary": "Build", "requested_by": "alice"})
	w.approve(provisioned.text("id"))
	return provisioned, w.created(decommission, attrs{"change_request_id": provisioned.text("id"), "summary": "Take it down", "requested_by": "alice"}.with(config))
}

// opened is the decommission change that was opened last.
func (w *world) opened() *record.ChangeRequest {
	w.Helper()
	var last *record.ChangeRequest
	for _, r := range w.all(request) {
		if c := r.(*record.ChangeRequest); c.Decommissions() != "" {
			last = c
		}
	}
	if last == nil {
		w.Fatal("no decommission change was opened")
	}
	return last
}

func TestDecommissionKeepsTheStateUntilItIsApproved(t *testing.T) {
	w := newWorld(t)
	provisioned, b := w.decommission(nil)
	before := b.state
	w.faulty.Reset()
	w.walk().destroy(b).wantError(t, "Cannot destroy change decommission",
		fmt.Sprintf("destroying change decommission (id %s) in memory: CHG00000002 (", provisioned.text("id")), "is in state assess and its approval is requested, waiting for change board.", `Call Decide("CHG00000002", ...).`)
	w.wantCalls("change_request.Approvals=1", "change_request.Create=1", "change_request.Find=1", "change_request.Get=2", "change_request.RequestApproval=1")
	w.walk().destroy(b).wantError(t, "CHG00000002", "is in state assess")
	if !b.state.Equal(before) || len(w.all(request)) != 2 {
		t.Errorf("state is %s, there are %d changes", b.state, len(w.all(request)))
	}
	w.approve(w.opened().ID)
	if w.walk().destroy(b).ok(t).wantWarning(t); !b.state.IsNull() || w.opened().State != record.ChangeImplement {
		t.Errorf("state is %s, the change is in state %s", b.state, w.opened().State)
	}
	w.walk().destroy(provisioned).ok(t)
	if c := w.opened(); c.State != record.ChangeClosed || c.Outcome != "successful" || c.CloseNotes != `Terraform has destroyed what CHG00000001, "Build", has provisioned in stack "payments".` {
		t.Errorf("the change is %s, %s: %q", c.State, c.Outcome, c.CloseNotes)
	}
}

// Nothing outside stands for a decommission, so a deleted change request must not take the gate away.
func TestDecommissionOutlivesItsChangeRequest(t *testing.T) {
	w := newWorld(t)
	provisioned, b := w.decommission(nil)
	if err := w.store(request).Retire(t.Context(), provisioned.text("id"), record.Erase); err != nil {
		t.Fatal(err)
	}
	before := b.state
	w.faulty.Reset()
	if w.walk().read(b).ok(t); !b.state.Equal(before) {
		t.Errorf("state is %s", b.state)
	}
	config := attrs{"change_request_id": provisioned.text("id"), "summary": "Take it down", "requested_by": "alice"}
	if p := w.walk().plan(b, config).ok(t); !p.empty {
		t.Errorf("a plan is not empty: %s", p.state)
	}
	w.walk().apply(b, config.with(attrs{"justification": "It has moved"})).ok(t)
	w.wantCalls()
	w.walk().destroy(b).wantError(t, "its approval is requested")
	if c := w.opened(); !strings.Contains(c.Description, "change request "+provisioned.text("id")+" has provisioned") {
		t.Errorf("an approver reads %q", c.Description)
	}
}

// What the system does not find is no permission, although it is for every other destroy.
func TestDecommissionFailsClosed(t *testing.T) {
	for name, fault := range map[string]systemtest.Fault{
		"not found":   {Method: systemtest.Approvals, Err: record.Errorf(record.ErrNotFound, "no such change")},
		"unavailable": {Method: systemtest.Find, Err: record.Errorf(record.ErrUnavailable, "no such change")},
		"panic":       {Method: systemtest.Get, Panic: "no such change"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, b := w.decommission(attrs{"type": "standard"})
			w.faulty.Inject(fault)
			if w.walk().destroy(b).wantError(t, "no such change"); b.state.IsNull() {
				t.Error("the state was let go")
			}
			w.faulty.Heal()
			w.walk().destroy(b).ok(t)
		})
	}
}

func TestDecommissionOpensOneChangeAfterAnUnknownOutcome(t *testing.T) {
	for _, committed := range []bool{true, false} {
		w := newWorld(t)
		_, b := w.decommission(nil)
		w.faulty.Inject(systemtest.Fault{Method: systemtest.Create, Times: 1, Committed: committed, Err: record.Errorf(record.ErrAmbiguous, "the answer was lost")})
		w.walk().destroy(b).wantError(t, "its approval is requested")
		if n := len(w.all(request)); n != 2 {
			t.Errorf("there are %d changes", n)
		}
	}
}

func TestDecommissionWaitsForTheDecision(t *testing.T) {
	w := newWorld(t)
	_, b := w.decommission(attrs{"max_wait": "30s", "poll_interval": "1s"})
	w.decideSoon("CHG00000002", true)
	if w.walk().destroy(b).ok(t); !b.state.IsNull() {
		t.Errorf("state is %s", b.state)
	}
}

func TestDecommissionGivesUpInTime(t *testing.T) {
	for name, config := range map[string]attrs{
		"max_wait": {"max_wait": "1200ms", "poll_interval": "1s"},
		"timeouts": {"max_wait": "0s", "timeouts": map[string]any{"delete": "1s"}},
	} {
		w := newWorld(t)
		_, b := w.decommission(config)
		if name == "timeouts" {
			w.faulty.Inject(systemtest.Fault{Method: systemtest.Approvals, Hang: true})
		}
		began := time.Now()
		if w.walk().destroy(b).wantError(t, "destroying change decommission"); time.Since(began) > noWait || b.state.IsNull() {
			t.Errorf("%s: it took %s, state is %s", name, time.Since(began), b.state)
		}
	}
}

func TestDecommissionThatIsInterruptedReturnsAtOnce(t *testing.T) {
	w := newWorld(t)
	_, b := w.decommission(attrs{"max_wait": "1h", "poll_interval": "1s"})
	var began time.Time
	w.walk().until(w.interruptedAt(request, systemtest.Approvals, &began)).destroy(b).wantError(t, "its approval is requested, waiting for change board; the wait for it was broken off (context canceled).", "Call Decide")
	if time.Since(began) > noWait || b.state.IsNull() {
		t.Errorf("it took %s, state is %s", time.Since(began), b.state)
	}
}

func TestDecommissionSaysWhyItWasRefused(t *testing.T) {
	at := func(d time.Duration) string { return record.FormatTime(time.Now().Add(d)) }
	for name, c := range map[string]struct {
		config attrs
		decide func(w *world, c *record.ChangeRequest)
		words  []string
	}{
		"rejected": {
			nil, func(w *world, c *record.ChangeRequest) { _ = w.memory.Decide(c.Number, "carol", false, "still in use") },
			[]string{"CHG00000002", `was rejected by carol: "still in use".`, "Change what was objected to in the change decommission, apply, and destroy again"},
		},
		"cancelled": {
			nil, func(w *world, c *record.ChangeRequest) { w.moveTo(c.ID, record.ChangeCanceled) },
			[]string{"CHG00000002 (", "which asked for this decommission, was cancelled.", "To ask again, change what is asked for"},
		},
		"too early": {
			attrs{"planned_start": at(time.Hour)},
			func(w *world, c *record.ChangeRequest) { w.approve(c.ID) },
			[]string{"is approved, and its window opens at", "Destroy again then, or set max_wait"},
		},
		"too late": {
			attrs{"planned_end": at(-time.Hour)},
			func(w *world, c *record.ChangeRequest) { w.approve(c.ID) },
			[]string{"ended at", "Change planned_start and planned_end of the change decommission, apply, and destroy again"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			_, b := w.decommission(c.config)
			w.walk().destroy(b).wantError(t, "its approval is requested")
			c.decide(w, w.opened())
			if w.walk().destroy(b).wantError(t, c.words...); b.state.IsNull() {
				t.Error("the state was let go")
			}
		})
	}
}

// The next change of the same thing is no decommission of the last one: the gate follows it without asking anybody.
func TestDecommissionFollowsItsChangeRequest(t *testing.T) {
	w := newWorld(t)
	first, b := w.decommission(nil)
	w.walk().destroy(b).wantError(t, "its approval is requested") // and then somebody thinks better of it
	second := w.created(request, attrs{"name": "build", "summary": "Build", "requested_by": "alice", "triggers": map[string]string{"cpus": "8"}})
	config := attrs{"change_request_id": unknown{}, "summary": "Take it down", "requested_by": "alice"}
	if p := w.walk().plan(b, config).ok(t); len(p.replace) > 0 || p.empty || textOf(p.state, "id") != first.text("id") {
		t.Errorf("a plan with an unknown change replaces %q: %s", p.replace, p.state)
	}
	w.walk().destroy(first).ok(t)
	if c := w.opened(); c.State != record.ChangeCanceled {
		t.Errorf("the unused decommission change of the first is in state %s", c.State)
	}
	w.walk().apply(b, config.with(attrs{"change_request_id": second.text("id")})).ok(t)
	w.walk().apply(b, config.with(attrs{"change_request_id": "no-such-id"})).wantError(t, "change_request_id: Cannot plan change decommission", "no live change request with id")
	w.walk().destroy(b).wantError(t, "its approval is requested")
	if c := w.opened(); c.Decommissions() != second.text("id") || b.text("change_request_id") != second.text("id") {
		t.Errorf("%s was opened for %s, state is %s", c.Number, c.Decommissions(), b.state)
	}
}

func TestDecommissionIsImported(t *testing.T) {
	w := newWorld(t)
	provisioned, _ := w.decommission(nil)
	for _, id := range []string{provisioned.text("id"), "name:" + provisioned.text("id")} {
		b, a := w.walk().importID(decommission, id, nil)
		if a.ok(t); b.text("change_request_id") != provisioned.text("id") || b.text("max_wait") != "0s" || b.text("type") != "normal" {
			t.Errorf("state is %s", b.state)
		}
		w.walk().destroy(b).wantError(t, "its approval is requested")
		if c := w.opened(); c.Summary != "Decommission what CHG00000001 has provisioned" {
			t.Errorf("an approver reads %q", c.Summary)
		}
		w.walk().apply(b, attrs{"change_request_id": provisioned.text("id"), "summary": "Take it down"}).ok(t)
	}
	_, a := w.walk().importID(decommission, "no-such-id", nil)
	a.wantError(t, "there is no live record with that id")
}
