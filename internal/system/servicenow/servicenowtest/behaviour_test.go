// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func TestAccessControlDropsAndHides(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) {
		b.DropColumns = map[string][]string{"cmdb_ci": {"environment"}, "change_request": {"description"}}
		b.HideColumns = map[string][]string{"cmdb_ci": {"fqdn"}}
		b.DenyTables = []string{"cmn_location"}
	})
	record := in.ask("POST", "/api/now/table/cmdb_ci_server", `{"name":"web","environment":"Test","fqdn":"web.example.org"}`).want(t, 201)
	if _, shown := record["fqdn"]; shown || record["environment"] != "" {
		t.Errorf("got %v", record)
	}
	if kept := in.Record("cmdb_ci", record["sys_id"].(string)); kept["fqdn"] != "web.example.org" || kept["environment"] != "" {
		t.Errorf("got %v", kept)
	}
	if changed := in.as("admin").ask("PATCH", "/api/now/table/cmdb_ci/"+record["sys_id"].(string), `{"environment":"Test"}`).want(t, 200); changed["environment"] != "Test" {
		t.Errorf("an administrator may not: %v", changed)
	}
	change := in.ask("POST", changes, `{"type":"normal","description":"x"}`).want(t, 200)
	if value(t, change, "description") != "" || fmt.Sprint(change["__meta"]) != "map[ignoredFields:[description]]" {
		t.Errorf("got %v", change["__meta"])
	}
	in.ask("GET", "/api/now/table/cmn_location", "").contains(t, 403, "Insufficient rights to query records")
	in.Change(func(b *servicenowtest.Behaviour) { b.DenyTables = []string{"cmdb", "change_request"} })
	in.ask("GET", "/api/now/table/cmdb_ci/"+record["sys_id"].(string), "").want(t, 404)
	in.ask("POST", "/api/now/table/cmdb_ci_server", "{}").want(t, 403)
	in.ask("POST", identify, server("web", "k", "")).want(t, 403)
	in.ask("POST", changes, "{}").want(t, 403)
	in.ask("GET", changes+"/"+value(t, change, "sys_id").(string), "").want(t, 404)
}

func TestBusinessRule(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) {
		b.BusinessRules = []servicenowtest.BusinessRule{{Name: "No test servers", Table: "cmdb_ci", When: "environment=Test"}}
	})
	in.ask("POST", "/api/now/table/cmdb_ci_server", `{"environment":"Test"}`).contains(t, 403, "Operation against file 'cmdb_ci_server' was aborted by Business Rule 'No test servers^")
	in.ask("POST", "/api/now/table/cmdb_ci_server", `{"environment":"QA"}`).want(t, 201)
	if outcome, _ := in.identified(identify, server("web", "k", `,"environment":"Test"`)); outcome != "<nil> 1" {
		t.Errorf("got %s", outcome)
	}
}

func TestLongURL(t *testing.T) {
	in := start(t)
	query := "/api/now/table/cmdb_ci?sysparm_query=sys_idIN" + strings.Repeat("0123456789abcdef0123456789abcdef,", 62)
	in.ask("GET", query, "").contains(t, 414, "<html>")
	in.ask("GET", query[:1980], "").want(t, 200)
}

func TestRateLimit(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.RateLimit = 2 })
	for range 2 {
		if r := in.ask("GET", "/api/now/table/cmdb_ci", ""); r.status != 200 || r.header.Get("X-RateLimit-Limit") != "2" || r.header.Get("X-RateLimit-Reset") == "" {
			t.Errorf("got %v", r)
		}
	}
	r := in.ask("GET", "/api/now/table/cmdb_ci", "")
	r.contains(t, 429, "Rate limit exceeded")
	if r.header.Get("Retry-After") != "3600" || len(r.header.Get("X-RateLimit-Rule")) != 32 {
		t.Errorf("got %v", r.header)
	}
	in.as("alice").ask("GET", "/api/now/table/cmdb_ci", "").want(t, 200)
}

func TestMaintenance(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.Maintenance, b.Latency = 200, time.Millisecond })
	if r := in.ask("GET", "/api/now/table/cmdb_ci", ""); r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("got %v", r)
	}
}

