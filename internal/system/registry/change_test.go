// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func change(summary, changeType, requester string) *record.ChangeRequest {
	return &record.ChangeRequest{Meta: record.Meta{Stack: "s"}, Summary: summary, Type: changeType, RequestedBy: requester}
}

func changes(r *Registry) *changeStore {
	return r.stores[record.KindChangeRequest].(*changeStore)
}

func move(t *testing.T, r *Registry, id string, to record.ChangeState) *record.ChangeRequest {
	t.Helper()
	c, err := changes(r).Transition(t.Context(), id, record.Transition{To: to, Outcome: "successful", Notes: "done", Evidence: map[string]string{"log": "ok"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func submit(t *testing.T, r *Registry, id string) *record.ChangeRequest {
	t.Helper()
	c, err := changes(r).RequestApproval(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func stands(t *testing.T, c *record.ChangeRequest, state record.ChangeState, approval record.Approval) {
	t.Helper()
	if c.State != state || c.Approval != approval {
		t.Errorf("%s is in %s with approval %s, want %s with %s", c.Number, c.State, c.Approval, state, approval)
	}
}

func actions(t *testing.T, r *Registry, id string) []string {
	t.Helper()
	events, err := r.History(t.Context(), HistoryFilter{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range events {
		all = append(all, e.Action)
	}
	return all
}

func TestLifeOfAChange(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		s := changes(r)
		for changeType, steps := range map[string]int{"normal": 2, "emergency": 1} {
			wanted := change("install "+changeType, changeType, "alice")
			wanted.State, wanted.Approval, wanted.Number = "closed", "approved", "CHG9" // not for the caller to say
			c := create(t, r, wanted)
			stands(t, c, record.ChangeNew, record.ApprovalNotRequested)
			for range 2 {
				stands(t, submit(t, r, c.ID), record.ChangeAuthorize, record.ApprovalRequested)
			}
			if _, decisions, err := r.ChangeByNumber(t.Context(), c.Number); err != nil || len(decisions) != 0 {
				t.Errorf("decisions %v, %v", decisions, err)
			}
			c, err := r.Decide(t.Context(), " "+strings.ToLower(c.Number)+"\n", Verdict{By: "bob", Comment: "fine", Approve: true})
			if err != nil {
				t.Fatal(err)
			}
			stands(t, c, record.ChangeScheduled, record.ApprovalApproved)
			stands(t, submit(t, r, c.ID), record.ChangeScheduled, record.ApprovalApproved)
			for _, to := range []record.ChangeState{record.ChangeImplement, record.ChangeImplement, record.ChangeReview} {
				c = move(t, r, c.ID, to)
			}
			if err := s.Retire(t.Context(), c.ID, record.Conclude); err != nil { // under review it stays as it is
				t.Error(err)
			}
			c = move(t, r, c.ID, record.ChangeClosed)
			if c.Outcome != "successful" || c.CloseNotes != "done" || c.Evidence["log"] != "ok" || c.ClosedAt.IsZero() {
				t.Errorf("closed as %+v", c)
			}
			for _, d := range []record.Disposal{record.Conclude, record.Erase} { // evidence is never erased
				if err := s.Retire(t.Context(), c.ID, d); err != nil {
					t.Error(err)
				}
			}
			stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), record.ChangeClosed, record.ApprovalApproved)
			want := slices.Concat([]string{"create"}, slices.Repeat([]string{"transition"}, steps), []string{"request_approval", "approve", "transition", "transition", "transition"})
			if got := actions(t, r, c.ID); !slices.Equal(got, want) {
				t.Errorf("history %v, want %v", got, want)
			}
			decisions, err := s.Approvals(t.Context(), []string{c.ID, "999", "x"})
			if d := decisions[c.ID]; err != nil || len(decisions) != 1 || len(d) != 1 || d[0].Name != "bob" || d[0].Comment != "fine" || d[0].Decision != "approved" || d[0].DecidedAt.IsZero() {
				t.Errorf("decisions %v, %v", decisions, err)
			}
			again := create(t, r, wanted) // a closed change is not resumed
			if again.ID == c.ID || again.Number == c.Number {
				t.Errorf("got %s again", again.Number)
			}
		}
	})
}

func TestIllegalTransitions(t *testing.T) {
	states := []record.ChangeState{
		record.ChangeNew, record.ChangeAssess, record.ChangeAuthorize, record.ChangeScheduled,
		record.ChangeImplement, record.ChangeReview, record.ChangeClosed, record.ChangeCanceled,
	}
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		legal, illegal := 0, 0
		for _, changeType := range record.ChangeTypes() {
			for _, from := range states {
				for _, approval := range []record.Approval{record.ApprovalNotRequested, record.ApprovalApproved} {
					c := create(t, r, change(fmt.Sprintf("%s %s %s", changeType, from, approval), changeType, ""))
					for _, to := range append(states, "nonsense") {
						place(t, r, c, from, approval)
						placed := get[*record.ChangeRequest](t, r, c.Kind(), c.ID)
						transition := record.Transition{To: to, Outcome: "successful", Notes: "done"}
						want := placed.CheckTransition(transition)
						if from == to {
							want = nil
						}
						before := len(actions(t, r, c.ID))
						got, err := changes(r).Transition(t.Context(), c.ID, transition)
						if want == nil {
							legal++
							if err != nil || got.State != to {
								t.Errorf("%s %s -> %s: %v, %v", changeType, from, to, got, err)
							}
							continue
						}
						illegal++
						fails(t, err, record.ErrRefused)
						stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), from, approval)
						if len(actions(t, r, c.ID)) != before {
							t.Errorf("%s %s -> %s: refused, and in the history", changeType, from, to)
						}
					}
				}
			}
		}
		t.Logf("%d legal, %d illegal", legal, illegal)
		if legal < 50 || illegal < 200 {
			t.Errorf("%d legal, %d illegal: the matrix is not whole", legal, illegal)
		}
	})
}

