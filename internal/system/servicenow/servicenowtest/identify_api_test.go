// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"fmt"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

const identify = "/api/now/identifyreconcile?sysparm_data_source=ServiceNow"

// identified sends items, and returns "operation errorCount" and the sys_id of the first.
func (in *instance) identified(path, body string) (string, string) {
	in.t.Helper()
	answer := in.ask("POST", path, body).want(in.t, 200)
	first := answer["items"].([]any)[0].(map[string]any)
	id, _ := first["sysId"].(string)
	return fmt.Sprint(first["operation"], " ", first["errorCount"]), id
}

func server(name, key, rest string) string {
	return fmt.Sprintf(`{"items":[{"className":"cmdb_ci_server","values":{"name":%q%s},"sys_object_source_info":{"source_name":"ServiceNow","source_native_key":%q}}]}`, name, rest, key)
}

func TestIdentification(t *testing.T) {
	in := start(t)
	outcome, id := in.identified(identify, server("web", "k1", ""))
	if outcome != "INSERT 0" || in.Record("cmdb_ci_server", id)["discovery_source"] != "ServiceNow" {
		t.Fatalf("got %s %s", outcome, id)
	}
	for _, step := range []struct{ path, body, want string }{
		{identify, server("web", "k1", ""), "NO_CHANGE 0"},
		{identify, server("web-2", "k1", ""), "UPDATE 0"},
		// The name makes it the same record, whatever the key.
		{identify, server("web-2", "k2", `,"os":"Linux"`), "UPDATE 0"},
		{"/api/now/identifyreconcile/query?sysparm_data_source=ServiceNow", server("web-3", "k1", ""), "UPDATE 0"},
		{identify, `{"items":[{"className":"cmdb_ci_linux_server","values":{"name":"web-2"}}]}`, "UPDATE_WITH_UPGRADE 0"},
	} {
		if outcome, same := in.identified(step.path, step.body); outcome != step.want || same != id {
			t.Errorf("%s gives %s %s, want %s %s", step.body, outcome, same, step.want, id)
		}
	}
	if r := in.Record("cmdb_ci_linux_server", id); r["name"] != "web-2" || r["sys_class_name"] != "cmdb_ci_linux_server" {
		t.Errorf("got %v", r)
	}
	for _, step := range []struct{ path, body, want string }{
		{"/api/now/identifyreconcile", server("x", "k9", ""), "INSERT_AS_INCOMPLETE 0"},
		{"/api/now/identifyreconcile?sysparm_data_source=Nobody", server("x", "k9", ""), "<nil> 1"},
		{identify, `{"items":[{"className":"u_nothing","values":{"name":"x"}}]}`, "<nil> 1"},
		{identify, `{"items":[{"className":"cmdb_ci_server","values":{}}]}`, "<nil> 1"},
	} {
		if outcome, id := in.identified(step.path, step.body); outcome != step.want || id != "Unknown" {
			t.Errorf("%s gives %s %s, want %s", step.body, outcome, id, step.want)
		}
	}
	in.AddRecord("cmdb_ci_server", map[string]string{"name": "twin"})
	in.AddRecord("cmdb_ci_server", map[string]string{"name": "twin"})
	if outcome, _ := in.identified(identify, server("twin", "k3", "")); outcome != "<nil> 1" {
		t.Errorf("two records have the name, and it gives %s", outcome)
	}
}

func TestIdentificationOfRelations(t *testing.T) {
	in := start(t)
	body := `{"items":[{"className":"cmdb_ci_appl","values":{"name":"shop"}},{"className":"cmdb_ci_server","internal_id":"s","values":{"name":"web"}}],
		"relations":[{"parent":0,"child":1,"type":"Runs on::Runs"}]}`
	in.Change(func(b *servicenowtest.Behaviour) { b.RequireHosts = true })
	for _, want := range []string{"INSERT", "NO_CHANGE"} {
		relation := in.ask("POST", identify, body).want(t, 200)["relations"].([]any)[0].(map[string]any)
		if relation["operation"] != want {
			t.Errorf("got %v, want %s", relation, want)
		}
	}
	if relations := in.Records("cmdb_rel_ci", "type.name=Runs on::Runs^parent.name=shop"); len(relations) != 1 {
		t.Errorf("got %v", relations)
	}
	if outcome, _ := in.identified(identify, `{"items":[{"className":"cmdb_ci_appl","values":{"name":"other"}}]}`); outcome != "<nil> 1" {
		t.Errorf("an application without a host gives %s", outcome)
	}
	// What a configuration item is related to goes with it.
	id := in.Records("cmdb_ci_server", "name=web")[0]["sys_id"]
	in.ask("DELETE", "/api/now/table/cmdb_ci/"+id, "").want(t, 204)
	if left := in.Records("cmdb_rel_ci", ""); len(left) != 0 {
		t.Errorf("got %v", left)
	}
}
