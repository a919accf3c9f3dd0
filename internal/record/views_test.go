// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

func newClosures(edit func(*ChangeRequest)) (closures, *fakeChanges) {
	f, s := newFakeChanges(edit)
	return closures{s[KindChangeRequest], f}, f
}

func TestClosure(t *testing.T) {
	good := ChangeClosure{ChangeRequestID: "1", Outcome: "successful", Notes: "done", Evidence: map[string]string{"log": "ok"}}
	but := func(edit func(*ChangeClosure)) ChangeClosure {
		c := *Clone(&good)
		edit(&c)
		return c
	}
	closed := func(c *ChangeRequest) { c.State, c.Outcome, c.CloseNotes = ChangeClosed, "successful", "done" }
	in := func(state ChangeState, approval Approval) func(*ChangeRequest) {
		return func(c *ChangeRequest) { c.State, c.Approval = state, approval }
	}
	for name, c := range map[string]struct {
		edit    func(*ChangeRequest)
		closure ChangeClosure
		reason  error
		steps   []ChangeState
	}{
		"scheduled":        {unchanged, good, nil, []ChangeState{ChangeImplement, ChangeReview, ChangeClosed}},
		"in review":        {in(ChangeReview, ApprovalApproved), good, nil, []ChangeState{ChangeClosed}},
		"closed alike":     {closed, good, nil, nil},
		"closed otherwise": {closed, but(func(c *ChangeClosure) { c.Outcome = "unsuccessful" }), ErrRefused, nil},
		"other notes":      {closed, but(func(c *ChangeClosure) { c.Notes = "well" }), ErrRefused, nil},
		"canceled":         {in(ChangeCanceled, ApprovalApproved), good, ErrRefused, nil},
		"never requested":  {in(ChangeNew, ApprovalNotRequested), good, ErrRefused, nil},
		"rejected":         {in(ChangeNew, ApprovalRejected), good, ErrRefused, nil},
		"without notes":    {unchanged, but(func(c *ChangeClosure) { c.Notes = "" }), ErrRefused, nil},
		"without outcome":  {unchanged, but(func(c *ChangeClosure) { c.Outcome = "" }), ErrRefused, nil},
		"bogus outcome":    {unchanged, but(func(c *ChangeClosure) { c.Outcome = "failed" }), ErrInvalid, nil},
		"missing":          {unchanged, but(func(c *ChangeClosure) { c.ChangeRequestID = "2" }), ErrNotFound, nil},
		"standard, new": {
			func(c *ChangeRequest) {
				c.Type, c.State, c.Approval = ChangeTypeStandard, ChangeScheduled, ApprovalApproved
			},
			good, nil,
			[]ChangeState{ChangeImplement, ChangeReview, ChangeClosed},
		},
	} {
		s, f := newClosures(c.edit)
		before := Clone(f.records["1"])
		made, err := s.Create(t.Context(), Clone(&c.closure))
		if !slices.Equal(f.steps, c.steps) {
			t.Errorf("%s: steps %v, want %v", name, f.steps, c.steps)
		}
		if c.reason != nil {
			wantReason(t, name, err, c.reason)
			if !reflect.DeepEqual(f.records["1"], before) {
				t.Errorf("%s: a refusal changed the change to %+v", name, f.records["1"])
			}
			continue
		}
		if err != nil || made.ID != "1" || made.Outcome != "successful" || made.Notes != "done" {
			t.Errorf("%s: %+v, error %v", name, made, err)
		}
		again, err := s.Create(t.Context(), Clone(&c.closure))
		if err != nil || !reflect.DeepEqual(again, made) {
			t.Errorf("%s, again: %+v, error %v", name, again, err)
		}
	}
}

func TestClosureReads(t *testing.T) {
	for state, want := range map[ChangeState]int{ChangeClosed: 1, ChangeReview: 0, ChangeCanceled: 0} {
		s, f := newClosures(func(c *ChangeRequest) { c.State, c.Outcome = state, "successful" })
		found, err := s.Get(t.Context(), []string{"1", "2"})
		listed, err2 := s.Find(t.Context(), Query{Stack: "s", Where: map[string]string{"outcome": "successful"}})
		none, err3 := s.Find(t.Context(), Query{Stack: "s", Where: map[string]string{"outcome": "x"}})
		if err := errors.Join(err, err2, err3); err != nil || len(found) != want || len(listed) != want || len(none) > 0 {
			t.Errorf("%s: got %v, listed %v and %v, error %v", state, found, listed, none, err)
		}
		if err := s.Retire(t.Context(), "1", Erase); err != nil || f.records["1"].State != state {
			t.Errorf("%s: retiring a closure: %v", state, err)
		}
		_, err = s.Update(t.Context(), &ChangeClosure{Meta: Meta{ID: "1"}}, nil)
		if (err == nil) != (want == 1) || err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: update of nothing: %v", state, err)
		}
	}
	s, f := newClosures(func(c *ChangeRequest) { c.State = ChangeClosed })
	_, err := s.Update(t.Context(), &ChangeClosure{Meta: Meta{ID: "1"}, Notes: "x"}, []string{"notes"})
	wantReason(t, "editing a closure", err, ErrRefused)
	f.failure = Errorf(ErrUnavailable, "down")
	if _, err := s.Get(t.Context(), []string{"1"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("unread changes are an absence: %v", err)
	}
}

