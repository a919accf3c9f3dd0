// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"fmt"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Whoever comes first wins: a policy never ends while somebody who was told of success uses it.
func TestUseAndEndAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		one, two := openAs(t, database, "one"), openAs(t, database, "two")
		for round := range 20 {
			p, err := one.stores[record.KindPatchPolicy].Create(t.Context(), &record.PatchPolicy{Meta: record.Meta{Stack: "s"}, Name: fmt.Sprintf("p%d", round)})
			if err != nil {
				t.Fatal(err)
			}
			var used, ended error
			var group sync.WaitGroup
			group.Go(func() {
				_, used = one.stores[record.KindPatchEnrollment].Create(t.Context(),
					&record.PatchEnrollment{Meta: record.Meta{Stack: "s"}, PolicyID: p.Metadata().ID, Target: fmt.Sprintf("web-%d", round)})
			})
			group.Go(func() {
				ended = two.stores[record.KindPatchPolicy].Retire(t.Context(), p.Metadata().ID, record.Conclude)
			})
			group.Wait()
			if (used == nil) == (ended == nil) {
				t.Fatalf("round %d: use: %v; end: %v; want one of them to fail", round, used, ended)
			}
		}
	})
}

// A text that looks like a reference is none.
func TestTextsAreNoReferences(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := openAs(t, database, "one")
		policies, meta := r.stores[record.KindPatchPolicy], record.Meta{Stack: "s"}
		first, err := policies.Create(t.Context(), &record.PatchPolicy{Meta: meta, Name: "first"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := policies.Create(t.Context(), &record.PatchPolicy{Meta: meta, Name: "second"})
		if err != nil {
			t.Fatal(err)
		}
		meta.Extensions = map[string]string{"policy_id": first.Metadata().ID}
		if _, err := r.stores[record.KindPatchEnrollment].Create(t.Context(), &record.PatchEnrollment{Meta: meta, PolicyID: second.Metadata().ID, Target: "web"}); err != nil {
			t.Fatal(err)
		}
		if err := policies.Retire(t.Context(), first.Metadata().ID, record.Conclude); err != nil {
			t.Errorf("nothing uses the first policy: %v", err)
		}
		if err := policies.Retire(t.Context(), second.Metadata().ID, record.Erase); err == nil {
			t.Error("the second policy is in use")
		}
	})
}
