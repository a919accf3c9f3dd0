// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// desk is a connection with its store of changes.
func desk(t *testing.T, r *rehearsal, more record.Settings) *changeStore {
	t.Helper()
	return store[*changeStore](t, r.connect(t, more), record.KindChangeRequest)
}

func opened(t *testing.T, s *changeStore, c *record.ChangeRequest) *record.ChangeRequest {
	t.Helper()
	kept, err := s.Create(t.Context(), c)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return kept
}

// started opens a change, and has it approved and begun.
func started(t *testing.T, r *rehearsal, s *changeStore) *record.ChangeRequest {
	t.Helper()
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.decide(c, "bob", true, "go"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Transition(t.Context(), c.ID, record.Transition{To: record.ChangeImplement}); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOpenTasksAreNamed(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := started(t, r, s)
	r.AddRecord("change_task", map[string]string{"change_request": c.ID, "number": "CTASK0099", "short_description": "Label the rack", "state": "1", "active": "true"})
	if _, err := s.Transition(t.Context(), c.ID, record.Transition{To: record.ChangeReview}); err != nil {
		t.Fatal(err)
	}
	closing := record.Transition{To: record.ChangeClosed, Outcome: "successful", Notes: "done"}
	_, err := s.Transition(t.Context(), c.ID, closing)
	wantWords(t, failure(t, err, record.ErrRefused).Error(), "CTASK0099", "Label the rack", c.Number)
}

func TestRejectionAndANewRound(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := opened(t, s, normalChange(1))
	for round, comment := range []string{"no", "still no\nin two lines"} {
		if c.Approval != record.ApprovalNotRequested {
			t.Errorf("round %d begins with approval %s", round, c.Approval)
		}
		waiting, err := s.RequestApproval(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.decide(waiting, "bob", false, comment); err != nil {
			t.Fatal(err)
		}
		found, err := s.Get(t.Context(), []string{c.ID})
		if err != nil || found[c.ID].Approval != record.ApprovalRejected || found[c.ID].State != record.ChangeNew {
			t.Fatalf("after a rejection: %+v, %v", found[c.ID], err)
		}
		said, err := s.Approvals(t.Context(), []string{c.ID})
		if err != nil || len(said[c.ID]) != 1 || said[c.ID][0].Name != "bob" || said[c.ID][0].Comment != comment {
			t.Errorf("round %d: the decisions are %+v, %v", round, said[c.ID], err)
		}
		edited := found[c.ID]
		edited.Description = comment
		if c, err = s.Update(t.Context(), edited, []string{"description"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.Records("sysapproval_approver", "sysapproval="+c.ID)); n != 2 {
		t.Errorf("ServiceNow shows %d approvals, want the history of 2", n)
	}
}

func TestNobodyApprovedIsNotApproved(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.Change(func(b *servicenowtest.Behaviour) { b.NoApprovals = true })
	s := desk(t, r, nil)
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	if c.Approval == record.ApprovalApproved {
		t.Errorf("nobody was asked, and the change is in state %s and its approval is %s", c.State, c.Approval)
	}
}

func TestRequestersOwnApprovalDoesNotCount(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]map[string][]string{
		"names are shown": nil, "names are hidden": {"sys_user": {"user_name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t)
			conn := r.connect(t, nil)
			s := store[*changeStore](t, conn, record.KindChangeRequest)
			own := normalChange(1)
			own.RequestedBy = "bob" // Who is also the one to be asked.
			c, err := s.RequestApproval(t.Context(), opened(t, s, own).ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.decide(c, "bob", true, "mine"); err != nil {
				t.Fatal(err)
			}
			r.Change(func(b *servicenowtest.Behaviour) { b.HideColumns = hidden })
			found, err := s.Get(t.Context(), []string{c.ID})
			if err != nil || found[c.ID].Approval == record.ApprovalApproved {
				t.Errorf("the requester approved the change: %+v, %v", found[c.ID], err)
			}
			said, err := s.Approvals(t.Context(), []string{c.ID})
			if err != nil || len(said[c.ID]) == 0 || hidden["sys_user"] != nil && said[c.ID][0].Name != found[c.ID].RequestedBy {
				t.Errorf("the decisions are %+v, %v, and the requester is %q", said[c.ID], err, found[c.ID].RequestedBy)
			}
		})
	}
}

// TestApprovalsAfterNobodyAsked: a change that names no requester was requested by the account, and others approve it.
func TestApprovalsAfterNobodyAsked(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	own := normalChange(1)
	own.RequestedBy = ""
	c, err := s.RequestApproval(t.Context(), opened(t, s, own).ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.decide(c, "bob", true, "go"); err != nil {
		t.Fatal(err)
	}
	found, err := s.Get(t.Context(), []string{c.ID})
	if err != nil || found[c.ID].Approval != record.ApprovalApproved {
		t.Errorf("bob approved the change: %+v, %v", found[c.ID], err)
	}
	for table, column := range map[string]string{tableChanges: "requested_by", "sysapproval_approver": "approver"} {
		r.Change(func(b *servicenowtest.Behaviour) { b.HideColumns = map[string][]string{table: {column}} })
		_, err = s.Get(t.Context(), []string{c.ID})
		wantWords(t, failure(t, err, record.ErrUnauthorized).Error(), column)
	}
}

func TestRulesOfTheInstanceAreQuoted(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.Change(func(b *servicenowtest.Behaviour) {
		b.BusinessRules = []servicenowtest.BusinessRule{{Name: "No changes on Friday", Table: tableChanges, When: "state=-1"}}
	})
	s := desk(t, r, nil)
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.decide(c, "bob", true, "go"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Transition(t.Context(), c.ID, record.Transition{To: record.ChangeImplement})
	wantWords(t, failure(t, err, record.ErrRefused).Error(), "No changes on Friday", c.Number)
}

// TestFileThatSomebodyReplaced shows what approvers see, not what was uploaded once.
func TestFileThatSomebodyReplaced(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c := opened(t, s, normalChange(1))
	files, err := s.files(t.Context(), []string{c.ID})
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if err := s.removeFile(t.Context(), files[0]); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Get(t.Context(), []string{c.ID}); err != nil || len(found[c.ID].Attachments) != 0 {
		t.Errorf("the file is gone, and the change has %v, %v", found[c.ID].Attachments, err)
	}
	if err := s.upload(t.Context(), c.ID, "plan.txt", "- everything"); err != nil {
		t.Fatal(err)
	}
	found, err := s.Get(t.Context(), []string{c.ID})
	if err != nil || found[c.ID].Attachments["plan.txt"] != "- everything" || found[c.ID].ContentHash == c.ContentHash {
		t.Errorf("the file was replaced, and the change has %v, %v", found[c.ID].Attachments, err)
	}
	if _, err := s.Update(t.Context(), c, []string{"attachments.plan.txt"}); err != nil {
		t.Fatal(err)
	}
	if files, err = s.files(t.Context(), []string{c.ID}); err != nil || len(files) != 1 {
		t.Errorf("%d files after the correction, %v", len(files), err)
	}
}

// TestBothShapesOfResults: the documentation shows a record and a list with one.
func TestBothShapesOfResults(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.Change(func(b *servicenowtest.Behaviour) { b.ResultArrays = true })
	started(t, r, desk(t, r, nil))
}

func TestConflictsRefuseToAsk(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	c := normalChange(1)
	r.AddSchedule("cmn_schedule_blackout", "Christmas freeze", c.PlannedStart.Add(-time.Hour), c.PlannedEnd.Add(time.Hour))
	for option, refused := range map[string]bool{conflictsIgnored: false, conflictsRefused: true} {
		conn := r.connect(t, record.Settings{"conflicts": option})
		item, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), &record.ConfigurationItem{Meta: record.Meta{Stack: stack}, Class: "server", Name: option})
		if err != nil {
			t.Fatal(err)
		}
		s := store[*changeStore](t, conn, record.KindChangeRequest)
		for n, during := range []bool{true, false} {
			c := normalChange(n)
			c.Name += option
			c.ConfigurationItemIDs = []string{item.Metadata().ID}
			if !during {
				c.PlannedStart, c.PlannedEnd = c.PlannedStart.AddDate(0, 1, 0), c.PlannedEnd.AddDate(0, 1, 0)
			}
			_, err = s.RequestApproval(t.Context(), opened(t, s, c).ID)
			if refused && during {
				wantWords(t, failure(t, err, record.ErrRefused).Error(), "Blackout", "Christmas freeze")
			} else if err != nil {
				t.Errorf("conflicts = %s, during the blackout %t: %v", option, during, err)
			}
		}
	}
}

func TestHiddenApprovalsAreNoAbsence(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	s := desk(t, r, nil)
	c, err := s.RequestApproval(t.Context(), opened(t, s, normalChange(1)).ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Change(func(b *servicenowtest.Behaviour) {
		b.HideRows = map[string]string{"sysapproval_approver": "state=requested"}
	})
	_, err = s.Approvals(t.Context(), []string{c.ID})
	_ = failure(t, err, record.ErrUnauthorized)
	r.Change(func(b *servicenowtest.Behaviour) { b.HideRows = map[string]string{tableChanges: "state=-4"} })
	_, err = s.Create(t.Context(), normalChange(1))
	_ = failure(t, err, record.ErrUnauthorized)
}

// TestLostAnswerOfEveryWrite loses the answer to each write in turn, and does what the lifecycle does then: look up, adopt, complete.
func TestLostAnswerOfEveryWrite(t *testing.T) {
	t.Parallel()
	for _, w := range []struct{ method, path string }{
		{http.MethodPost, "/api/sn_chg_rest/change/normal"},
		{http.MethodPost, "/api/now/attachment/file"},
		{http.MethodPatch, "/api/now/table/change_request"},
		{http.MethodPost, "/api/sn_chg_rest/change/"},
		{http.MethodPatch, "/api/sn_chg_rest/change/"},
	} {
		t.Run(w.method+" "+w.path, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t)
			conn := r.connect(t, nil)
			item, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(1))
			if err != nil {
				t.Fatal(err)
			}
			s := store[*changeStore](t, conn, record.KindChangeRequest)
			wanted := normalChange(1)
			wanted.ConfigurationItemIDs = []string{item.Metadata().ID}
			r.Interrupt(servicenowtest.Each(w.method, w.path, servicenowtest.CutAfter))
			kept, err := s.Create(t.Context(), wanted)
			if err != nil {
				_ = failure(t, err, record.ErrAmbiguous)
				_, err = s.Create(t.Context(), wanted)
				held := record.Clone(wanted)
				held.ID = failure(t, err, record.ErrConflict).ID
				if kept, err = s.Update(t.Context(), held, all(wanted)); errors.Is(err, record.ErrAmbiguous) {
					kept, err = s.Update(t.Context(), held, all(wanted))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if kept, err = s.RequestApproval(t.Context(), kept.ID); err != nil || kept.State != record.ChangeAssess {
				t.Fatalf("RequestApproval: %+v, %v", kept, err)
			}
			if kept.Attachments["plan.txt"] != wanted.Attachments["plan.txt"] || len(kept.ConfigurationItemIDs) != 1 {
				t.Errorf("kept %+v", kept)
			}
			for table, query := range map[string]string{tableChanges: "", tableFiles: "", "task_ci": "", "sysapproval_approver": "state=requested"} {
				if n := len(r.Records(table, query)); n != 1 {
					t.Errorf("there are %d records of %s, want 1", n, table)
				}
			}
		})
	}
}