func TestConnectionsAreCut(t *testing.T) {
	in := start(t)
	const path, body = "/api/now/table/cmdb_ci_server", `{"name":"web"}`
	for _, step := range []struct {
		fault servicenowtest.Fault
		kept  int
		want  int // 0: no answer
	}{{servicenowtest.CutBefore, 0, 0}, {servicenowtest.CutAfter, 1, 0}, {servicenowtest.Unavailable, 1, 503}, {servicenowtest.BadGateway, 2, 502}} {
		in.Interrupt(servicenowtest.Nth(1, "POST", "/api/now/table/", step.fault))
		r, err := in.try("POST", path, body)
		if r.status != step.want || (err == nil) != (step.want != 0) {
			t.Errorf("fault %d: got %v, %v", step.fault, r, err)
		}
		if kept := in.Records("cmdb_ci_server", "name=web"); len(kept) != step.kept {
			t.Errorf("fault %d: %d records, want %d", step.fault, len(kept), step.kept)
		}
	}
	in.Interrupt(servicenowtest.Nth(1, "POST", "/api/now/table/", servicenowtest.HangAfter))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, in.url+path, strings.NewReader(body))
	request.SetBasicAuth("terraform", "terraform")
	if _, err := in.send(request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if kept := in.Records("cmdb_ci_server", "name=web"); len(kept) != 3 {
		t.Errorf("%d records", len(kept))
	}
	in.Interrupt(servicenowtest.Each("POST", "/", servicenowtest.CutAfter))
	for _, name := range []string{"a", "b"} {
		if _, err := in.try("POST", path, fmt.Sprintf(`{"name":%q}`, name)); err == nil {
			t.Errorf("%s got an answer", name)
		}
		in.ask("POST", path, fmt.Sprintf(`{"name":%q}`, name)).want(t, 201)
	}
	last := in.Requests()[len(in.Requests())-2]
	if last.Status != 0 || last.Method != http.MethodPost || last.Body != `{"name":"b"}` || last.User != "terraform" {
		t.Errorf("got %v", last)
	}
	if n := in.Counts()["POST /api/now/table/{table}"]; n != 7 {
		t.Errorf("counted %v", in.Counts())
	}
	in.ResetCounts()
	if len(in.Counts()) != 0 {
		t.Errorf("counted %v", in.Counts())
	}
}

// token asks for an access token.
func (in *instance) token(form url.Values) (int, map[string]any) {
	in.t.Helper()
	request, _ := http.NewRequestWithContext(in.t.Context(), http.MethodPost, in.url+"/oauth_token.do", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := in.send(request)
	if err != nil {
		in.t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(r.text), &body); err != nil {
		in.t.Fatal(err)
	}
	return r.status, body
}

// with asks with a header, and returns the status.
func (in *instance) with(name, content string) reply {
	in.t.Helper()
	request, _ := http.NewRequestWithContext(in.t.Context(), http.MethodGet, in.url+"/api/now/table/cmdb_ci", nil)
	request.Header.Set(name, content)
	r, err := in.send(request)
	if err != nil {
		in.t.Fatal(err)
	}
	return r
}

func TestTokens(t *testing.T) {
	in := start(t)
	in.AddClient("id", "secret", "terraform")
	in.AddAPIKey("key", "terraform")
	in.with("x-sn-apikey", "key").want(t, 200)
	in.with("x-sn-apikey", "other").contains(t, 401, `{"error":{"detail":"Required to provide Auth information","message":"User Not Authenticated"},"status":"failure"}`)

	grant := url.Values{"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"wrong"}}
	if status, body := in.token(grant); status != 401 || fmt.Sprint(body) != "map[error:server_error error_description:access_denied]" {
		t.Errorf("got %d %v", status, body)
	}
	grant.Set("client_secret", "secret")
	status, body := in.token(grant)
	if status != 200 || body["token_type"] != "Bearer" || body["expires_in"] != 1800.0 || body["refresh_token"] != nil {
		t.Fatalf("got %d %v", status, body)
	}
	bearer := "Bearer " + body["access_token"].(string)
	in.with("Authorization", bearer).want(t, 200)
	in.Change(func(b *servicenowtest.Behaviour) { b.TokenRequests = 2 })
	in.with("Authorization", bearer).want(t, 200)
	in.with("Authorization", bearer).want(t, 401)

	_, body = in.token(url.Values{"grant_type": {"password"}, "client_id": {"id"}, "client_secret": {"secret"}, "username": {"alice"}, "password": {"alice"}})
	refresh, _ := body["refresh_token"].(string)
	in.with("Authorization", "Bearer "+refresh).want(t, 401)
	_, body = in.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {"id"}, "client_secret": {"secret"}, "refresh_token": {refresh}})
	in.with("Authorization", fmt.Sprint("Bearer ", body["access_token"])).want(t, 200)
	in.RevokeClient("id")
	in.with("Authorization", fmt.Sprint("Bearer ", body["access_token"])).want(t, 401)
	if status, _ := in.token(grant); status != 401 {
		t.Errorf("got %d", status)
	}
	for _, r := range in.Requests() {
		if strings.Contains(r.Body+r.Answer, "secret") {
			t.Errorf("the log has a secret: %v", r)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	now := time.Now()
	in := servicenowtest.New(servicenowtest.WithClock(func() time.Time { return now }))
	in.AddClient("id", "secret", "admin")
	server := httptest.NewServer(in)
	defer server.Close()
	i := &instance{Instance: in, t: t, url: server.URL}
	_, body := i.token(url.Values{"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"secret"}})
	bearer := fmt.Sprint("Bearer ", body["access_token"])
	i.with("Authorization", bearer).want(t, 200)
	now = now.Add(31 * time.Minute)
	i.with("Authorization", bearer).want(t, 401)
}

func TestCertificateIsRequired(t *testing.T) {
	in := start(t)
	in.Change(func(b *servicenowtest.Behaviour) { b.RequireCertificate = true })
	in.ask("GET", "/api/now/table/cmdb_ci", "").want(t, 401)

	request := httptest.NewRequest(http.MethodGet, "https://example.org/api/now/table/cmdb_ci", nil)
	request.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	request.SetBasicAuth("terraform", "terraform")
	recorder := httptest.NewRecorder()
	in.ServeHTTP(recorder, request)
	if recorder.Code != 200 {
		t.Errorf("got %d", recorder.Code)
	}
}
