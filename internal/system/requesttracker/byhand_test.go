// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func (s *rt) item(t *testing.T, c *connection, name string) string {
	t.Helper()
	i := &record.ConfigurationItem{Class: "server", Name: name, Status: "operational"}
	i.Stack = "by hand"
	kept, err := c.stores[record.KindConfigurationItem].Create(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return kept.Metadata().ID
}

// TestChangesByHand: what people do in RT shows.
func TestChangesByHand(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	one, two := s.item(t, c, "one"), s.item(t, c, "two")
	relations := c.stores[record.KindRelationship]
	connect := func(typ string) string {
		t.Helper()
		r := &record.Relationship{ParentID: one, ChildID: two, Type: typ}
		r.Stack = "by hand"
		kept, err := relations.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return kept.Metadata().ID
	}
	wantGone := func(what, id string, gone bool) {
		t.Helper()
		found, err := relations.Get(t.Context(), []string{id})
		if err != nil || (found[id] == nil) != gone {
			t.Errorf("%s: %s is gone: %t, error %v", what, id, found[id] == nil, err)
		}
	}
	depends, runs, contains := connect("depends_on"), connect("runs_on"), connect("contains")
	if err := relations.Retire(t.Context(), depends, record.Conclude); err != nil {
		t.Fatal(err)
	}
	wantGone("one of two that share a link was removed", depends, true)
	wantGone("the other", runs, false)
	as(t, "ROOT_TOKEN", http.MethodPut, "/asset/"+one, map[string]any{"DeleteDependsOn": "asset:" + two})
	wantGone("its link was removed", runs, true)
	wantGone("another link stays", contains, false)
	if again := connect("runs_on"); again != runs {
		t.Errorf("made again as %s", again)
	}
	wantGone("it was made again", runs, false)

	items := c.stores[record.KindConfigurationItem]
	as(t, "ROOT_TOKEN", http.MethodPut, "/asset/"+one, map[string]any{"Status": "maintenance", "CustomFields": map[string]any{"Attributes": []string{"rack=7"}}})
	found, err := items.Get(t.Context(), []string{one})
	if err != nil || found[one].(item).Status != "maintenance" || found[one].(item).Attributes["rack"] != "7" {
		t.Errorf("after an edit: %+v, error %v", found[one], err)
	}
	as(t, "ROOT_TOKEN", http.MethodPut, "/asset/"+two, map[string]any{"Status": "deleted"})
	if found, err = items.Get(t.Context(), []string{two}); err != nil || len(found) > 0 {
		t.Errorf("after a deletion: %+v, error %v", found, err)
	}
}

// TestBlockedClosing names what a change waits for.
func TestBlockedClosing(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	store := c.stores[record.KindChangeRequest]
	mover, _ := record.Capability[record.Transitioner](store)
	r := &record.ChangeRequest{Summary: "Close me", Type: record.ChangeTypeStandard, RequestedBy: "alice"}
	r.Stack = "by hand"
	kept, err := store.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	id := kept.Metadata().ID
	for _, to := range []record.ChangeState{record.ChangeImplement, record.ChangeReview} {
		if _, err := mover.Transition(t.Context(), id, record.Transition{To: to}); err != nil {
			t.Fatal(err)
		}
	}
	_, answer := as(t, "ROOT_TOKEN", http.MethodPost, "/ticket", map[string]any{"Queue": s.queue, "Subject": "Clean up first"})
	var task row
	if err := json.Unmarshal(answer, &task); err != nil {
		t.Fatal(err)
	}
	as(t, "ROOT_TOKEN", http.MethodPut, "/ticket/"+id, map[string]any{"AddDependsOn": []string{string(task.ID)}})
	end := record.Transition{To: record.ChangeClosed, Outcome: "successful", Notes: "done"}
	_, err = mover.Transition(t.Context(), id, end)
	e := failure(t, err, record.ErrRefused)
	if !strings.Contains(e.Advice, "#"+string(task.ID)) || !strings.Contains(e.Advice, "Clean up first") || !strings.Contains(e.Answer, "unresolved dependencies") {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
	found, err := store.Get(t.Context(), []string{id})
	if c := found[id].(change); err != nil || c.State != record.ChangeReview || c.Outcome != "" {
		t.Errorf("after a refused closing: %+v, error %v", c, err)
	}
	as(t, "ROOT_TOKEN", http.MethodPut, "/ticket/"+string(task.ID), map[string]any{"Status": "canceled"})
	closed, err := mover.Transition(t.Context(), id, end)
	if err != nil || closed.Outcome != "successful" || closed.ClosedAt.IsZero() {
		t.Errorf("%+v, error %v", closed, err)
	}
}

// TestMissingRight: RT answers 200, and the error names the right. The requester may read changes and not write them.
func TestMissingRight(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	one := s.item(t, c, "one")
	theirs := s.open(t, "token", setting(t, "REQUESTER_TOKEN"))
	_, err := theirs.stores[record.KindConfigurationItem].Update(t.Context(), itemWith(one, func(i item) { i.Status = "maintenance" }), []string{"status"})
	if e := failure(t, err, record.ErrDropped); !strings.Contains(e.Advice, "ModifyAsset") || !strings.Contains(e.Answer, "Permission Denied") || e.Field != "status" {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
	_, err = theirs.stores[record.KindConfigurationItem].Update(t.Context(), itemWith(one, func(i item) { i.Owner = "me" }), []string{"owner"})
	if e := failure(t, err, record.ErrDropped); !strings.Contains(e.Advice, "ModifyCustomField") || e.Field != "owner" {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
	i := &record.ConfigurationItem{Class: "server", Name: "two"}
	i.Stack = "by hand"
	_, err = theirs.stores[record.KindConfigurationItem].Create(t.Context(), i)
	if e := failure(t, err, record.ErrUnauthorized); !strings.Contains(e.Advice, "CreateAsset") {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
}

// TestClearedTimes: what is taken out of a change is gone in RT too.
func TestClearedTimes(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	store := c.stores[record.KindChangeRequest]
	r := &record.ChangeRequest{Summary: "Some time", PlannedStart: time.Now().Add(time.Hour), PlannedEnd: time.Now().Add(2 * time.Hour)}
	r.Stack = "by hand"
	kept, err := store.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	id := kept.Metadata().ID
	for _, field := range []string{"planned_end", "planned_start"} {
		none := &record.ChangeRequest{Meta: record.Meta{ID: id}}
		if _, err := store.Update(t.Context(), none, []string{field}); err != nil {
			t.Fatalf("%s: %v", field, err)
		}
		found, err := store.Get(t.Context(), []string{id})
		if err != nil {
			t.Fatal(err)
		}
		if f, _ := record.FieldNamed(found[id], field); !f.In(found[id]).IsZero() {
			t.Errorf("%s is still %v", field, f.In(found[id]))
		}
	}
}
