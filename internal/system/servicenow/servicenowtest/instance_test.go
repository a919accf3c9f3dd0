// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// instance is a double with an integration user, two approvers and their group.
type instance struct {
	*servicenowtest.Instance
	t     *testing.T
	url   string
	user  string // who asks, with the password of the same name
	group string
}

func start(t *testing.T) *instance {
	t.Helper()
	in := servicenowtest.New()
	for _, name := range []string{"terraform", "alice", "bob"} {
		in.AddUser(servicenowtest.User{Name: name, Password: name, Title: strings.ToUpper(name[:1]) + name[1:], Roles: []string{"itil"}})
	}
	group := in.AddGroup("Network", "alice", "bob")
	server := httptest.NewServer(in)
	t.Cleanup(server.Close)
	return &instance{Instance: in, t: t, url: server.URL, user: "terraform", group: group}
}

type reply struct {
	status int
	header http.Header
	text   string
}

// as asks as another user.
func (in *instance) as(user string) *instance {
	other := *in
	other.user = user
	return &other
}

func (in *instance) ask(method, path, body string) reply {
	in.t.Helper()
	r, err := in.try(method, path, body)
	if err != nil {
		in.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (in *instance) try(method, path, body string) (reply, error) {
	in.t.Helper()
	request, err := http.NewRequestWithContext(in.t.Context(), method, in.url+path, strings.NewReader(body))
	if err != nil {
		in.t.Fatal(err)
	}
	request.SetBasicAuth(in.user, in.user)
	request.Header.Set("Content-Type", "application/json")
	return in.send(request)
}

func (in *instance) send(request *http.Request) (reply, error) {
	in.t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }() // read to the end
	text, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, text: string(text)}, err
}

// want checks the status, and returns the result as an object.
func (r reply) want(t *testing.T, status int) map[string]any {
	t.Helper()
	if r.status != status {
		t.Fatalf("got %d %s, want %d", r.status, r.text, status)
	}
	var body struct {
		Result any
	}
	if len(r.text) > 0 {
		if err := json.Unmarshal([]byte(r.text), &body); err != nil {
			t.Fatalf("%v: %s", err, r.text)
		}
	}
	object, _ := body.Result.(map[string]any)
	return object
}

// list is the result as a list.
func (r reply) list(t *testing.T) []map[string]any {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("got %d %s", r.status, r.text)
	}
	var body struct{ Result []map[string]any }
	if err := json.Unmarshal([]byte(r.text), &body); err != nil {
		t.Fatalf("%v: %s", err, r.text)
	}
	return body.Result
}

// contains checks that an answer says something.
func (r reply) contains(t *testing.T, status int, text string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.text, text) {
		t.Fatalf("got %d %s, want %d and %q", r.status, r.text, status, text)
	}
}

// value is a field of the Change Management API.
func value(t *testing.T, record map[string]any, field string) any {
	t.Helper()
	f, ok := record[field].(map[string]any)
	if !ok {
		t.Fatalf("no field %s in %v", field, record)
	}
	return f["value"]
}
