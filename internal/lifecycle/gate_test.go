// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// noWait is longer than any answer takes on a busy machine, and shorter than any wait that the tests configure.
const noWait = 20 * time.Second

// decideSoon decides as soon as somebody has asked for the approval.
func (w *world) decideSoon(number string, approve bool) {
	go func() {
		for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			if w.memory.Decide(number, "carol", approve, "too risky") == nil {
				return
			}
		}
	}()
}

// gate makes a change request and the configuration of its gate.
func (w *world) gate(content attrs) (change *block, config attrs) {
	w.Helper()
	change = w.created(request, attrs{"summary": "Upgrade", "requested_by": "alice"}.with(content))
	return change, attrs{"change_request_id": change.text("id"), "content_hash": change.text("content_hash")}
}

func TestGateThatIsNotDecidedSavesNothing(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	walk := w.walk()
	b := walk.block(approval)
	began := time.Now()
	walk.apply(b, config.with(attrs{"poll_interval": "1m"})).wantError(t, "Cannot create change approval", fmt.Sprintf("creating change approval (id %s) in memory: %s (%q) is in state assess", c.text("id"), c.text("number"), c.text("summary")),
		"its approval is requested, waiting for change board", fmt.Sprintf("\n\nCall Decide(%q, ...).", c.text("number")))
	if time.Since(began) > noWait || !b.state.IsNull() {
		t.Errorf("it took %s and saved %s", time.Since(began), b.state)
	}
	w.wantCalls("change_request.Approvals=1", "change_request.Find=1", "change_request.Get=1", "change_request.RequestApproval=1")
}

func TestGateWaitsForTheDecision(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.decideSoon(c.text("number"), true)
	walk := w.walk()
	b := walk.block(approval)
	config = config.with(attrs{"max_wait": "30s", "poll_interval": "1s"})
	walk.apply(b, config).ok(t).wantWarning(t)
	if b.text("approved_at") == "" || b.text("id") != c.text("id") {
		t.Errorf("state is %s", b.state)
	}
	if kept := w.only(request).(*record.ChangeRequest); kept.State != record.ChangeImplement {
		t.Errorf("the change is in state %s", kept.State)
	}
	if p := w.walk().plan(b, config).ok(t); !p.empty {
		t.Errorf("then a plan is not empty: %s", p.state)
	}
}

func TestGateGivesUpAfterMaxWait(t *testing.T) {
	w := newWorld(t)
	_, config := w.gate(nil)
	walk := w.walk()
	b := walk.block(approval)
	walk.apply(b, config.with(attrs{"max_wait": "1200ms", "poll_interval": "1s"})).wantError(t, "its approval is requested")
	// At once, after the interval, and at the end unless a busy machine has let that pass.
	if n := w.faulty.Count(request, systemtest.Approvals); n < 2 || n > 3 || !b.state.IsNull() {
		t.Errorf("asked %d times, and saved %s", n, b.state)
	}
}

func TestGateThatIsInterruptedReturnsAtOnce(t *testing.T) {
	w := newWorld(t)
	_, config := w.gate(nil)
	walk := w.walk()
	b := walk.block(approval)
	var began time.Time
	walk.until(w.interruptedAt(request, systemtest.Approvals, &began)).apply(b, config.with(attrs{"max_wait": "1h", "poll_interval": "1s"})).wantError(t, "its approval is requested, waiting for change board; the wait for it was broken off (context canceled).", "Call Decide")
	if time.Since(began) > noWait || !b.state.IsNull() {
		t.Errorf("it took %s and saved %s", time.Since(began), b.state)
	}
}

func TestGateThatWasRejectedSaysByWhomAndWhy(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.decideSoon(c.text("number"), false)
	walk := w.walk()
	b := walk.block(approval)
	walk.apply(b, config.with(attrs{"max_wait": "30s", "poll_interval": "1s"})).
		wantError(t, c.text("number"), `was rejected by carol: "too risky".`, "Change what was objected to and apply again")
	if !b.state.IsNull() {
		t.Errorf("saved %s", b.state)
	}
	w.walk().apply(c, attrs{"summary": "Upgrade carefully", "requested_by": "alice"}).ok(t)
	w.walk().apply(b, config.with(attrs{"content_hash": c.text("content_hash")})).wantError(t, "its approval is requested")
}

