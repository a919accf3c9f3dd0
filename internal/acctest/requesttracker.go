// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/requesttracker"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// RequestTracker is a real Request Tracker, which tools/requesttracker.sh starts. Its users alice and bob may decide.
func RequestTracker(t *testing.T) *Platform {
	t.Helper()
	server := systemtest.Needed(t, "INFRAOPS_TEST_REQUESTTRACKER_URL", "tools/requesttracker.sh")
	p := newPlatform(t, requesttracker.System(), record.Settings{"url": server, "token": os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_TOKEN")})
	p.Decide = func(t *testing.T, number, by string, approve bool, comment string) {
		t.Helper()
		variable := map[string]string{"alice": "REQUESTER", "bob": "APPROVER"}[by]
		user := tracker{t, server, os.Getenv("INFRAOPS_TEST_REQUESTTRACKER_" + variable + "_TOKEN")}
		user.decide(number, approve, comment)
	}
	return p
}

// tracker is Request Tracker as one of its users has it.
type tracker struct {
	t          *testing.T
	url, token string
}

// decide decides about what waits for a change.
func (u tracker) decide(number string, approve bool, comment string) {
	u.t.Helper()
	status := "rejected"
	if approve {
		status = "resolved"
	}
	query := fmt.Sprintf("Type = 'approval' AND Queue = '___Approvals' AND DependedOnBy = %s AND Status = '__Active__'", strings.TrimLeft(number, "#"))
	var found struct{ Items []struct{ ID json.Number } }
	u.ask(http.MethodGet, "/tickets?query="+url.QueryEscape(query), nil, &found)
	if len(found.Items) == 0 {
		u.t.Fatalf("change %s waits for nobody", number)
	}
	for _, approval := range found.Items {
		if comment != "" {
			u.ask(http.MethodPost, "/ticket/"+approval.ID.String()+"/comment", map[string]string{"Content": comment, "ContentType": "text/plain"}, nil)
		}
		u.ask(http.MethodPut, "/ticket/"+approval.ID.String(), map[string]string{"Status": status}, nil)
	}
}

func (u tracker) ask(method, path string, body, into any) {
	u.t.Helper()
	client, err := transport.New(transport.Config{System: "requesttracker", URL: u.url + "/REST/2.0", Auth: transport.Header("Authorization", "token "+u.token)})
	if err != nil {
		u.t.Fatal(err)
	}
	answer, err := client.Do(u.t.Context(), transport.Request{Method: method, Path: path, Body: body})
	if err != nil {
		u.t.Fatal(err)
	}
	if into == nil {
		return
	}
	if err := answer.JSON(into); err != nil {
		u.t.Fatal(err)
	}
}
