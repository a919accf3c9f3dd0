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

// fullChange sets every field of the content.
func fullChange() *ChangeRequest {
	at := time.Date(2030, 5, 1, 8, 0, 0, 0, time.UTC)
	return &ChangeRequest{
		Name: "n", Summary: "s", Description: "d", Justification: "j", Type: "standard", Template: "t", Risk: "low", Impact: "medium",
		Category: "c", AssignmentGroup: "g", RequestedBy: "alice", Environment: "prod", ConfigurationItemIDs: []string{"1", "2"}, PlannedStart: at, PlannedEnd: at.Add(time.Hour),
		ImplementationPlan: "i", BackoutPlan: "b", TestPlan: "tp", Attachments: map[string]string{"a": "1", "b": "2"}, Triggers: map[string]string{"k": "v"},
	}
}

// TestContentHashGolden is written down, since approvals given under one version must hold under the next.
func TestContentHashGolden(t *testing.T) {
	early := fullChange()
	early.Environment = "" // which the first version did not have
	for want, c := range map[string]*ChangeRequest{
		"80c13bb385a64090562b9e96d431bfa3a1b2299ecd9fc2d2c26fb78c96cda275": early,
		"60344795cede15067212d93dcea973219865fe6b1dabf3e28ca42647fd8f7c9c": fullChange(),
		"80e53bb99bc6c0de5cdd759b2118afd4b10ebc0c8e76314dccae9edec8fd3e7e": {Summary: "s"},
	} {
		if c.Canonicalise(); c.ContentHash != want {
			t.Errorf("content hash of %q is %s, want %s", c.Name, c.ContentHash, want)
		}
	}
}

func TestContentHashIgnores(t *testing.T) {
	want := fullChange()
	want.Canonicalise()
	for name, edit := range map[string]func(*ChangeRequest){
		"name":     func(c *ChangeRequest) { c.Name = "other" },
		"metadata": func(c *ChangeRequest) { c.Meta = Meta{ID: "1", Stack: "s", Extensions: map[string]string{"u": "1"}} },
		"state":    func(c *ChangeRequest) { c.State, c.Approval, c.Number = ChangeClosed, ApprovalApproved, "C1" },
		"closure": func(c *ChangeRequest) {
			c.Outcome, c.CloseNotes, c.Evidence = "successful", "n", map[string]string{"k": "v"}
		},
		"on_destroy":    func(c *ChangeRequest) { c.OnDestroy = "keep" },
		"old hash":      func(c *ChangeRequest) { c.ContentHash = "x" },
		"order":         func(c *ChangeRequest) { slices.Reverse(c.ConfigurationItemIDs) },
		"repeats":       func(c *ChangeRequest) { c.ConfigurationItemIDs = []string{"2", "1", "2"} },
		"zone":          func(c *ChangeRequest) { c.PlannedStart = c.PlannedStart.In(time.FixedZone("", 3600)) },
		"split seconds": func(c *ChangeRequest) { c.PlannedStart = c.PlannedStart.Add(time.Millisecond) },
	} {
		c := fullChange()
		edit(c)
		if c.Canonicalise(); c.ContentHash != want.ContentHash {
			t.Errorf("%s changes the content hash", name)
		}
	}
	a, b := &ChangeRequest{Triggers: map[string]string{}, ConfigurationItemIDs: []string{}}, &ChangeRequest{Type: "normal"}
	a.Canonicalise()
	if b.Canonicalise(); a.ContentHash != b.ContentHash {
		t.Error("empty and absent differ in the content hash")
	}
}

// TestContentHashSees empties and alters each field of the content in turn.
func TestContentHashSees(t *testing.T) {
	whole := fullChange()
	whole.Canonicalise()
	seen := map[string]string{whole.ContentHash: "nothing"}
	note := func(what string, c *ChangeRequest) {
		c.Canonicalise()
		if other, twice := seen[c.ContentHash]; twice {
			t.Errorf("%s has the content hash of %s", what, other)
		}
		seen[c.ContentHash] = what
	}
	for _, name := range ContentFields() {
		f, _ := FieldNamed(whole, name)
		c := fullChange()
		f.In(c).SetZero()
		note(name+" emptied", c)
		if f.Type.Kind() == reflect.String {
			c = fullChange()
			f.In(c).SetString(f.In(c).String() + "x")
			note(name+" altered", c)
		}
		if f.Type == MapType {
			c = fullChange()
			f.In(c).Set(reflect.ValueOf(map[string]string{"other": "1"}))
			note(name+" altered", c)
		}
	}
}

func TestContentHashAtTheEdgeOfTime(t *testing.T) {
	c := &ChangeRequest{PlannedStart: time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))}
	if c.Canonicalise(); len(c.ContentHash) != 64 {
		t.Errorf("content hash is %q", c.ContentHash)
	}
}

