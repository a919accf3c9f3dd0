//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"fmt"
	"path/filepath"
	"testing"
)

// Two teams with one file: each has a working directory of its own.
func TestAccChaos_stacksShareSQLite(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "infraops.db")
	together(t, database, 2, 0, 15)
}

// Four teams with a prefix of their own begin at once on an empty database; four more share another's.
func TestAccChaos_stacksSharePostgres(t *testing.T) {
	t.Parallel()
	together(t, postgresSchema(t), 4, 4, 10)
}

// together applies, plans and destroys many stacks at the same time. sharing stacks take their addresses from the
// prefix of a stack that was applied before; owning stacks make their own, on a database that is empty at first.
func together(t *testing.T, database string, sharing, owning, vms int) {
	network := newWorld(t, plot{stack: "network", database: database, cidr: "10.30.0.0/22"})
	var stacks []*world
	for i := range owning {
		stacks = append(stacks, newWorld(t, plot{stack: fmt.Sprintf("owning-%d", i), database: database, vms: vms, cidr: fmt.Sprintf("10.%d.0.0/24", 40+i)}))
	}
	atOnce(t, append(stacks, network), applyArgs...)
	var sharers []*world
	for i := range sharing {
		sharers = append(sharers, newWorld(t, plot{stack: fmt.Sprintf("sharing-%d", i), database: database, vms: vms, cidr: "10.30.0.0/22", shared: true}))
	}
	// With the others' second apply beside it, all stacks are at work.
	stacks = append(stacks, sharers...)
	atOnce(t, stacks, applyArgs...)
	for _, w := range stacks {
		newLedger(w).complete()
	}
	atOnce(t, stacks, destroyArgs...)
	network.must(destroyArgs...)
	for _, w := range append(stacks, network) {
		w.destroyed()
	}
}

// atOnce runs the CLI in all stacks at the same time; every run must succeed.
func atOnce(t *testing.T, stacks []*world, args ...string) {
	t.Helper()
	runs := make([]*process, len(stacks))
	for i, w := range stacks {
		runs[i] = w.start(args...)
	}
	for i, p := range runs {
		if status := p.wait(); status != 0 {
			t.Fatalf("%s of stack %s ended with %d\n%s", args[0], stacks[i].stack, status, p.out.tail())
		}
	}
}
