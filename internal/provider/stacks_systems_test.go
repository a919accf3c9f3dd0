// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// requestTracker is a real Request Tracker. Its approver decides by the same interface as the provider, with a token of its own.
func requestTracker(t *testing.T) surroundings {
	t.Helper()
	server := os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_URL")
	if server == "" {
		acctest.Missing(t, "INFRAOPS_TEST_REQUESTTRACKER_URL is not set: see tools/requesttracker.sh")
	}
	approver := tracker{server, os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_APPROVER_TOKEN")}
	return surroundings{
		environment: []string{"INFRAOPS_REQUESTTRACKER_URL=" + server, "INFRAOPS_REQUESTTRACKER_TOKEN=" + os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_TOKEN")},
		approve:     approver.approve,
	}
}

// tracker is Request Tracker as one of its users uses it.
type tracker struct{ url, token string }

// approve approves what waits for the user of a change.
func (r tracker) approve(t *testing.T, number string) {
	t.Helper()
	query := fmt.Sprintf("Type = 'approval' AND Queue = '___Approvals' AND DependedOnBy = %s", strings.TrimLeft(number, "#"))
	var found struct{ Items []struct{ ID json.Number } }
	r.ask(t, http.MethodGet, "/REST/2.0/tickets?query="+url.QueryEscape(query), "", &found)
	if len(found.Items) == 0 {
		t.Errorf("change %s waits for no approval", number)
	}
	for _, approval := range found.Items {
		var answer []string
		r.ask(t, http.MethodPut, "/REST/2.0/ticket/"+approval.ID.String(), `{"Status":"resolved"}`, &answer)
		if len(answer) != 1 || !strings.Contains(answer[0], "to 'resolved'") {
			t.Errorf("approving change %s: %v", number, answer)
		}
	}
}

func (r tracker) ask(t *testing.T, method, path, body string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token "+r.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// serviceNow is an instance in memory, set up as the guide says. One of its users approves.
func serviceNow(t *testing.T) surroundings {
	t.Helper()
	instance := servicenowtest.New()
	for table, columns := range map[string][]string{
		"cmdb_ci":     {"u_infraops_stack"},
		"cmdb_rel_ci": {"u_infraops_stack"},
		"change_request": {
			"u_infraops_name", "u_infraops_environment", "u_infraops_attachments", "u_infraops_triggers", "u_infraops_evidence", "u_infraops_superseded",
		},
	} {
		for _, name := range columns {
			instance.AddColumn(table, servicenowtest.Column{Name: name, MaxLength: 1 << 20})
		}
	}
	for _, name := range []string{"terraform", "platform-team", "grace"} {
		instance.AddUser(servicenowtest.User{Name: name, Password: name, Roles: []string{"itil"}})
	}
	instance.AddClient("pipeline", serviceNowSecret, "terraform")
	instance.SetCAB(instance.AddGroup("Platform", "grace"))
	server := httptest.NewServer(instance)
	t.Cleanup(server.Close)
	return surroundings{
		environment: []string{
			"INFRAOPS_SERVICENOW_URL=" + server.URL, "INFRAOPS_SERVICENOW_CLIENT_ID=pipeline", "INFRAOPS_SERVICENOW_CLIENT_SECRET=" + serviceNowSecret,
			"INFRAOPS_SERVICENOW_ASSIGNMENT_GROUP=Platform",
		},
		approve: func(t *testing.T, number string) {
			t.Helper()
			changes := instance.Records("change_request", "number="+number)
			if len(changes) != 1 {
				t.Fatalf("there are %d changes %s", len(changes), number)
			}
			if err := instance.Decide(changes[0]["sys_id"], "grace", true, "Fine"); err != nil {
				t.Error(err)
			}
		},
	}
}

// serviceNowSecret is what no log, plan or state may hold.
const serviceNowSecret = "correct-horse/battery+staple"
