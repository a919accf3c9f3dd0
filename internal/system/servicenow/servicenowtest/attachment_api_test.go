// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func TestAttachments(t *testing.T) {
	in := start(t)
	id := in.change("normal")
	file := in.ask("POST", "/api/now/attachment/file?table_name=change_request&file_name=plan.json&table_sys_id="+id, `{"a":1}`).want(t, 201)
	if file["size_bytes"] != "7" || file["file_name"] != "plan.json" || file["content_type"] != "application/json" || file["sys_created_by"] != "terraform" {
		t.Errorf("got %v", file)
	}
	path := "/api/now/attachment/" + file["sys_id"].(string)
	if file["download_link"] != in.url+path+"/file" {
		t.Errorf("got %v", file["download_link"])
	}
	content := in.ask("GET", path+"/file", "")
	if content.text != `{"a":1}` || content.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %v", content)
	}
	if listed := in.ask("GET", "/api/now/attachment?sysparm_query=table_sys_idIN"+id, "").list(t); len(listed) != 1 {
		t.Errorf("got %v", listed)
	}
	in.ask("DELETE", path, "").want(t, 204)
	in.ask("GET", path, "").want(t, 404)
	in.ask("POST", "/api/now/attachment/file?table_name=change_request&file_name=x&table_sys_id=1", "x").want(t, 404)
}

func TestBatch(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.BatchLimit = 2 })
	body := base64.StdEncoding.EncodeToString([]byte(`{"name":"web"}`))
	r := in.ask("POST", "/api/now/v1/batch", fmt.Sprintf(`{"batch_request_id":"b","rest_requests":[
		{"id":"1","method":"POST","url":"/api/now/table/cmdb_ci_server","body":%q,"headers":[{"name":"Content-Type","value":"application/json"}]},
		{"id":"2","method":"GET","url":"/api/now/table/u_nothing","exclude_response_headers":true},
		{"id":"3","method":"GET","url":"/api/now/table/cmdb_ci"}]}`, body))
	for _, want := range []string{`"batch_request_id":"b"`, `"status_code":201`, `"status_code":400`, `"unserviced_requests":["3"]`} {
		if !strings.Contains(r.text, want) {
			t.Errorf("got %s, without %s", r.text, want)
		}
	}
	if made := in.Records("cmdb_ci_server", "name=web"); len(made) != 1 || made[0]["sys_created_by"] != "terraform" {
		t.Errorf("got %v", made)
	}
}
