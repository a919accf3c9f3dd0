// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func TestTableKeepsWhatItKnows(t *testing.T) {
	in := start(t)
	in.AddColumn("cmdb_ci", servicenowtest.Column{Name: "u_stack", MaxLength: 10})
	created := in.ask("POST", "/api/now/table/cmdb_ci_linux_server", `{"name":"web-1","u_stack":"production-eu","u_owner":"x","cpu_count":4,"virtual":true,
		"support_group":"`+in.group+`","install_date":"2026-05-01T10:00:00Z","sys_id":"0"}`)
	record := created.want(t, http.StatusCreated)
	id, _ := record["sys_id"].(string)
	if !strings.HasSuffix(created.header.Get("Location"), "/api/now/table/cmdb_ci_linux_server/"+id) {
		t.Errorf("Location is %s", created.header.Get("Location"))
	}
	for field, want := range map[string]any{
		"name": "web-1", "cpu_count": "4", "virtual": "true", "sys_class_name": "cmdb_ci_linux_server", "sys_mod_count": "0",
		"u_stack": "production", "u_owner": nil, "install_date": "", "sys_created_by": "terraform",
	} {
		if record[field] != want {
			t.Errorf("%s is %v, want %v", field, record[field], want)
		}
	}
	if group, _ := record["support_group"].(map[string]any); group["value"] != in.group || group["link"] != in.url+"/api/now/table/sys_user_group/"+in.group {
		t.Errorf("support_group is %v", record["support_group"])
	}

	// A record of a class is one of all classes above.
	parent := in.ask("GET", "/api/now/table/cmdb_ci/"+id+"?sysparm_fields=name,sys_class_name,nothing,support_group.name&sysparm_display_value=all", "").want(t, 200)
	if len(parent) != 3 || fmt.Sprint(parent["sys_class_name"]) != "map[display_value:Linux Server value:cmdb_ci_linux_server]" {
		t.Errorf("got %v", parent)
	}
	if fmt.Sprint(parent["support_group.name"]) != "map[display_value:Network value:Network]" {
		t.Errorf("got %v", parent)
	}
	in.ask("GET", "/api/now/table/cmdb_ci_win_server/"+id, "").contains(t, 404, "Record doesn't exist or ACL restricts the record retrieval")

	changed := in.ask("PUT", "/api/now/table/cmdb_ci/"+id, `{"name":"web-2"}`).want(t, 200)
	if changed["name"] != "web-2" || changed["cpu_count"] != "4" || changed["sys_mod_count"] != "1" {
		t.Errorf("PUT is not partial: %v", changed)
	}
	if same := in.ask("PATCH", "/api/now/table/cmdb_ci/"+id, `{"name":"web-2"}`).want(t, 200); same["sys_mod_count"] != "1" {
		t.Errorf("nothing changed, and sys_mod_count is %v", same["sys_mod_count"])
	}
	if r := in.ask("DELETE", "/api/now/table/cmdb_ci/"+id, ""); r.status != 204 || r.text != "" {
		t.Errorf("got %v", r)
	}
	in.ask("GET", "/api/now/table/cmdb_ci/"+id, "").want(t, 404)
}

func TestTableRefuses(t *testing.T) {
	in := start(t)
	in.ask("GET", "/api/now/table/u_nothing", "").contains(t, 400, `"message":"Invalid table u_nothing"`)
	in.ask("POST", "/api/now/table/cmdb_ci", "{").contains(t, 400, "Exception while reading request")
	in.ask("POST", "/api/now/table/sys_dictionary", "{}").contains(t, 403, "ACL Exception Insert Failed due to security constraints")
	in.ask("GET", "/api/now/v1/table/cmdb_ci", "").want(t, 404)
	in.ask("GET", "/api/now/v2/table/cmdb_ci", "").list(t)
	in.ask("GET", "/api/now/nothing", "").contains(t, 400, "Requested URI does not represent any resource")
	in.ask("DELETE", "/api/now/table/cmdb_ci", "").want(t, 405)
}