func newItemStates(edit func(*ConfigurationItem)) (itemStates, *fake[*ConfigurationItem]) {
	item := &ConfigurationItem{
		Meta: Meta{ID: "1", Stack: "s"}, Class: "server", Name: "a", Owner: "me", Status: "in_build", Attributes: map[string]string{"cpu": "4"},
	}
	edit(item)
	f := &fake[*ConfigurationItem]{records: map[string]*ConfigurationItem{"1": item}}
	s := Stores{}
	Serve(s, f)
	return itemStates{s[KindConfigurationItem]}, f
}

func TestItemState(t *testing.T) {
	s, f := newItemStates(func(*ConfigurationItem) {})
	state := &ConfigurationItemState{
		Meta: Meta{Extensions: map[string]string{"u": "1"}}, ConfigurationItemID: "1", Status: "operational", Attributes: map[string]string{"kernel": "6.12"},
	}
	made, err := s.Create(t.Context(), state)
	if err != nil || made.ID != "1" || made.Status != "operational" {
		t.Fatalf("create: %+v, error %v", made, err)
	}
	item := f.records["1"]
	if item.Owner != "me" || item.Status != "operational" || !reflect.DeepEqual(item.Attributes, map[string]string{"cpu": "4", "kernel": "6.12"}) || item.Extensions["u"] != "1" {
		t.Errorf("the item is now %+v", item)
	}
	if slices.Sort(f.updates[0]); !slices.Equal(f.updates[0], []string{"attributes.kernel", "extensions.u", "status"}) {
		t.Errorf("written were %q", f.updates[0])
	}
	if _, err := s.Create(t.Context(), &ConfigurationItemState{ConfigurationItemID: "1", Attributes: map[string]string{"os": "x"}}); err != nil || f.records["1"].Status != "operational" {
		t.Errorf("a state without a status: %v, the item's status is %s", err, f.records["1"].Status)
	}
	made.Attributes = map[string]string{}
	if _, err := s.Update(t.Context(), made, []string{"attributes.kernel"}); err != nil || len(f.records["1"].Attributes) != 2 {
		t.Errorf("removing an attribute: %v, left are %v", err, f.records["1"].Attributes)
	}
	if err := s.Retire(t.Context(), "1", Erase); err != nil || f.records["1"].Status != "operational" {
		t.Errorf("retiring a state: %v", err)
	}
}

func TestItemStateReads(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*ConfigurationItem)
		want int
	}{
		"live":    {func(*ConfigurationItem) {}, 1},
		"retired": {func(i *ConfigurationItem) { i.Status = StatusRetired }, 0},
		"erased":  {func(i *ConfigurationItem) { i.Retired = true }, 0},
	} {
		s, _ := newItemStates(c.edit)
		found, err := s.Get(t.Context(), []string{"1", "2"})
		listed, err2 := s.Find(t.Context(), Query{Stack: "s", Names: []string{"1"}, Where: map[string]string{"attributes.cpu": "4"}})
		none, err3 := s.Find(t.Context(), Query{Names: []string{"2"}})
		if err := errors.Join(err, err2, err3); err != nil || len(found) != c.want || len(listed) != c.want || len(none) > 0 {
			t.Errorf("%s: got %v, listed %v and %v, error %v", name, found, listed, none, err)
		}
		_, err = s.Create(t.Context(), &ConfigurationItemState{ConfigurationItemID: "1", Status: "operational"})
		if c.want == 1 && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c.want == 0 && reasonOf(t, name, err, ErrNotFound).Field != "configuration_item_id" {
			t.Errorf("%s: the error is on another field: %v", name, err)
		}
	}
	s, f := newItemStates(func(*ConfigurationItem) {})
	_, err := s.Create(t.Context(), &ConfigurationItemState{ConfigurationItemID: "1", Status: StatusRetired})
	wantReason(t, "retiring an item by its state", err, ErrInvalid)
	_, err = s.Create(t.Context(), &ConfigurationItemState{ConfigurationItemID: "2"})
	wantReason(t, "a state of nothing", err, ErrNotFound)
	f.failure = Errorf(ErrUnavailable, "down")
	if _, err := s.Get(t.Context(), []string{"1"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("unread items are an absence: %v", err)
	}
}

func TestWait(t *testing.T) {
	if limit, interval := (&ChangeApproval{MaxWait: time.Hour, PollInterval: time.Minute}).Wait(); limit != time.Hour || interval != time.Minute {
		t.Errorf("waits %s, every %s", limit, interval)
	}
}
