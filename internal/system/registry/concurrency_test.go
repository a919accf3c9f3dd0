// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// TestConcurrentUpdatesLoseNothing: a record is read and written by one transaction at a time.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		const writers, each = 4, 15
		kept := create(t, open(t, database), item("s", "a"))
		var group sync.WaitGroup
		for w := range writers {
			r := open(t, database)
			group.Go(func() {
				for i := range each {
					key := fmt.Sprintf("w%d-%d", w, i)
					edit := record.Clone(kept)
					edit.Attributes = map[string]string{key: "set"}
					if _, err := r.Stores()[kept.Kind()].Update(t.Context(), edit, []string{"attributes." + key}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if got := get[*record.ConfigurationItem](t, open(t, database), kept.Kind(), kept.ID); len(got.Attributes) != writers*each {
			t.Errorf("%d of %d updates are kept", len(got.Attributes), writers*each)
		}
	})
}

// TestOneDecision: of several people who decide at once, one does.
func TestOneDecision(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		const people = 6
		var connections []*Registry
		for range people {
			connections = append(connections, open(t, database))
		}
		r := connections[0]
		for round := range 5 {
			c := create(t, r, change(fmt.Sprint(round), "normal", "alice"))
			submit(t, r, c.ID)
			results := make([]error, people)
			var group sync.WaitGroup
			for i := range people {
				group.Go(func() {
					_, results[i] = connections[i].Decide(t.Context(), c.Number, Verdict{By: fmt.Sprintf("bob-%d", i), Approve: i%2 == 0})
				})
			}
			group.Wait()
			decided := 0
			for _, err := range results {
				if err == nil {
					decided++
					continue
				}
				fails(t, err, record.ErrRefused)
			}
			if _, decisions, err := r.ChangeByNumber(t.Context(), c.Number); decided != 1 || len(decisions) != 1 || err != nil {
				t.Errorf("%d decided, %v: %v", decided, decisions, errors.Join(slices.Concat(results, []error{err})...))
			}
		}
	})
}

// TestContentThatWasNotSeenIsNotApproved: an edit and an approval at once leave either the old content approved or the new one undecided.
func TestContentThatWasNotSeenIsNotApproved(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		requester, approver := open(t, database), open(t, database)
		for round := range 20 {
			c := create(t, requester, change(fmt.Sprint(round), "normal", "alice"))
			submit(t, requester, c.ID)
			var edited, approved error
			var group sync.WaitGroup
			group.Go(func() {
				edit := record.Clone(c)
				edit.Description = "something else"
				_, edited = changes(requester).Update(t.Context(), edit, []string{"description"})
			})
			group.Go(func() {
				_, approved = approver.Decide(t.Context(), c.Number, Verdict{By: "bob", Approve: true})
			})
			group.Wait()
			kept := get[*record.ChangeRequest](t, requester, c.Kind(), c.ID)
			if (edited == nil) == (approved == nil) {
				t.Fatalf("edit: %v; approval: %v", edited, approved)
			}
			if isApproved, isNew := kept.Approval == record.ApprovalApproved, kept.ContentHash != c.ContentHash; isApproved == isNew {
				t.Errorf("approval %s, new content %v", kept.Approval, isNew)
			}
		}
	})
}
