// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

const changes = "/api/sn_chg_rest/change"

// change creates a change of a type, and returns its sys_id.
func (in *instance) change(kind string) string {
	in.t.Helper()
	r := in.ask("POST", changes, fmt.Sprintf(`{"type":%q,"short_description":"Reboot","assignment_group":%q}`, kind, in.group)).want(in.t, 200)
	return value(in.t, r, "sys_id").(string)
}

// move asks for a state, and returns the one that the change is in then.
func (in *instance) move(id, state string) string {
	in.t.Helper()
	in.ask("PATCH", changes+"/"+id, fmt.Sprintf(`{"state":%q}`, state)).want(in.t, 200)
	return in.state(id)
}

func (in *instance) state(id string) string { return in.Record("change_request", id)["state"] }

func (in *instance) approval(id string) string { return in.Record("change_request", id)["approval"] }

func (in *instance) decide(id, user string, approve bool) {
	in.t.Helper()
	if err := in.Decide(id, user, approve, "because"); err != nil {
		in.t.Fatal(err)
	}
}

func TestNormalChange(t *testing.T) {
	in := start(t)
	created := in.ask("POST", changes+"/normal?short_description=Reboot&no_such_field=x", fmt.Sprintf(`{"assignment_group":%q,"sys_id":"1"}`, in.group)).want(t, 200)
	id := value(t, created, "sys_id").(string)
	if value(t, created, "state") != -5.0 || value(t, created, "type") != "normal" || value(t, created, "on_hold") != false {
		t.Errorf("got %v", created)
	}
	if ignored := fmt.Sprint(created["__meta"]); ignored != "map[ignoredFields:[no_such_field sys_id]]" {
		t.Errorf("__meta is %s", ignored)
	}
	if group := created["assignment_group"].(map[string]any); group["display_value"] != "Network" {
		t.Errorf("got %v", group)
	}

	if got := in.move(id, "assess"); got != "-4" {
		t.Fatalf("state is %s", got)
	}
	if in.approval(id) != "requested" {
		t.Errorf("approval is %s", in.approval(id))
	}
	in.ask("PATCH", changes+"/"+id, `{"state":"-3"}`).contains(t, 403,
		"Change Request record could not be updated. Operation against file 'change_request' was aborted by Business Rule 'Change Model: Check State Transition^")
	in.ask("PATCH", "/api/now/table/change_request/"+id, `{"state":"-1"}`).contains(t, 403, `"message":"Operation Failed"`)

	in.decide(id, "alice", true)
	if in.state(id) != "-4" {
		t.Errorf("one of two approved, and the state is %s", in.state(id))
	}
	in.decide(id, "bob", true)
	if in.state(id) != "-2" || in.approval(id) != "approved" {
		t.Errorf("all approved, and the change is at %s, %s", in.state(id), in.approval(id))
	}
	if got := in.move(id, "-1"); got != "-1" {
		t.Fatalf("state is %s", got)
	}
	tasks := in.Records("change_task", "change_request="+id)
	if len(tasks) != 2 || tasks[0]["active"] != "true" {
		t.Errorf("tasks are %v", tasks)
	}
	own, _ := in.ask("POST", "/api/now/table/change_task", fmt.Sprintf(`{"change_request":%q,"short_description":"Look"}`, id)).want(t, 201)["sys_id"].(string)
	if got := in.move(id, "0"); got != "0" {
		t.Fatalf("state is %s", got)
	}
	in.ask("PATCH", changes+"/"+id, `{"state":"3"}`).contains(t, 403, "The following fields are mandatory: Close code, Close notes")
	in.ask("PATCH", changes+"/"+id, `{"state":"3","close_code":"Successful","close_notes":"x"}`).contains(t, 403, "mandatory: Close code")
	in.ask("PATCH", changes+"/"+id, `{"state":"3","close_code":"successful","close_notes":"x"}`).contains(t, 403, "Prevent close with open change tasks")
	in.ask("PATCH", "/api/now/table/change_task/"+own, `{"state":"3"}`).want(t, 200)
	in.ask("PATCH", changes+"/"+id, `{"close_code":"successful","close_notes":"x"}`).want(t, 200)
	if got := in.move(id, "3"); got != "3" || in.Record("change_request", id)["active"] != "false" {
		t.Errorf("state is %s", got)
	}
	in.ask("PATCH", changes+"/"+id, `{"state":"4"}`).contains(t, 403, "Check State Transition")
}

