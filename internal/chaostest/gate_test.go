//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// gated is a change that waits for a person, much longer than the test. Its decommission does not.
const gated = `{ type = "normal", decommission_type = "standard", requested_by = "alice", max_wait = "10m", poll_interval = "30s" }`

// Ctrl-C reaches the whole process group where a terminal sends it, and only the CLI where a pipeline does.
func TestAccChaos_interruptedAtGate(t *testing.T) {
	for name, interrupt := range map[string]func(*process) error{
		"pipeline": func(p *process) error { return syscall.Kill(p.pid(), syscall.SIGINT) },
		"terminal": func(p *process) error { return syscall.Kill(-p.pid(), syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, plot{vms: 3, change: gated})
			p := w.start(applyArgs...)
			w.awaitApprovals(p)
			began := time.Now()
			if err := interrupt(p); err != nil {
				t.Fatal(err)
			}
			status := p.wait()
			took := time.Since(began)
			t.Logf("from SIGINT to the end of the CLI: %s", took.Round(time.Millisecond))
			if status != 1 {
				t.Errorf("the interrupted apply ended with %d, want 1\n%s", status, p.out.tail())
			}
			// The provider's part is below one second; the CLI needs a moment for its own.
			if took > 20*time.Second {
				t.Errorf("the interrupted apply needed %s to end", took)
			}
			p.says("context canceled")
			w.usable()
			w.approveAndFinish()
		})
	}
}

// decommissioned is a stack whose end waits for a person.
const decommissioned = `
resource "infraops_change_request" "build" {
  summary = "Build it"
  type    = "standard"
}

resource "terraform_data" "vm" {
  input = infraops_change_request.build.number
}

resource "infraops_change_decommission" "vm" {
  change_request_id = infraops_change_request.build.id
  summary           = "Take it down"
  max_wait          = "10m"
  depends_on        = [terraform_data.vm]
}
`

// Ctrl-C ends a destroy that waits as it ends an apply that does, and nothing has been destroyed.
func TestAccChaos_interruptedAtDecommission(t *testing.T) {
	w := newWorld(t, plot{vms: 1})
	if err := os.WriteFile(filepath.Join(w.dir, "decommission.tf"), []byte(decommissioned), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(applyArgs...)
	p := w.start(slices.Concat(destroyArgs, []string{"-target=terraform_data.vm"})...)
	w.awaitApprovals(p)
	began := time.Now()
	if err := syscall.Kill(-p.pid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	status := p.wait()
	if took := time.Since(began); status != 1 || took > 20*time.Second {
		t.Errorf("the interrupted destroy ended with %d after %s, want 1, long before max_wait\n%s", status, took, p.out.tail())
	}
	p.says("context canceled")
	w.usable()
	w.planEmpty()
	w.with(func(r *registry.Registry) error {
		changes, err := r.Changes(t.Context(), record.ChangeAuthorize)
		for _, c := range changes {
			_, wrong := r.Decide(t.Context(), c.Number, registry.Verdict{By: "bob", Approve: true})
			err = errors.Join(err, wrong)
		}
		return err
	})
	w.must(destroyArgs...)
	w.destroyed()
}

// A CLI that is killed while the gate waits takes the wait with it: nobody is left to hear of the decision.
func TestAccChaos_cliKilledAtGate(t *testing.T) {
	w := newWorld(t, plot{vms: 3, change: gated})
	p := w.start(applyArgs...)
	w.awaitApprovals(p)
	if !p.killCLI() {
		t.Fatalf("the apply had ended\n%s", p.out.tail())
	}
	t.Logf("the provider outlived its CLI by %s", p.bereaved(10*time.Second).Round(time.Millisecond))
	if _, err := w.state(); err != nil {
		t.Logf("the kill tore the state file (%v): it is lost", err)
		if err := os.Remove(w.statePath()); err != nil {
			t.Fatal(err)
		}
	}
	w.approveAndFinish()
}

// awaitApprovals waits until every VM's change has been submitted, and a moment longer.
func (w *world) awaitApprovals(p *process) {
	w.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for waiting := 0; waiting < w.vms; time.Sleep(20 * time.Millisecond) {
		if p.ended() || time.Now().After(deadline) {
			w.t.Fatalf("%d of %d changes wait for approval\n%s", waiting, w.vms, p.out.tail())
		}
		w.with(func(r *registry.Registry) error {
			changes, err := r.Changes(w.t.Context(), record.ChangeAuthorize)
			waiting = len(changes)
			return err
		})
	}
	time.Sleep(200 * time.Millisecond)
}

// usable checks that an interrupted apply left a state that the next one can go on from.
func (w *world) usable() {
	w.t.Helper()
	if tainted := w.mustState().tainted(); len(tainted) > 0 {
		w.t.Errorf("after Ctrl-C: %v", tainted)
	}
	if _, err := os.Stat(filepath.Join(w.dir, ".terraform.tfstate.lock.info")); !errors.Is(err, fs.ErrNotExist) {
		w.t.Errorf("after Ctrl-C a lock is left: %v", err)
	}
}

// approveAndFinish does as an operator does, and applies again.
func (w *world) approveAndFinish() {
	w.t.Helper()
	l := newLedger(w)
	w.with(func(r *registry.Registry) error {
		changes, err := r.Changes(w.t.Context(), record.ChangeAuthorize)
		if len(changes) != w.vms {
			w.t.Errorf("%d changes wait for approval, want %d", len(changes), w.vms)
		}
		for _, c := range changes {
			_, wrong := r.Decide(w.t.Context(), c.Number, registry.Verdict{By: "bob", Approve: true})
			err = errors.Join(err, wrong)
		}
		return err
	})
	w.must(applyArgs...)
	l.complete()
	w.must(destroyArgs...)
	w.destroyed()
}
