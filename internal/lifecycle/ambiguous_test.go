// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// ambiguous are the ways in which the outcome of a write is not known: before the system did it, and after.
func ambiguous(kind string, method systemtest.Method, times int) []systemtest.Fault {
	var all []systemtest.Fault
	for _, committed := range []bool{false, true} {
		all = append(all, systemtest.Fault{
			Kind: record.Kind(kind), Method: method, Times: times, Committed: committed, Err: record.Errorf(record.ErrAmbiguous, "no answer"),
		})
	}
	return all
}

// eachAmbiguity runs a test with one unknown outcome, and with nothing but unknown outcomes.
func eachAmbiguity(t *testing.T, kind string, method systemtest.Method, test func(t *testing.T, fault systemtest.Fault)) {
	for _, times := range []int{1, 0} {
		for _, fault := range ambiguous(kind, method, times) {
			t.Run(fmt.Sprintf("%s committed=%t times=%d", method, fault.Committed, times), func(t *testing.T) { test(t, fault) })
		}
	}
}

// wantHealed applies until the state is there, and holds the system to one record that it fits.
func (w *world) wantHealed(b *block, config attrs, kind record.Kind) {
	w.Helper()
	w.faulty.Heal()
	w.walk().apply(b, config).ok(w)
	if kept := w.only(kind); kept.Metadata().ID != b.text("id") {
		w.Errorf("state has %s, the system %s", b.text("id"), kept.Metadata().ID)
	}
	if p := w.walk().plan(b, config).ok(w); !p.empty {
		w.Errorf("then a plan is not empty: %s", p.state)
	}
}

func TestAmbiguousCreate(t *testing.T) {
	for _, c := range []struct {
		kind   string
		method systemtest.Method
		config func(*world) attrs
	}{
		{item, systemtest.Create, func(*world) attrs {
			return server("web-01").with(attrs{"attributes": map[string]string{"cpu": "4"}})
		}},
		{address, systemtest.Allocate, func(w *world) attrs { return attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24")} }},
		{address, systemtest.Create, func(w *world) attrs {
			return attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24"), "address": "10.0.0.9"}
		}},
		{request, systemtest.Create, func(*world) attrs {
			return attrs{"summary": "Upgrade", "triggers": map[string]string{"size": "l"}}
		}},
	} {
		eachAmbiguity(t, c.kind, c.method, func(t *testing.T, fault systemtest.Fault) {
			w := newWorld(t)
			config := c.config(w)
			w.faulty.Inject(fault)
			walk := w.walk()
			b := walk.block(c.kind)
			a := walk.apply(b, config)
			// Only a system that never answers and never commits leaves the outcome unknown to the end.
			if failed := fault.Times == 0 && !fault.Committed; failed != a.failed() {
				t.Fatalf("errors: %v", a.errors())
			} else if failed {
				a.wantError(t, "Cannot create", "no answer.\n\nIt is not known whether the write took effect. Apply again:")
				if !b.state.IsNull() || len(w.all(record.Kind(c.kind))) != 0 {
					t.Errorf("saved %s", b.state)
				}
				if n := w.faulty.Count(record.Kind(c.kind), c.method); n != 3 {
					t.Errorf("sent %d times", n)
				}
			} else {
				a.wantWarning(t)
				want := map[bool]int{true: 1, false: 2}[fault.Committed]
				if n := w.faulty.Count(record.Kind(c.kind), c.method); n != want {
					t.Errorf("sent %d times, want %d", n, want)
				}
			}
			w.wantHealed(b, config, record.Kind(c.kind))
		})
	}
}

func TestAmbiguousCreateWhoseLookUpFails(t *testing.T) {
	w := newWorld(t, ambiguous(item, systemtest.Create, 1)[1])
	walk := w.walk()
	b := walk.block(item)
	p := walk.plan(b, server("web-01")).ok(t)
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Find, Err: record.Errorf(record.ErrUnavailable, "gone away")})
	a := walk.change(b, p, value(walk.typeOf(item), map[string]any(server("web-01"))))
	a.wantError(t, "in memory: no answer; looking it up failed: gone away.", "It is not known whether the write took effect")
	if !b.state.IsNull() {
		t.Errorf("saved %s", b.state)
	}
	w.wantHealed(b, server("web-01"), item)
}

func TestAmbiguousUpdate(t *testing.T) {
	eachAmbiguity(t, item, systemtest.Update, func(t *testing.T, fault systemtest.Fault) {
		w := newWorld(t)
		b := w.created(item, server("web-01").with(attrs{"owner": "bob"}))
		config := server("web-01").with(attrs{"owner": "alice"})
		w.faulty.Inject(fault)
		a := w.walk().apply(b, config)
		if failed := fault.Times == 0 && !fault.Committed; failed != a.failed() {
			t.Fatalf("errors: %v", a.errors())
		} else if failed && b.text("owner") != "bob" {
			t.Errorf("saved %s", b.state)
		}
		want := 2
		if fault.Committed {
			want = 1
		}
		if n := w.faulty.Count(item, systemtest.Update); n != want {
			t.Errorf("sent %d times, want %d", n, want)
		}
		w.wantHealed(b, config, item)
	})
}

