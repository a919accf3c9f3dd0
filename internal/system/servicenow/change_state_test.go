// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// steps counts the requests that moved a change.
func (r *rehearsal) steps(from int) (n int) {
	for _, asked := range r.Requests()[from:] {
		if asked.Method == http.MethodPatch && strings.Contains(asked.URL, "/change") && strings.Contains(asked.Body, `"state"`) {
			n++
		}
	}
	return n
}

// TestStepIsSentOnce loses the reply to a step: the change is where it should be, or beyond, and no step is taken twice.
func TestStepIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, behave := range map[string]func(*servicenowtest.Behaviour){
		"there":  func(*servicenowtest.Behaviour) {},
		"beyond": func(b *servicenowtest.Behaviour) { b.Lands = map[string]string{"-4": "-3"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t)
			r.Change(behave)
			s := desk(t, r, nil)
			c := opened(t, s, normalChange(1))
			before := len(r.Requests())
			r.Interrupt(servicenowtest.Each(http.MethodPatch, changePath, servicenowtest.CutAfter))
			c, err := s.RequestApproval(t.Context(), c.ID)
			if err != nil || c.State == record.ChangeNew || c.Approval != record.ApprovalRequested {
				t.Fatalf("RequestApproval: %+v, %v", c, err)
			}
			if n := r.steps(before); n != 1 {
				t.Errorf("%d steps were asked for", n)
			}
		})
	}
}

// TestTakingBackThatIsNotKept: while an approval could still count, nothing is edited and nobody is asked again.
func TestTakingBackThatIsNotKept(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"u_infraops_superseded", "state"} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t)
			s := desk(t, r, nil)
			c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
			if err != nil {
				t.Fatal(err)
			}
			r.drop(column)
			edited := record.Clone(c)
			edited.Description = "Some of it"
			_, err = s.Update(t.Context(), edited, []string{"description"})
			e := failure(t, err, record.ErrDropped)
			if wantWords(t, e.Answer+e.Advice, column, "ACL"); r.Record(tableChanges, c.ID)["description"] != c.Description {
				t.Errorf("%s is not kept, and the content was edited", column)
			}
		})
	}
}

// TestNewRoundNeedsTheTakingBack lets an approval remain on a change that is at its beginning.
func TestNewRoundNeedsTheTakingBack(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := opened(t, s, normalChange(1))
	r.AddRecord("sysapproval_approver", map[string]string{"sysapproval": c.ID, "state": "approved", "approver": r.Records("sys_user", "user_name=bob")[0]["sys_id"]})
	r.drop("u_infraops_superseded")
	_, err := s.RequestApproval(t.Context(), c.ID)
	_ = failure(t, err, record.ErrDropped)
	if state := r.Record(tableChanges, c.ID)["state"]; state != states["new"] {
		t.Errorf("the change moved on to state %s", state)
	}
}

// drop lets the instance keep nothing in a column of changes.
func (r *rehearsal) drop(column string) {
	r.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = map[string][]string{tableChanges: {column}} })
}

func TestHiddenTakingBackIsAnError(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := opened(t, s, normalChange(1))
	r.Change(func(b *servicenowtest.Behaviour) {
		b.HideColumns = map[string][]string{tableChanges: {"u_infraops_superseded"}}
	})
	_, err := s.Get(t.Context(), []string{c.ID})
	wantWords(t, failure(t, err, record.ErrUnauthorized).Error(), "u_infraops_superseded")
	_, err = s.Find(t.Context(), record.Query{Stack: stack})
	_ = failure(t, err, record.ErrUnauthorized)
	_, err = s.Approvals(t.Context(), []string{c.ID})
	_ = failure(t, err, record.ErrUnauthorized)
}

// TestTakingBackThatIsCutOff has a column that is too short for the approvals.
func TestTakingBackThatIsCutOff(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 130 {
		r.AddRecord("sysapproval_approver", map[string]string{"sysapproval": c.ID, "state": "rejected", "approver": r.Records("sys_user", fmt.Sprintf("user_name=owner-%d", n%pageSize))[0]["sys_id"]})
	}
	c.Description = "Some of it"
	_, err = s.Update(t.Context(), c, []string{"description"})
	e := failure(t, err, record.ErrDropped)
	wantWords(t, e.Advice, "4000", "maximum length", "u_infraops_superseded")
}

func TestStepWithoutAnyReplyIsNoSuccess(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := opened(t, s, normalChange(1))
	before := len(r.Requests())
	r.Interrupt(servicenowtest.Each(http.MethodPatch, changePath, servicenowtest.CutBefore))
	_, err := s.RequestApproval(t.Context(), c.ID)
	_ = failure(t, err, record.ErrAmbiguous)
	if c, err = s.RequestApproval(t.Context(), c.ID); err != nil || c.State != record.ChangeAssess {
		t.Fatalf("RequestApproval again: %+v, %v", c, err)
	}
	if n := r.steps(before); n > 2 {
		t.Errorf("%d steps were asked for", n)
	}
}

// TestEditThatTakesBackIsSentOnce: an edit of a change that waits moves it back to its beginning.
func TestEditThatTakesBackIsSentOnce(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	before := len(r.Requests())
	r.Interrupt(servicenowtest.Each(http.MethodPatch, "/api/now/table/change_request", servicenowtest.CutAfter))
	c.Description = "Some of it"
	if _, err = s.Update(t.Context(), c, []string{"description"}); err != nil {
		_ = failure(t, err, record.ErrAmbiguous)
		_, err = s.Update(t.Context(), c, []string{"description"})
	}
	found, unread := s.Get(t.Context(), []string{c.ID})
	if err != nil || unread != nil || found[c.ID].State != record.ChangeNew || found[c.ID].Description != c.Description {
		t.Fatalf("after the edit: %+v, %v, %v", found[c.ID], err, unread)
	}
	if n := r.steps(before); n != 1 {
		t.Errorf("%d steps were asked for", n)
	}
}