// place puts a change into a state that it could not reach by legal steps alone.
func place(t *testing.T, r *Registry, c *record.ChangeRequest, state record.ChangeState, approval record.Approval) {
	t.Helper()
	err := r.write(t.Context(), false, func(tx *transaction) error {
		now := record.Clone(c)
		now.State, now.Approval, now.Outcome, now.CloseNotes = state, approval, "", ""
		columns, err := columnsOf(now, now)
		if err != nil {
			return err
		}
		id, _ := numeric(c.ID)
		return changes(r).write(t.Context(), tx, id, columns)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClosingNeedsAnOutcome(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		c := create(t, r, change("c", "standard", ""))
		move(t, r, c.ID, record.ChangeImplement)
		move(t, r, c.ID, record.ChangeReview)
		for _, x := range []struct {
			transition record.Transition
			reason     error
		}{
			{record.Transition{To: record.ChangeClosed}, record.ErrRefused},
			{record.Transition{To: record.ChangeClosed, Outcome: "successful"}, record.ErrRefused},
			{record.Transition{To: record.ChangeClosed, Outcome: "great", Notes: "n"}, record.ErrInvalid},
			{record.Transition{To: record.ChangeClosed, Outcome: "successful", Notes: "\x00"}, record.ErrInvalid},
		} {
			_, err := changes(r).Transition(t.Context(), c.ID, x.transition)
			fails(t, err, x.reason)
		}
		_, err := changes(r).Transition(t.Context(), "999", record.Transition{To: record.ChangeClosed})
		fails(t, err, record.ErrNotFound)
	})
}

func TestStandardChangeIsPreApproved(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		c := create(t, r, change("c", "standard", "alice"))
		stands(t, c, record.ChangeScheduled, record.ApprovalApproved)
		_, decisions, err := r.ChangeByNumber(t.Context(), c.Number)
		if err != nil || len(decisions) != 1 || decisions[0].Name != "standard change (pre-approved)" || decisions[0].Decision != "approved" {
			t.Errorf("decisions %v, %v", decisions, err)
		}
		gate, err := r.Stores().Of("change_approval")
		if err != nil {
			t.Fatal(err)
		}
		approval, err := gate.Create(t.Context(), &record.ChangeApproval{ChangeRequestID: c.ID, ContentHash: c.ContentHash, StartImplementation: true})
		if err != nil || approval.Metadata().ID != c.ID {
			t.Fatalf("%v, %v", approval, err)
		}
		stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), record.ChangeImplement, record.ApprovalApproved)
		closures, err := r.Stores().Of("change_closure")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := closures.Create(t.Context(), &record.ChangeClosure{ChangeRequestID: c.ID, Outcome: "successful", Notes: "done"}); err != nil {
			t.Fatal(err)
		}
		stands(t, get[*record.ChangeRequest](t, r, c.Kind(), c.ID), record.ChangeClosed, record.ApprovalApproved)
	})
}

