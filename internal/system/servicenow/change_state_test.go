// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
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