func TestRejectionGoesBackToNew(t *testing.T) {
	in := start(t)
	id := in.change("normal")
	in.move(id, "-4")
	in.ask("PATCH", changes+"/"+id+"/approvals", `{"state":"approved"}`).contains(t, 400, "authority")
	in.as("alice").ask("PATCH", changes+"/"+id+"/approvals", `{"state":"rejected","comments":"too risky"}`).want(t, 200)
	if in.state(id) != "-5" || in.approval(id) != "rejected" {
		t.Errorf("rejected, and the change is at %s, %s", in.state(id), in.approval(id))
	}
	approvals := in.Records("sysapproval_approver", "sysapproval="+id+"^ORDERBYstate")
	if len(approvals) != 2 || approvals[0]["state"] != "cancelled" || approvals[1]["state"] != "rejected" {
		t.Fatalf("approvals are %v", approvals)
	}
	comments := in.Records("sys_journal_field", "element_id="+approvals[1]["sys_id"])
	if len(comments) != 1 || comments[0]["value"] != "too risky" || comments[0]["sys_created_by"] != "alice" {
		t.Errorf("comments are %v", comments)
	}
	// A new round does not remember the rejection.
	if in.move(id, "-4"); in.approval(id) != "requested" || len(in.Records("sysapproval_approver", "sysapproval="+id)) != 4 {
		t.Errorf("approval is %s", in.approval(id))
	}
	// Back to New by hand cancels.
	if in.move(id, "-5"); in.approval(id) != "not requested" || len(in.Records("sysapproval_approver", "sysapproval="+id+"^state=cancelled")) != 3 {
		t.Errorf("approval is %s", in.approval(id))
	}
}

func TestApproversDecideByREST(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.AnyApprover = true })
	id := in.change("normal")
	in.move(id, "-4")
	mine := in.ask("GET", "/api/now/table/sysapproval_approver?sysparm_query=approver.user_name=bob^sysapproval="+id, "").list(t)[0]["sys_id"].(string)
	in.as("alice").ask("PATCH", "/api/now/table/sysapproval_approver/"+mine, `{"state":"approved"}`).contains(t, 403, "ACL Exception Update Failed")
	in.as("bob").ask("PATCH", "/api/now/table/sysapproval_approver/"+mine, `{"state":"approved","comments":"fine"}`).want(t, 200)
	if in.state(id) != "-2" {
		t.Errorf("state is %s", in.state(id))
	}
	if others := in.Records("sysapproval_approver", "state=not_required"); len(others) != 1 {
		t.Errorf("got %v", others)
	}
}

func TestCABAuthorises(t *testing.T) {
	in := start(t)
	in.AddUser(servicenowtest.User{Name: "carol", Password: "carol"})
	in.SetCAB(in.AddGroup("CAB", "carol"))
	id := in.change("normal")
	in.move(id, "-4")
	in.decide(id, "alice", true)
	in.decide(id, "bob", true)
	if in.state(id) != "-3" || in.approval(id) != "requested" {
		t.Fatalf("the change is at %s, %s", in.state(id), in.approval(id))
	}
	in.decide(id, "carol", true)
	if in.state(id) != "-2" {
		t.Errorf("the change is at %s", in.state(id))
	}
	emergency := in.change("emergency")
	if got := in.move(emergency, "-3"); got != "-3" {
		t.Fatalf("state is %s", got)
	}
	in.decide(emergency, "carol", true)
	if in.state(emergency) != "-2" {
		t.Errorf("the change is at %s", in.state(emergency))
	}
}