func TestGateKeepsTheWindow(t *testing.T) {
	at := func(d time.Duration) string { return record.FormatTime(time.Now().Add(d)) }
	for _, c := range []struct {
		name       string
		start, end string
		wait       string
		words      []string
	}{
		{"not open", at(time.Hour), at(2 * time.Hour), "0s", []string{"is approved, and its window opens at", "Apply again then, or set max_wait"}},
		{"opens after the wait", at(time.Hour), at(2 * time.Hour), "10m", []string{"its window opens at"}},
		{"passed", at(-2 * time.Hour), at(-time.Hour), "10m", []string{"ended at", "and its approval with it", "Move planned_start and planned_end"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			change, config := w.gate(attrs{"planned_start": c.start, "planned_end": c.end})
			w.approve(change.text("id"))
			walk := w.walk()
			b := walk.block(approval)
			began := time.Now()
			walk.apply(b, config.with(attrs{"max_wait": c.wait})).wantError(t, c.words...)
			if time.Since(began) > noWait || !b.state.IsNull() {
				t.Errorf("it took %s and saved %s", time.Since(began), b.state)
			}
			w.walk().apply(b, config.with(attrs{"enforce_window": false})).ok(t)
		})
	}
}

func TestGateWaitsForTheWindow(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(attrs{"planned_start": record.FormatTime(time.Now().Add(2 * time.Second))})
	w.approve(c.text("id"))
	walk := w.walk()
	walk.apply(walk.block(approval), config.with(attrs{"max_wait": "1m"})).ok(t)
	if n := w.faulty.Count(request, systemtest.Approvals); n > 4 {
		t.Errorf("asked %d times although the window says when it opens", n)
	}
}

func TestGateDoesNotCountTheRequestersOwnApproval(t *testing.T) {
	w := newWorld(t)
	c := w.created(request, attrs{"summary": "Upgrade", "type": "standard", "requested_by": "Standard Change"})
	walk := w.walk()
	b := walk.block(approval)
	walk.apply(b, attrs{"change_request_id": c.text("id")}).wantError(t, "has no approval but that of its requester", "which does not count")
	if !b.state.IsNull() {
		t.Errorf("saved %s", b.state)
	}
}

func TestGateIsBoundToTheContent(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.approve(c.text("id"))
	walk := w.walk()
	walk.apply(walk.block(approval), config.with(attrs{"content_hash": "another"})).wantError(t, "content_hash: Cannot create change approval", "is not the one that this approval is bound to")
}

func TestGateOfAnEndedChangeIsRefused(t *testing.T) {
	for _, end := range []record.ChangeState{record.ChangeCanceled, record.ChangeClosed} {
		w := newWorld(t)
		c, config := w.gate(nil)
		w.moveTo(c.text("id"), end)
		walk := w.walk()
		walk.apply(walk.block(approval), config).wantError(t, "Open a new change request")
	}
}

func TestGateFailsClosed(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.approve(c.text("id"))
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Approvals, Err: record.Errorf(record.ErrUnavailable, "no answer")})
	walk := w.walk()
	b := walk.block(approval)
	walk.apply(b, config).wantError(t, "no answer.")
	if !b.state.IsNull() {
		t.Errorf("saved %s", b.state)
	}
}

func TestGateOutlastsASystemThatIsAwayForAMoment(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.approve(c.text("id"))
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Approvals, Times: 1, Err: record.Errorf(record.ErrUnavailable, "no answer")})
	walk := w.walk()
	walk.apply(walk.block(approval), config.with(attrs{"max_wait": "1m", "poll_interval": "1s"})).ok(t)
}

func TestApprovalThatWasWithdrawnLeavesTheState(t *testing.T) {
	w := newWorld(t)
	c, config := w.gate(nil)
	w.approve(c.text("id"))
	walk := w.walk()
	b := walk.block(approval)
	walk.apply(b, config).ok(t)
	w.moveTo(c.text("id"), record.ChangeCanceled)
	w.walk().read(b).ok(t)
	if !b.state.IsNull() {
		t.Errorf("state is %s", b.state)
	}
}