func TestEncodedQuery(t *testing.T) {
	in := start(t)
	for n, name := range []string{"a", "b", "c", "ab"} {
		in.AddRecord("cmdb_ci_server", map[string]string{"name": name, "cpu_count": fmt.Sprint(9 + n), "support_group": map[bool]string{true: in.group}[n%2 == 0]})
	}
	for query, want := range map[string]string{
		"name=a":                                 "a",
		"name!=a":                                "b,c,ab",
		"nameINa,c":                              "a,c",
		"nameNOT INa,c":                          "b,ab",
		"nameSTARTSWITHa":                        "a,ab",
		"nameENDSWITHb":                          "b,ab",
		"nameLIKEb":                              "b,ab",
		"nameNOT LIKEb":                          "a,c",
		"support_groupISEMPTY":                   "b,ab",
		"support_groupISNOTEMPTY":                "a,c",
		"support_group.name=Network":             "a,c",
		"name=a^ORname=b":                        "a,b",
		"nameLIKEb^cpu_count=10^ORcpu_count=12":  "b,ab",
		"name=a^cpu_count=1^NQname=b":            "b",
		"cpu_count>10":                           "c,ab",
		"cpu_countBETWEEN10@11":                  "b,c",
		"ORDERBYDESCname":                        "c,b,ab,a",
		"nameISNOTEMPTY^ORDERBYDESCcpu_count":    "ab,c,b,a",
		"sys_class_nameINSTANCEOFcmdb_ci_server": "a,b,c,ab",
		"sys_class_name=cmdb_ci":                 "",
		// A misspelt part is ignored: it returns what it was to keep out.
		"u_nam=a":          "a,b,c,ab",
		"u_nam=a^name=b":   "b",
		"name~~a":          "a,b,c,ab",
		"owned_by.u_nam=x": "a,b,c,ab",
		"sys_idIN1,2":      "",
	} {
		var names []string
		for _, r := range in.ask("GET", "/api/now/table/cmdb_ci_server?sysparm_fields=name&sysparm_query="+url.QueryEscape(query), "").list(t) {
			names = append(names, r["name"].(string))
		}
		if got := strings.Join(names, ","); got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
	in.SetProperty("glide.invalid_query.returns_no_rows", "true")
	if rows := in.ask("GET", "/api/now/table/cmdb_ci?sysparm_query=u_nam=a", "").list(t); len(rows) != 0 {
		t.Errorf("got %v", rows)
	}
}

func TestPages(t *testing.T) {
	in := start(t)
	for n := range 7 {
		in.AddRecord("cmdb_ci_server", map[string]string{"name": fmt.Sprintf("s%d", n), "environment": map[bool]string{true: "Test"}[n == 2 || n == 3]})
	}
	in.Change(func(b *servicenowtest.Behaviour) { b.HideRows = map[string]string{"cmdb_ci": "environment=Test"} })
	page := in.ask("GET", "/api/now/table/cmdb_ci?sysparm_limit=2&sysparm_offset=2&sysparm_query=ORDERBYname", "")
	if rows := page.list(t); len(rows) != 0 {
		t.Errorf("access control empties the page, and it has %v", rows)
	}
	if page.header.Get("X-Total-Count") != "7" {
		t.Errorf("X-Total-Count is %s", page.header.Get("X-Total-Count"))
	}
	for _, want := range []string{`sysparm_offset=0&`, `sysparm_offset=4&`, `sysparm_offset=6&`, `>;rel="next"`, `>;rel="prev"`, `>;rel="first"`, `>;rel="last"`} {
		if !strings.Contains(page.header.Get("Link"), want) {
			t.Errorf("Link is %s, without %s", page.header.Get("Link"), want)
		}
	}
	if last := in.ask("GET", "/api/now/table/cmdb_ci?sysparm_limit=2&sysparm_offset=6&sysparm_no_count=true", ""); last.header.Get("X-Total-Count") != "" ||
		strings.Contains(last.header.Get("Link"), `rel="next"`) || len(last.list(t)) != 1 {
		t.Errorf("got %v", last)
	}
	if all := in.as("admin").ask("GET", "/api/now/table/cmdb_ci", "").list(t); len(all) != 7 {
		t.Errorf("an administrator sees %d", len(all))
	}
}

func TestJournalIsWrittenOnly(t *testing.T) {
	in := start(t)
	id, _ := in.ask("POST", "/api/now/table/change_request", `{"short_description":"x","work_notes":"started","state":"3"}`).want(t, 201)["sys_id"].(string)
	record := in.ask("GET", "/api/now/table/change_request/"+id, "").want(t, 200)
	if record["work_notes"] != "" || record["state"] != "-5" {
		t.Errorf("work_notes is %v, state %v", record["work_notes"], record["state"])
	}
	entries := in.ask("GET", "/api/now/table/sys_journal_field?sysparm_query=element_id="+id, "").list(t)
	if len(entries) != 1 || entries[0]["value"] != "started" || entries[0]["element"] != "work_notes" || entries[0]["sys_created_by"] != "terraform" {
		t.Errorf("got %v", entries)
	}
	shown := in.ask("GET", "/api/now/table/change_request/"+id+"?sysparm_display_value=true", "").want(t, 200)
	if text, _ := shown["work_notes"].(string); !strings.Contains(text, "Terraform (Work notes)\nstarted") {
		t.Errorf("work_notes is shown as %q", text)
	}
	if shown["state"] != "New" {
		t.Errorf("state is shown as %v", shown["state"])
	}
}

func TestDisplayValuesAreTakenIfAsked(t *testing.T) {
	in := start(t)
	body := `{"name":"x","support_group":"Network","install_status":"Retired"}`
	plain := in.ask("POST", "/api/now/table/cmdb_ci_server?sysparm_exclude_reference_link=true", body).want(t, 201)
	if plain["support_group"] != "Network" || plain["install_status"] != "1" {
		t.Errorf("got %v, %v", plain["support_group"], plain["install_status"])
	}
	display := in.ask("POST", "/api/now/table/cmdb_ci_server?sysparm_exclude_reference_link=true&sysparm_input_display_value=true", body).want(t, 201)
	if display["support_group"] != in.group || display["install_status"] != "7" {
		t.Errorf("got %v, %v", display["support_group"], display["install_status"])
	}
}

func TestTimesAreShownInTheZoneOfTheUser(t *testing.T) {
	in := start(t)
	in.AddUser(servicenowtest.User{Name: "vienna", Password: "vienna", TimeZone: "Europe/Vienna"})
	id := in.AddRecord("change_request", map[string]string{"start_date": "2027-01-04 10:00:00"})
	shown := in.as("vienna").ask("GET", "/api/now/table/change_request/"+id+"?sysparm_display_value=all&sysparm_fields=start_date", "").want(t, 200)
	if fmt.Sprint(shown) != "map[start_date:map[display_value:2027-01-04 11:00:00 value:2027-01-04 10:00:00]]" {
		t.Errorf("got %v", shown)
	}
}

func TestAdministratorAddsColumns(t *testing.T) {
	in := start(t)
	in.as("admin").ask("POST", "/api/now/table/sys_dictionary", `{"name":"change_request","element":"u_env","internal_type":"string","max_length":"100"}`).want(t, 201)
	if r := in.ask("POST", "/api/now/table/change_request", `{"u_env":"test"}`).want(t, 201); r["u_env"] != "test" {
		t.Errorf("u_env is %v", r["u_env"])
	}
	if rows := in.ask("GET", "/api/now/table/sys_dictionary?sysparm_query=name=change_request^element=u_env", "").list(t); len(rows) != 1 {
		t.Errorf("got %v", rows)
	}
}