func TestStandardChange(t *testing.T) {
	in := start(t)
	template := in.AddStandardTemplate("Add disk", map[string]string{"short_description": "Add a disk", "assignment_group": in.group, "implementation_plan": "plug"})
	if listed := in.ask("GET", changes+"/standard/template", "").list(t); len(listed) != 1 || value(t, listed[0], "sys_id") != template {
		t.Errorf("got %v", listed)
	}
	created := in.ask("POST", changes+"/standard/"+template, `{"description":"mine","implementation_plan":"mine","correlation_id":"c"}`).want(t, 200)
	if value(t, created, "approval") != "approved" || value(t, created, "implementation_plan") != "plug" || value(t, created, "correlation_id") != "c" ||
		fmt.Sprint(created["__meta"]) != "map[ignoredFields:[description implementation_plan]]" {
		t.Errorf("got %v", created)
	}
	id := value(t, created, "sys_id").(string)
	if got := in.move(id, "-2"); got != "-2" {
		t.Errorf("state is %s", got)
	}
	in.ask("POST", changes+"/standard/nothing", "").want(t, 400)
}

func TestNextStates(t *testing.T) {
	in := start(t)
	id := in.change("normal")
	next := in.ask("GET", changes+"/"+id+"/nextstates", "").want(t, 200)
	if got := fmt.Sprint(next["available_states"]); got != "[-5 -4 4]" {
		t.Errorf("available_states are %s", got)
	}
	if got := fmt.Sprint(next["state_label"]); got != "map[-4:Assess -5:New 4:Canceled]" {
		t.Errorf("state_label is %s", got)
	}
	in.move(id, "-4")
	next = in.ask("GET", changes+"/"+id+"/nextstates", "").want(t, 200)
	var seen []string
	for _, ways := range next["state_transitions"].([]any) {
		for _, way := range ways.([]any) {
			w := way.(map[string]any)
			seen = append(seen, fmt.Sprint(w["from_state"], w["to_state"], " ", w["automatic_transition"], w["transition_available"]))
		}
	}
	if want := []string{"-4-3 true false", "-4-5 false true", "-44 false true"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}

func TestChangeNeedsItsFields(t *testing.T) {
	in := start(t)
	id := value(t, in.ask("POST", changes, `{"type":"normal"}`).want(t, 200), "sys_id").(string)
	in.ask("PATCH", changes+"/"+id, `{"state":"-4"}`).contains(t, 403, "Data Policy Exception: \\n\\tThe following fields are mandatory: Assignment group")
	in.SetProperty("com.snc.change_management.enforce_data_requirements", "false")
	in.ask("PATCH", changes+"/"+id, `{"state":"-4"}`).want(t, 200)
}

func TestStatesLandElsewhere(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.Lands = map[string]string{"assess": "-3"} })
	id := in.change("normal")
	if got := in.move(id, "assess"); got != "-3" || len(in.Records("sysapproval_approver", "sysapproval="+id)) != 0 {
		t.Errorf("state is %s", got)
	}
	other := in.change("normal")
	if got := in.move(other, "-4"); got != "-4" {
		t.Errorf("state is %s", got)
	}
}

func TestResultIsAnArray(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.ResultArrays = true })
	if r := in.ask("POST", changes, `{"type":"normal"}`); !strings.HasPrefix(r.text, `{"result":[{`) {
		t.Errorf("got %s", r.text)
	}
}

func TestDeleteChange(t *testing.T) {
	in := start(t)
	in.AddUser(servicenowtest.User{Name: "manager", Password: "manager", Roles: []string{"change_manager"}})
	id := in.change("normal")
	in.ask("DELETE", changes+"/"+id, "").want(t, 403)
	in.ask("DELETE", "/api/now/table/change_request/"+id, "").want(t, 403)
	in.as("manager").ask("DELETE", changes+"/"+id, "").want(t, 204)
	in.ask("GET", changes+"/"+id, "").want(t, 404)
}
