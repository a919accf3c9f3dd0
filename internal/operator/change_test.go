// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func TestChangeList(t *testing.T) {
	s := newShop(t)
	s.fill()
	s.golden("change_list", run(t, "change", "list").succeeds(t))
	s.golden("change_list_open", run(t, "change", "list", "--state", "open").succeeds(t))
	s.golden("change_list_json", run(t, "change", "list", "--state", "closed", "--json").succeeds(t))
	s.golden("change_list_none", run(t, "change", "list", "--state", "review,canceled").succeeds(t))
	if out := run(t, "change", "list", "--state", "review", "--json").succeeds(t); out != "[]\n" {
		t.Errorf("no change as JSON is %q", out)
	}
}

func TestChangesAreSortedByNumber(t *testing.T) {
	a, b := &record.ChangeRequest{Number: "CHG999"}, &record.ChangeRequest{Number: "CHG1000"}
	if byNumber(a, b) >= 0 || byNumber(b, a) <= 0 {
		t.Error("CHG999 comes before CHG1000")
	}
}

func TestChangeShow(t *testing.T) {
	s := newShop(t)
	web := s.fill()
	s.golden("change_show_requested", run(t, "change", "show", web.Number).succeeds(t))
	s.golden("change_show_json", run(t, "change", "show", web.Number, "--json").succeeds(t))
	s.decide(web, registry.Verdict{By: "grace", Comment: "Discussed with the\ndatabase team", Approve: true})
	s.golden("change_show_approved", run(t, "change", "show", web.Number).succeeds(t))
	s.walk(web, record.ChangeClosed)
	s.golden("change_show_closed", run(t, "change", "show", web.Number).succeeds(t))
}

func TestChangeShowRejected(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	s.decide(web, registry.Verdict{By: "grace", Comment: "Not during the sale"})
	s.golden("change_show_rejected", run(t, "change", "show", web.Number).succeeds(t))
}

func TestChangeShowOfADecommission(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	end := s.change("payments-prod", &record.ChangeRequest{Name: "decommission/" + web.ID, Summary: "Take web-01 down", RequestedBy: "ada"})
	foreign := s.change("lab", &record.ChangeRequest{Name: "decommission/" + web.ID, Summary: "Not theirs"})
	if out := run(t, "change", "show", end.Number).succeeds(t); !strings.Contains(out, "Decommissions:  "+web.Number+"  "+web.Summary+"\n") {
		t.Error(out)
	}
	if out := run(t, "change", "show", foreign.Number).succeeds(t); strings.Contains(out, "Decommissions:") {
		t.Error(out)
	}
	if out := run(t, "change", "approve", end.Number, "--as", "grace").succeeds(t); !strings.Contains(out, "It is approved: terraform destroy goes on from here.") {
		t.Error(out)
	}
	run(t, "change", "reject", foreign.Number, "--as", "grace").succeeds(t)
	if out := run(t, "change", "show", foreign.Number).succeeds(t); !strings.Contains(out, "runs terraform apply and terraform destroy, which asks again") {
		t.Error(out)
	}
	writeState(t, "web.tfstate", [2]string{"infraops_change_request", web.ID})
	if out := run(t, "record", "orphans", "--stack", "payments-prod", "--state", "web.tfstate").succeeds(t); !strings.Contains(out, "Orphans: none.") {
		t.Errorf("the decommission of what is managed is an orphan:\n%s", out)
	}
}

func TestChangeShowNamesTheDatabaseItWasGiven(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	out := run(t, "change", "show", web.Number, "--database", "./infraops.db").succeeds(t)
	if !strings.Contains(out, "change approve "+web.Number+" --as NAME --comment TEXT --database ./infraops.db\n") {
		t.Error(out)
	}
}

func TestApprove(t *testing.T) {
	s := newShop(t)
	web := s.fill()
	s.golden("change_approve", run(t, "change", "approve", web.Number, "--as", "grace", "--comment", "Fine").succeeds(t))
	change, decisions, err := s.registry.ChangeByNumber(t.Context(), web.Number)
	if err != nil || change.Approval != record.ApprovalApproved {
		t.Fatalf("%+v, %v", change, err)
	}
	last := decisions[len(decisions)-1]
	if last.Name != "grace" || last.Decision != "approved" || last.Comment != "Fine" || last.DecidedAt.IsZero() {
		t.Errorf("%+v", last)
	}
	run(t, "change", "approve", web.Number, "--as", "linus").fails(t, exitFailure, "approving change request", web.Number, "approved")
}

func TestReject(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	s.golden("change_reject", run(t, "change", "reject", web.Number, "--as", "grace", "--comment", "Not during the sale").succeeds(t))
	run(t, "change", "reject", web.Number, "--as", "grace").fails(t, exitFailure, "rejecting change request", web.Number)
}

func TestDecisionsThatAreRefused(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	for name, c := range map[string]struct{ as, text string }{
		"requester":               {"ada", "has requested"},
		"requester in upper case": {"ADA", "has requested"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, "change", "approve", web.Number, "--as", c.as).fails(t, exitFailure, "approving change request", web.Number, "infraops.db", c.text)
		})
	}
	for _, args := range [][]string{{"show"}, {"approve", "--as", "grace"}, {"reject", "--as", "grace"}} {
		for _, number := range []string{"CHG9999999", "", "CHG\x1b[2J", "'; DROP TABLE x; --", strings.Repeat("9", 5000)} {
			run(t, append([]string{"change", args[0], number}, args[1:]...)...).fails(t, exitFailure, "there is no change request", "--database")
		}
	}
	change, _, err := s.registry.ChangeByNumber(t.Context(), web.Number)
	if err != nil || change.Approval != record.ApprovalRequested {
		t.Errorf("the refused decisions left %+v, %v", change, err)
	}
}

// The text of a change comes from whoever asks for it, and must not deceive whoever approves it.
func TestChangeShowPrintsNoControlCharacters(t *testing.T) {
	s := newShop(t)
	c := webChange()
	c.Description = "harmless\rand \u202edesrever\u202c"
	c.Attachments = map[string]string{"plan.txt": "+ create\r- destroy"}
	web := s.change("payments-prod", c)
	out := run(t, "change", "show", web.Number).succeeds(t)
	for _, text := range []string{`harmless\u000dand \u202edesrever\u202c`, `+ create\u000d- destroy`} {
		if !strings.Contains(out, text) {
			t.Errorf("the output lacks %q:\n%s", text, out)
		}
	}
}

func TestChangeShowAsJSONIsOneDocument(t *testing.T) {
	s := newShop(t)
	web := s.change("payments-prod", webChange())
	var got struct {
		ID            string         `json:"id"`
		Kind          string         `json:"kind"`
		Stack         string         `json:"stack"`
		Name          string         `json:"name"`
		CorrelationID string         `json:"correlation_id"`
		Fields        map[string]any `json:"fields"`
		Decisions     []any          `json:"decisions"`
	}
	if err := json.Unmarshal([]byte(run(t, "change", "show", web.Number, "--json").succeeds(t)), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != web.ID || got.Kind != "change_request" || got.Stack != "payments-prod" || got.CorrelationID != web.CorrelationID || got.Decisions == nil {
		t.Errorf("%+v", got)
	}
	if got.Fields["number"] != web.Number || got.Fields["planned_start"] != "2031-03-01T22:00:00Z" || got.Fields["closed_at"] != nil {
		t.Errorf("%+v", got.Fields)
	}
	if _, ok := got.Fields["on_destroy"]; ok {
		t.Error("on_destroy is Terraform's input, not part of the record")
	}
}