func TestAmbiguousUpdateOfAnAdoption(t *testing.T) {
	eachAmbiguity(t, item, systemtest.Update, func(t *testing.T, fault systemtest.Fault) {
		w := newWorld(t, fault)
		w.put(&record.ConfigurationItem{Class: "server", Name: "web-01", Status: "planned"})
		walk := w.walk()
		b := walk.block(item)
		config := server("web-01").with(attrs{"owner": "alice"})
		a := walk.apply(b, config)
		if failed := fault.Times == 0 && !fault.Committed; failed != a.failed() || failed != b.state.IsNull() {
			t.Fatalf("errors: %v, state %s", a.errors(), b.state)
		}
		w.wantHealed(b, config, item)
	})
}

func TestAmbiguousRetire(t *testing.T) {
	eachAmbiguity(t, item, systemtest.Retire, func(t *testing.T, fault systemtest.Fault) {
		w := newWorld(t)
		b := w.created(item, server("web-01"))
		w.faulty.Inject(fault)
		a := w.walk().destroy(b)
		if fault.Times == 0 {
			a.wantError(t, "Cannot destroy configuration item", "no answer.")
			if b.state.IsNull() {
				t.Error("the state was let go although it is not known whether the record has ended")
			}
		} else if a.ok(t); !b.state.IsNull() {
			t.Errorf("state is %s", b.state)
		}
		if n := w.faulty.Count(item, systemtest.Retire); n != 2 {
			t.Errorf("sent %d times", n)
		}
		if w.faulty.Heal(); !b.state.IsNull() {
			w.walk().destroy(b).ok(t)
		}
		if kept := w.only(item).(*record.ConfigurationItem); kept.Status != record.StatusRetired {
			t.Errorf("status is %s", kept.Status)
		}
	})
}

func TestAmbiguousStepsOfAChange(t *testing.T) {
	for kind, method := range map[string]systemtest.Method{approval: systemtest.Transition, closure: systemtest.Transition} {
		eachAmbiguity(t, request, method, func(t *testing.T, fault systemtest.Fault) {
			w := newWorld(t)
			c := w.created(request, attrs{"summary": "Upgrade", "type": "standard"})
			config := attrs{"change_request_id": c.text("id")}
			if kind == closure {
				config["notes"] = "Done."
			}
			w.faulty.Inject(fault)
			walk := w.walk()
			b := walk.block(kind)
			a := walk.apply(b, config)
			if fault.Times == 0 && a.failed() != b.state.IsNull() {
				t.Fatalf("errors: %v, state %s", a.errors(), b.state)
			} else if fault.Times == 1 {
				a.ok(t)
			}
			w.faulty.Heal()
			w.walk().apply(b, config).ok(t)
			want := map[string]record.ChangeState{approval: record.ChangeImplement, closure: record.ChangeClosed}[kind]
			if kept := w.only(request).(*record.ChangeRequest); kept.State != want {
				t.Errorf("the change is %s, want %s", kept.State, want)
			}
		})
	}
}

func TestAmbiguousRequestOfApproval(t *testing.T) {
	eachAmbiguity(t, request, systemtest.RequestApproval, func(t *testing.T, fault systemtest.Fault) {
		w := newWorld(t)
		c := w.created(request, attrs{"summary": "Upgrade"})
		config := attrs{"change_request_id": c.text("id")}
		w.faulty.Inject(fault)
		walk := w.walk()
		b := walk.block(approval)
		walk.apply(b, config)
		if !b.state.IsNull() {
			t.Fatalf("saved %s without an approval", b.state)
		}
		w.faulty.Heal()
		w.walk().apply(b, config).wantError(t, "its approval is requested, waiting for change board")
		if err := w.memory.Decide(c.text("number"), "carol", true, ""); err != nil {
			t.Fatal(err)
		}
		w.walk().apply(b, config).ok(t)
	})
}

// An unknown outcome while a gate may wait is no reason to stop waiting.
func TestAmbiguousRequestOfApprovalGoesOnWaiting(t *testing.T) {
	w := newWorld(t, ambiguous(request, systemtest.RequestApproval, 1)[1])
	c := w.created(request, attrs{"summary": "Upgrade"})
	walk := w.walk()
	b := walk.block(approval)
	w.decideSoon(c.text("number"), true)
	walk.apply(b, attrs{"change_request_id": c.text("id"), "max_wait": "20s", "poll_interval": "1s"}).ok(t)
}
