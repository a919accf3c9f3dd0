//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// victim is what is killed; kill is false where the run ended first.
type victim struct {
	name string
	kill func(*process) bool
}

func TestAccChaos_providerKilled(t *testing.T) {
	t.Parallel()
	campaign(t, victim{"provider", (*process).killProviders})
}

func TestAccChaos_cliKilled(t *testing.T) {
	t.Parallel()
	campaign(t, victim{"CLI", (*process).killCLI})
}

// tally is what a campaign reports.
type tally struct {
	kills, recoveries, reopened, torn int
	// longest is how long a provider outlived its CLI, at most.
	longest time.Duration
}

// campaign kills until it has killed often enough. Each stack is killed a few times in its apply, at times also
// in its destroy, and each time finished by the next run.
func campaign(t *testing.T, v victim) {
	tools, rng, began := toolchain(t), random(t), time.Now()
	rounds := setting(t, "INFRAOPS_CHAOS_ROUNDS", 3)
	vms := setting(t, "INFRAOPS_CHAOS_VMS", 20)
	var sum tally
	for sum.kills < rounds && !t.Failed() {
		w := newWorld(t, plot{vms: vms})
		l := newLedger(w)
		kills := min(rounds-sum.kills, 1+rng.IntN(4))
		inDestroy := kills > 1 && rng.IntN(2) == 0
		if inDestroy {
			kills--
		}
		for range kills {
			sum.round(l, v, moments(rng, w, applyArgs), applyArgs)
		}
		w.must(applyArgs...)
		sum.recoveries++
		l.complete()
		w.sound()
		if inDestroy {
			sum.round(l, v, moments(rng, w, destroyArgs), destroyArgs)
			sum.recoveries++
			w.findAgain()
		}
		w.must(destroyArgs...)
		w.destroyed()
		w.sound()
		sum.reopened += l.reopened
		sum.torn += l.torn
	}
	if v.name == "provider" && sum.reopened > 0 {
		t.Errorf("%d changes were opened again although no state was lost", sum.reopened)
	}
	t.Logf("%s killed %d times (OpenTofu: %v), %d recoveries in %s; a provider outlived its CLI by at most %s; %d closed changes opened anew after a lost state, %d torn state files",
		v.name, sum.kills, tools.tofu, sum.recoveries, time.Since(began).Round(time.Second), sum.longest.Round(time.Millisecond), sum.reopened, sum.torn)
}

// findAgain applies where a kill took the state of a destroy: Terraform destroys what it knows, and it knows what an
// apply finds again.
func (w *world) findAgain() {
	w.t.Helper()
	if w.mustState().size() == 0 && len(w.look().standing) > 0 {
		w.must(applyArgs...)
		w.planEmpty()
	}
}

// moments draws when to kill: mostly by progress, which does not depend on the machine's speed, and one in eight by
// time, which is while the CLI still plans.
func moments(rng *rand.Rand, w *world, args []string) moment {
	const perVM, others = 15, 3
	all, have := w.vms*perVM+others, w.mustState().size()
	events := have + 2*(all-have) // one for each refresh, two for each create
	if args[0] == "destroy" {
		events = 3 * have
	}
	if rng.IntN(8) == 0 {
		return moment{later: time.Duration(rng.IntN(2000)) * time.Millisecond}
	}
	return moment{events: rng.IntN(max(1, events*95/100)), later: time.Duration(rng.IntN(20_000)) * time.Microsecond}
}

// round starts a run, kills the victim in the midst of it and looks at what is left.
func (sum *tally) round(l *ledger, v victim, m moment, args []string) {
	t := l.w.t
	t.Helper()
	p := l.w.start(args...)
	if !p.reach(m) || !v.kill(p) {
		p.wait()
		t.Logf("%s had ended by %s", args[0], m)
		return
	}
	sum.kills++
	status := p.wait()
	outlived := p.bereaved(15 * time.Second)
	sum.longest = max(sum.longest, outlived)
	if status == 0 && v.name == "CLI" {
		t.Errorf("%s succeeded although its %s was killed", args[0], v.name)
	}
	kept, err := l.w.state()
	if err != nil {
		l.torn++
		t.Logf("the kill tore the state file (%v): it is lost", err)
		if err := os.Remove(l.w.statePath()); err != nil {
			t.Fatal(err)
		}
	}
	if args[0] == "apply" {
		now := l.note(kept)
		t.Logf("%s, kill %d: %s, %s of %s; the registry stands at %d records and %d changes, the state at %d; provider gone after %s",
			record.FormatTime(time.Now()), sum.kills, v.name, m, args[0], len(now.standing), len(now.changes), kept.size(), outlived.Round(time.Millisecond))
		return
	}
	l.w.look()
	t.Logf("kill %d: %s, %s of %s; the state has %d", sum.kills, v.name, m, args[0], kept.size())
}