func TestContentChanges(t *testing.T) {
	a, b := fullChange(), fullChange()
	b.Name, b.OnDestroy, b.State, b.Summary, b.Triggers = "x", "keep", ChangeClosed, "y", nil
	if got := ContentChanges(a, b); !slices.Equal(got, []string{"summary", "triggers"}) {
		t.Errorf("content changes are %q", got)
	}
}

var allStates = []ChangeState{
	ChangeNew, ChangeAssess, ChangeAuthorize, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed, ChangeCanceled, "", "bogus",
}

// TestTransitions tries every step of every type. What is not listed as legal must be refused.
func TestTransitions(t *testing.T) {
	next := map[string]map[ChangeState]ChangeState{
		"normal": {
			ChangeNew: ChangeAssess, ChangeAssess: ChangeAuthorize, ChangeAuthorize: ChangeScheduled,
			ChangeScheduled: ChangeImplement, ChangeImplement: ChangeReview, ChangeReview: ChangeClosed,
		},
		"emergency": {
			ChangeNew: ChangeAuthorize, ChangeAuthorize: ChangeScheduled, ChangeScheduled: ChangeImplement, ChangeImplement: ChangeReview, ChangeReview: ChangeClosed,
		},
		"standard": {ChangeNew: ChangeScheduled, ChangeScheduled: ChangeImplement, ChangeImplement: ChangeReview, ChangeReview: ChangeClosed},
	}
	ended := []ChangeState{ChangeReview, ChangeClosed, ChangeCanceled}
	for changeType, steps := range next {
		for _, from := range allStates {
			for _, to := range allStates {
				for _, approval := range []Approval{ApprovalApproved, ApprovalRequested, ApprovalRejected, ApprovalNotRequested} {
					legal := to != "" && steps[from] == to || to == ChangeCanceled && !slices.Contains(ended, from)
					if to == ChangeScheduled || to == ChangeImplement {
						legal = legal && approval == ApprovalApproved
					}
					c := &ChangeRequest{Type: changeType, State: from, Approval: approval}
					err := c.CheckTransition(Transition{To: to, Outcome: "successful", Notes: "n"})
					if (err == nil) != legal || err != nil && !errors.Is(err, ErrRefused) {
						t.Errorf("%s, %s, from %q to %q: error %v, legal %t", changeType, approval, from, to, err, legal)
					}
				}
			}
		}
	}
	review := &ChangeRequest{Type: "normal", State: ChangeReview, Approval: ApprovalApproved}
	for _, step := range []Transition{{To: ChangeClosed}, {To: ChangeClosed, Outcome: "successful"}, {To: ChangeClosed, Notes: "n"}} {
		wantReason(t, "closing with half of what it takes", review.CheckTransition(step), ErrRefused)
	}
}

func TestStepsTo(t *testing.T) {
	for _, c := range []struct {
		changeType string
		from, to   ChangeState
		steps      []ChangeState
		ahead      bool
	}{
		{"normal", ChangeNew, ChangeScheduled, []ChangeState{ChangeAssess, ChangeAuthorize, ChangeScheduled}, true},
		{"", ChangeNew, ChangeAssess, []ChangeState{ChangeAssess}, true},
		{"standard", ChangeNew, ChangeImplement, []ChangeState{ChangeScheduled, ChangeImplement}, true},
		{"emergency", ChangeAuthorize, ChangeClosed, []ChangeState{ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed}, true},
		{"normal", ChangeClosed, ChangeClosed, nil, true},
		{"normal", ChangeReview, ChangeImplement, nil, false},
		{"normal", ChangeCanceled, ChangeClosed, nil, false},
		{"normal", ChangeNew, ChangeCanceled, nil, false},
		{"standard", ChangeAssess, ChangeClosed, nil, false},
		{"standard", ChangeNew, ChangeAssess, nil, false},
		{"normal", "", ChangeClosed, nil, false},
	} {
		steps, ahead := (&ChangeRequest{Type: c.changeType, State: c.from}).StepsTo(c.to)
		if !slices.Equal(steps, c.steps) || ahead != c.ahead {
			t.Errorf("%s from %s to %s: %v, %t; want %v, %t", c.changeType, c.from, c.to, steps, ahead, c.steps, c.ahead)
		}
	}
}

func TestTitle(t *testing.T) {
	if got := (&ChangeRequest{Summary: "s"}).Title(); got != "s" {
		t.Errorf("without a number: %q", got)
	}
	if got := (&ChangeRequest{Summary: "s", Number: "C1"}).Title(); got != "C1" {
		t.Errorf("with a number: %q", got)
	}
}
