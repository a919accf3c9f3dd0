// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestRequesterDoesNotApprove(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		creator := openAs(t, database, "carol")
		for _, c := range []struct {
			requestedBy, by string
			refused         bool
		}{
			{"alice", "alice", true},
			{"alice", " ALICE ", true},
			{"alice", "bob", false},
			{"alice", "carol", false}, // who files it for another may approve it
			{"", "carol", true},
			{"", "Carol", true},
			{"", "", true}, // nobody named: the actor
			{"", "bob", false},
		} {
			kept := create(t, creator, change(fmt.Sprintf("%q by %q", c.requestedBy, c.by), "normal", c.requestedBy))
			if kept.RequestedBy != c.requestedBy {
				t.Errorf("requested_by became %q", kept.RequestedBy)
			}
			submit(t, creator, kept.ID)
			_, err := creator.Decide(t.Context(), kept.Number, Verdict{By: c.by, Approve: true})
			if !c.refused {
				if err != nil {
					t.Errorf("%+v: %v", c, err)
				}
				continue
			}
			fails(t, err, record.ErrRefused, kept.Number, "--as")
			if _, decisions, err := creator.ChangeByNumber(t.Context(), kept.Number); err != nil || len(decisions) != 0 {
				t.Errorf("a refused decision was kept: %v, %v", decisions, err)
			}
			stands(t, get[*record.ChangeRequest](t, creator, kept.Kind(), kept.ID), record.ChangeAuthorize, record.ApprovalRequested)
		}
		events, err := creator.History(t.Context(), HistoryFilter{Kind: record.KindChangeRequest})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(events, func(e Event) bool { return e.Action == "approve" })
		if i < 0 || events[i].Actor != "bob" || !slices.Contains(events[i].Changes, Difference{Field: "entered_by", Now: "carol"}) {
			t.Errorf("history %+v", events)
		}
	})
}

func TestDecisionsThatAreNotDue(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		fresh := create(t, r, change("new", "normal", "alice"))
		assessed := create(t, r, change("assess", "normal", "alice"))
		move(t, r, assessed.ID, record.ChangeAssess)
		authorized := create(t, r, change("authorize, not requested", "emergency", "alice"))
		move(t, r, authorized.ID, record.ChangeAuthorize)
		cancelled := create(t, r, change("cancelled", "normal", "alice"))
		move(t, r, cancelled.ID, record.ChangeCanceled)
		approved := create(t, r, change("standard", "standard", "alice"))
		rejected := create(t, r, change("rejected", "normal", "alice"))
		submit(t, r, rejected.ID)
		c, err := r.Decide(t.Context(), rejected.Number, Verdict{By: "bob", Comment: "no backout plan"})
		if err != nil {
			t.Fatal(err)
		}
		stands(t, c, record.ChangeNew, record.ApprovalRejected)
		stands(t, submit(t, r, rejected.ID), record.ChangeNew, record.ApprovalRejected)
		for _, c := range []*record.ChangeRequest{fresh, assessed, authorized, cancelled, approved, rejected} {
			before := get[*record.ChangeRequest](t, r, c.Kind(), c.ID)
			for _, approve := range []bool{true, false} {
				_, err := r.Decide(t.Context(), c.Number, Verdict{By: "bob", Approve: approve})
				if e := failure(t, err, record.ErrRefused, c.Number); e.Advice == "" {
					t.Errorf("%s: no advice", c.Summary)
				}
			}
			stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), before.State, before.Approval)
		}
		_, err = r.Decide(t.Context(), "CHG7777777", Verdict{By: "bob"})
		fails(t, err, record.ErrNotFound, "CHG7777777")
		found, err := r.Changes(t.Context(), record.ChangeScheduled, record.ChangeCanceled)
		if err != nil || len(found) != 2 || found[0].ID != cancelled.ID || found[1].ID != approved.ID {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestApprovalIsOfWhatWasSeen(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		c := create(t, r, change("c", "normal", "alice"))
		submit(t, r, c.ID)
		_, err := r.Decide(t.Context(), c.Number, Verdict{By: "bob", Approve: true, ContentHash: "another"})
		fails(t, err, record.ErrConflict, c.Number, c.ContentHash)
		stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), record.ChangeAuthorize, record.ApprovalRequested)
		kept, err := r.Decide(t.Context(), c.Number, Verdict{By: "bob", Approve: true, ContentHash: c.ContentHash})
		if err != nil {
			t.Fatal(err)
		}
		stands(t, kept, record.ChangeScheduled, record.ApprovalApproved)
	})
}

func TestApprovalsInBulk(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		c := create(t, r, change("c", "standard", ""))
		ids := []string{c.ID}
		for i := range 2 * pageSize {
			ids = append(ids, fmt.Sprint(1000+i))
		}
		before := r.Statements()
		decisions, err := changes(r).Approvals(t.Context(), ids)
		if err != nil || len(decisions[c.ID]) != 1 {
			t.Fatal(decisions, err)
		}
		if got := r.Statements() - before; got != 3 {
			t.Errorf("%d statements for %d ids", got, len(ids))
		}
	})
}

func TestHowToApprove(t *testing.T) {
	for database, want := range map[string]string{
		"":                          "change approve CHG0000001 --as NAME",
		"infraops.db":               "change approve CHG0000001 --as NAME",
		"/var/lib/infraops/team.db": "change approve CHG0000001 --as NAME --database /var/lib/infraops/team.db",
		"/my files/it's.db":         `change approve CHG0000001 --as NAME --database '/my files/it'\''s.db'`,
		"postgres://ops:s3cret@db.example.com/infraops":                "--database 'postgres://ops:xxxxx@db.example.com/infraops'",
		"postgresql://ops@db.example.com/infraops?password=s3cret&a=b": "--database 'postgresql://ops@db.example.com/infraops?",
	} {
		r, err := OpenRegistry(record.Settings{"database": database})
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		got := changes(r).HowToApprove(&record.ChangeRequest{Number: "CHG0000001"})
		if !strings.Contains(got, want) || strings.Contains(got, "s3cret") || strings.HasSuffix(got, ".") {
			t.Errorf("%q: got %q, want %q", database, got, want)
		}
	}
}