func TestEdits(t *testing.T) {
	edit := func(t *testing.T, r *Registry, id string, f func(*record.ChangeRequest), fields ...string) (*record.ChangeRequest, error) {
		t.Helper()
		c := get[*record.ChangeRequest](t, r, record.KindChangeRequest, id)
		f(c)
		return asChange(changes(r).Update(t.Context(), c, fields))
	}
	describe := func(text string) func(*record.ChangeRequest) {
		return func(c *record.ChangeRequest) { c.Description = text }
	}
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		c := create(t, r, change("c", "normal", "alice"))
		submit(t, r, c.ID)
		edited, err := edit(t, r, c.ID, describe("requested"), "description")
		if err != nil || edited.ContentHash == c.ContentHash {
			t.Fatal(edited, err)
		}
		stands(t, edited, record.ChangeNew, record.ApprovalNotRequested)

		submit(t, r, c.ID)
		if _, err := r.Decide(t.Context(), c.Number, Verdict{By: "bob"}); err != nil {
			t.Fatal(err)
		}
		same, err := edit(t, r, c.ID, describe("requested"), "description") // no difference: the rejection stands
		if err != nil {
			t.Fatal(err)
		}
		stands(t, same, record.ChangeNew, record.ApprovalRejected)
		edited, err = edit(t, r, c.ID, describe("better"), "description")
		if err != nil {
			t.Fatal(err)
		}
		stands(t, edited, record.ChangeNew, record.ApprovalNotRequested)
		if _, decisions, err := r.ChangeByNumber(t.Context(), c.Number); err != nil || len(decisions) != 0 {
			t.Errorf("decisions about the old content still count: %v, %v", decisions, err)
		}
		if !slices.Contains(actions(t, r, c.ID), "reject") {
			t.Error("the rejection is not in the history")
		}

		submit(t, r, c.ID)
		if _, err := r.Decide(t.Context(), c.Number, Verdict{By: "bob", Approve: true}); err != nil {
			t.Fatal(err)
		}
		_, err = edit(t, r, c.ID, describe("smuggled"), "description")
		fails(t, err, record.ErrRefused, c.Number, "description", "new change request")
		if _, err := edit(t, r, c.ID, func(c *record.ChangeRequest) { c.OnDestroy = "keep" }, "on_destroy"); err != nil { // not content
			t.Error(err)
		}
		for _, field := range moved {
			_, err = edit(t, r, c.ID, func(c *record.ChangeRequest) {
				c.Number, c.State, c.Approval, c.Outcome, c.CloseNotes = "CHG1", "closed", "rejected", "x", "x"
				c.Evidence, c.ClosedAt = map[string]string{"a": "b"}, r.now()
			}, field)
			fails(t, err, record.ErrRefused, field)
		}
		move(t, r, c.ID, record.ChangeCanceled)
		_, err = edit(t, r, c.ID, describe("late"), "description")
		fails(t, err, record.ErrRefused, "canceled")
		if kept := get[*record.ChangeRequest](t, r, c.Kind(), c.ID); kept.Description != "better" {
			t.Errorf("kept %q", kept.Description)
		}

		standard := create(t, r, change("becomes standard", "normal", ""))
		submit(t, r, standard.ID)
		edited, err = edit(t, r, standard.ID, func(c *record.ChangeRequest) { c.Type = "standard" }, "type")
		if err != nil {
			t.Fatal(err)
		}
		stands(t, edited, record.ChangeScheduled, record.ApprovalApproved)
	})
}

func TestNumbersAscendWithoutGaps(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		connections := []*Registry{open(t, database), open(t, database)}
		var group sync.WaitGroup
		failures := make([]error, 40)
		for i := range failures {
			group.Go(func() {
				_, failures[i] = tryCreate(t.Context(), connections[i%2], change(fmt.Sprintf("c-%d", i/2), "normal", ""))
			})
		}
		group.Wait()
		conflicts := 0
		for _, err := range failures {
			if err != nil {
				fails(t, err, record.ErrConflict)
				conflicts++
			}
		}
		found, err := connections[0].Changes(t.Context())
		if err != nil || len(found) != 20 || conflicts != 20 {
			t.Fatalf("%d changes, %d conflicts, %v", len(found), conflicts, errors.Join(failures...))
		}
		for i, c := range found {
			if want := fmt.Sprintf("CHG%07d", i+1); c.Number != want {
				t.Errorf("got %s, want %s", c.Number, want)
			}
		}
	})
}
