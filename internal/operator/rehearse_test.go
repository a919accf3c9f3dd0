// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow"
)

// rehearse starts an instance, and returns its URL, what it prints, and how to end it.
func rehearse(t *testing.T, args ...string) (url string, lines *bufio.Scanner, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- Run(ctx, "1.2.3", systems(), append([]string{"rehearse", "servicenow", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), in, in)
		_ = in.Close()
	}()
	lines = bufio.NewScanner(out)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "rehearsed at "); ok {
			url, _, _ = strings.Cut(rest, " ")
		}
		if strings.HasPrefix(lines.Text(), "The user admin") {
			break
		}
	}
	if url == "" {
		t.Fatal("it does not say where it listens")
	}
	return url, lines, func() int {
		cancel()
		go func() { _, _ = io.Copy(io.Discard, out) }()
		select {
		case c := <-code:
			return c
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
			return 0
		}
	}
}

func ask(t *testing.T, method, url, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("terraform", "terraform")
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }() // read to the end
	var answer struct{ Result any }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	object, _ := answer.Result.(map[string]any)
	return response.StatusCode, object
}

func TestRehearseServiceNow(t *testing.T) {
	url, lines, end := rehearse(t, "--approve", "--lose-replies", "--drop", "change_request.description")
	const body = `{"type":"normal","short_description":"Reboot","description":"x","u_infraops_name":"a"}`
	if status, _ := ask(t, http.MethodPost, url+"/api/sn_chg_rest/change", body); status != 0 {
		t.Errorf("the first attempt is answered with %d", status)
	}
	status, change := ask(t, http.MethodPost, url+"/api/sn_chg_rest/change", body)
	if status != http.StatusOK || fmt.Sprint(change["u_infraops_name"]) != "map[display_value:a value:a]" || fmt.Sprint(change["description"]) != "map[display_value: value:]" {
		t.Fatalf("got %d %v", status, change)
	}
	id := change["sys_id"].(map[string]any)["value"]
	group, _ := ask(t, http.MethodGet, url+"/api/now/table/sys_user_group?sysparm_query=name=Change%20Approvers", "")
	if group != http.StatusOK {
		t.Errorf("got %d", group)
	}
	path := fmt.Sprint(url, "/api/now/table/change_request/", id)
	for range 2 { // one reply is lost
		ask(t, http.MethodPatch, path+"?sysparm_input_display_value=true", `{"assignment_group":"Change Approvers","state":"Assess"}`)
	}
	for n := 0; n < 2 && lines.Scan(); {
		if strings.Contains(lines.Text(), "(Reboot) was approved by ") {
			n++
		}
	}
	if _, change := ask(t, http.MethodGet, path, ""); change["state"] != "-2" {
		t.Errorf("state is %v", change["state"])
	}
	if code := end(); code != exitSuccess {
		t.Errorf("exit code %d", code)
	}
}

func TestRehearseSaysWhoApproves(t *testing.T) {
	url, lines, end := rehearse(t)
	_, change := ask(t, http.MethodPost, url+"/api/sn_chg_rest/change", `{"type":"normal","short_description":"Reboot <1>"}`)
	path := fmt.Sprint(url, "/api/now/table/change_request/", change["sys_id"].(map[string]any)["value"])
	ask(t, http.MethodPatch, path+"?sysparm_input_display_value=true", `{"assignment_group":"Change Approvers","state":"Assess"}`)
	for lines.Scan() && !strings.Contains(lines.Text(), "(Reboot <1>) waits for grace: "+url) {
		continue
	}
	if page := browse(t, url+"/nav_to.do?uri=change_request.do", nil); !strings.Contains(page, "(Reboot &lt;1&gt;) waits for grace.") {
		t.Errorf("got %s", page)
	}
	id := change["sys_id"].(map[string]any)["value"].(string)
	form := neturl.Values{"change": {id}, "user": {"grace"}, "decision": {"reject"}, "comment": {"not today"}}
	if page := browse(t, url+"/rehearsal/decide", form); !strings.Contains(page, "No change waits") {
		t.Errorf("got %s", page)
	}
	if _, change := ask(t, http.MethodGet, path, ""); change["approval"] != "rejected" {
		t.Errorf("approval is %v", change["approval"])
	}
	if page := browse(t, url+"/rehearsal/decide", form); !strings.Contains(page, "does not wait for grace") {
		t.Errorf("got %s", page)
	}
	if code := end(); code != exitSuccess {
		t.Errorf("exit code %d", code)
	}
}

// browse is what a person sees in the browser, who sends a form unless it is nil.
func browse(t *testing.T, url string, form neturl.Values) string {
	t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRehearseCannotListen(t *testing.T) {
	run(t, "rehearse", "servicenow", "--listen", "192.0.2.1:1").fails(t, exitFailure, "listening at 192.0.2.1:1")
}

func TestRehearseDropsOnlyWhatThereIs(t *testing.T) {
	for _, path := range []string{"nowhere.description", "cmdb_ci.short_story", "cmdb_rel_ci.u_infraops_name", "task.u_infraops_name", "description", "change_request."} {
		run(t, "rehearse", "servicenow", "--listen", "192.0.2.1:1", "--drop", path).fails(t, exitUsage, path, "is no column")
	}
	for _, path := range []string{"change_request.u_infraops_name", "change_request.description", "cmdb_ci_server.correlation_id"} {
		run(t, "rehearse", "servicenow", "--listen", "192.0.2.1:1", "--drop", path).fails(t, exitFailure, "listening at")
	}
}

// TestRehearsalIsSetUp holds the rehearsal to what the system itself looks for in an instance.
func TestRehearsalIsSetUp(t *testing.T) {
	url, _, end := rehearse(t)
	defer end()
	system := servicenow.System()
	conn, err := system.Open(record.Settings{"url": url, "username": rehearsalUser, "password": rehearsalUser, "assignment_group": rehearsalGroup})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	findings, err := conn.(record.Validator).Validate(t.Context())
	if err != nil || len(findings) == 0 {
		t.Fatalf("got %v, %v", findings, err)
	}
	for _, f := range findings {
		if !f.OK {
			t.Errorf("%s: %s", f.What, f.Problem)
		}
	}
}
