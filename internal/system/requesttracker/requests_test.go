// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"fmt"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// together runs n operations, some at a time.
func together(t *testing.T, n int, operation func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	next := make(chan int)
	for range 4 {
		wg.Go(func() {
			for i := range next {
				if err := operation(i); err != nil {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// counted says how many requests an operation takes.
func (s *rt) counted(operation func()) int64 {
	before := s.requests.Load()
	operation()
	return s.requests.Load() - before
}

// TestRequestsOfAPlan holds plans without changes to lists: what they ask for must not grow with every record.
func TestRequestsOfAPlan(t *testing.T) {
	const n = 250
	s := startRT(t)
	c := s.open(t)
	items, relations := c.stores[record.KindConfigurationItem], c.stores[record.KindRelationship]
	made := make([]string, n)
	together(t, n, func(i int) error {
		r := &record.ConfigurationItem{Class: "server", Name: fmt.Sprintf("vm-%d", i), Status: "planned", Attributes: map[string]string{"cpu": "4", "memory": "8"}}
		r.Stack = "count"
		kept, err := items.Create(t.Context(), r)
		if err == nil {
			made[i] = kept.Metadata().ID
		}
		return err
	})
	together(t, n-1, func(i int) error {
		r := &record.Relationship{ParentID: made[i], ChildID: made[i+1], Type: "depends_on"}
		r.Stack = "count"
		_, err := relations.Create(t.Context(), r)
		return err
	})
	// Pages, and one more to see that nothing follows.
	const pages = (n+pageSize-1)/pageSize + 1
	for what, operation := range map[string]func() (int, error){
		"Find of items": func() (int, error) {
			found, err := items.Find(t.Context(), record.Query{Stack: "count"})
			return len(found), err
		},
		"Get of items": func() (int, error) {
			found, err := items.Get(t.Context(), made)
			return len(found), err
		},
		"Find of relationships": func() (int, error) {
			found, err := relations.Find(t.Context(), record.Query{Stack: "count"})
			return len(found) + 1, err
		},
	} {
		requests := s.counted(func() {
			if found, err := operation(); err != nil || found != n {
				t.Errorf("%s: %d records, error %v", what, found, err)
			}
		})
		t.Logf("%s: %d requests for %d records", what, requests, n)
		if requests > pages {
			t.Errorf("%s takes %d requests for %d records, want %d at most", what, requests, n, pages)
		}
	}
}

// TestRequestsOfChanges: approvals, and who has decided, are listed too.
func TestRequestsOfChanges(t *testing.T) {
	const n = 24
	s := startRT(t)
	c := s.open(t)
	changes := c.stores[record.KindChangeRequest]
	approver, _ := record.Capability[record.Approver](changes)
	made := make([]string, n)
	count := func(until int) (find, approvals int64) {
		find = s.counted(func() {
			if found, err := changes.Find(t.Context(), record.Query{Stack: "count"}); err != nil || len(found) != until {
				t.Fatalf("Find: %d records, error %v", len(found), err)
			}
		})
		approvals = s.counted(func() {
			if found, err := approver.Approvals(t.Context(), made[:until]); err != nil || len(found) != until {
				t.Fatalf("Approvals: %d records, error %v", len(found), err)
			}
		})
		return find, approvals
	}
	var find, approvals int64
	for i := range n {
		r := &record.ChangeRequest{Name: fmt.Sprintf("change-%d", i), Summary: "Count", RequestedBy: "alice", Attachments: map[string]string{"plan": "+ vm"}}
		r.Stack = "count"
		kept, err := changes.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		made[i] = kept.Metadata().ID
		asked, err := approver.RequestApproval(t.Context(), made[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := decide(t, c, asked, "bob", true, "yes"); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			find, approvals = count(1)
		}
	}
	manyFind, manyApprovals := count(n)
	t.Logf("Find: %d requests for 1, %d for %d. Approvals: %d and %d", find, manyFind, n, approvals, manyApprovals)
	if manyFind != find || manyApprovals != approvals {
		t.Errorf("requests grow with the changes: Find %d to %d, Approvals %d to %d", find, manyFind, approvals, manyApprovals)
	}
}
