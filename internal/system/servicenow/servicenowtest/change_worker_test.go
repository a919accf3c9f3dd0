// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// work polls a worker, and returns the states that it was in and its last answer.
func (in *instance) work(started reply) (states string, last map[string]any) {
	in.t.Helper()
	last = started.want(in.t, 202)
	id := last["worker"].(map[string]any)["sysId"].(string)
	for range 5 {
		states += last["state"].(map[string]any)["display_value"].(string) + " "
		if states[len(states)-2] == 'e' || states[len(states)-2] == 'r' { // Complete, Error
			break
		}
		last = in.ask("GET", changes+"/worker/"+id, "").want(in.t, 200)
	}
	return states, last
}

func TestAssociation(t *testing.T) {
	in := start(t)
	server := in.AddRecord("cmdb_ci_server", map[string]string{"name": "web"})
	id := in.change("normal")
	in.ask("POST", changes+"/"+id+"/ci", `{"association_type":"all","cmdb_ci_sys_ids":["x"]}`).want(t, 400)
	states, _ := in.work(in.ask("POST", changes+"/"+id+"/ci", fmt.Sprintf(`{"association_type":"affected","cmdb_ci_sys_ids":[%q]}`, server)))
	if states != "Waiting In-Progress Complete " {
		t.Errorf("states are %s", states)
	}
	listed := in.ask("GET", changes+"/"+id+"/ci?association_type=affected", "").list(t)
	if len(listed) != 1 || value(t, listed[0], "ci_item") != server {
		t.Errorf("got %v", listed)
	}
	states, last := in.work(in.ask("POST", changes+"/"+id+"/ci", `{"association_type":"affected","cmdb_ci_sys_ids":"nothing"}`))
	if states != "Waiting In-Progress Error " {
		t.Errorf("states are %s: %v", states, last)
	}
	in.Change(func(b *servicenowtest.Behaviour) { b.FailWorkers, b.WorkerPolls = true, 0 })
	if states, _ := in.work(in.ask("POST", changes+"/"+id+"/ci", fmt.Sprintf(`{"association_type":"affected","cmdb_ci_sys_ids":%q}`, server))); states != "Waiting Error " {
		t.Errorf("states are %s", states)
	}
}

func TestConflicts(t *testing.T) {
	in := start(t)
	server := in.AddRecord("cmdb_ci_server", map[string]string{"name": "web"})
	planned := func(from, to string) string {
		id := in.change("normal")
		in.ask("PATCH", changes+"/"+id, fmt.Sprintf(`{"cmdb_ci":%q,"start_date":"2027-01-04 %s:00:00","end_date":"2027-01-04 %s:00:00"}`, server, from, to)).want(t, 200)
		return id
	}
	in.ask("POST", changes+"/"+in.change("normal")+"/conflict", "").want(t, 400)
	id := planned("10", "12")
	conflicts := func() (string, []any) {
		in.ask("POST", changes+"/"+id+"/conflict", "").want(t, 200)
		for range 5 {
			if r := in.ask("GET", changes+"/"+id+"/conflict", "").want(t, 200); r["job_status"] == "2" {
				return r["status"].(string), r["conflicts"].([]any)
			}
		}
		t.Fatal("the search does not end")
		return "", nil
	}
	if before := in.ask("GET", changes+"/"+id+"/conflict", "").want(t, 200); before["status"] != "Not Run" {
		t.Errorf("got %v", before)
	}
	// The status says Conflict where there is none.
	if status, found := conflicts(); status != "Conflict" || len(found) != 0 {
		t.Errorf("got %s %v", status, found)
	}
	planned("11", "13")
	in.AddSchedule("cmn_schedule_blackout", "New year", time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC), time.Date(2027, 1, 4, 11, 0, 0, 0, time.UTC))
	status, found := conflicts()
	if status != "Conflict" || len(found) != 2 || value(t, found[0].(map[string]any), "type") != "ci_already_scheduled" || value(t, found[1].(map[string]any), "type") != "blackout" {
		t.Errorf("got %s %v", status, found)
	}
	_, last := in.work(in.ask("PATCH", changes+"/"+id+"/schedule/first_available", `{"duration_in_seconds":"7200","planned_start_time":"2027-01-04 08:30:00"}`))
	if fmt.Sprint(last["messages"].(map[string]any)["infoMessages"]) != "[Change has been updated]" || in.Record("change_request", id)["start_date"] != "2027-01-04 13:00:00" {
		t.Errorf("got %v, %s", last, in.Record("change_request", id)["start_date"])
	}
	_, last = in.work(in.ask("GET", changes+"/"+id+"/schedule", ""))
	if spans := last["payload"].(map[string]any)["spans"].([]any); len(spans) != 1 {
		t.Errorf("got %v", spans)
	}
}

func TestChangeTasks(t *testing.T) {
	in := start(t)
	id := in.change("normal")
	task := in.ask("POST", changes+"/"+id+"/task?short_description=Look&no_such_field=x", "").want(t, 200)
	if value(t, task, "parent") != id || fmt.Sprint(task["__meta"]) != "map[ignoredFields:[no_such_field]]" {
		t.Errorf("got %v", task)
	}
	path := changes + "/" + id + "/task/" + value(t, task, "sys_id").(string)
	in.ask("PATCH", path, `{"state":"3"}`).want(t, 200)
	if listed := in.ask("GET", changes+"/"+id+"/task", "").list(t); len(listed) != 1 || value(t, listed[0], "active") != false {
		t.Errorf("got %v", listed)
	}
	in.ask("DELETE", path, "").want(t, 204)
	in.ask("DELETE", path, "").want(t, 404)
}
