// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

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
	for i := range n {
		// As the stores would write them, but in one request each.
		r := &record.ConfigurationItem{Class: "server", Name: fmt.Sprintf("vm-%d", i)}
		r.Stack = "count"
		custom := map[string]any{"Class": r.Class, "Stack": r.Stack, "Correlation ID": keyOf(r), "Attributes": []string{"cpu=4", "memory=8"}}
		body := map[string]any{"Catalog": s.catalog, "Name": r.Name, "CustomFields": custom}
		if i > 0 {
			custom["Relationships"] = []string{relation{"depends_on", made[i-1], r.Stack}.String()}
			body["DependsOn"] = assets(made[i-1 : i])
		}
		status, answer := as(t, "TOKEN", http.MethodPost, "/asset", body)
		var one row
		if err := json.Unmarshal(answer, &one); err != nil || status != http.StatusCreated {
			t.Fatalf("%d %s", status, answer)
		}
		made[i] = string(one.ID)
	}
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
	const n = 6
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
