// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// answers is a server with a path for each kind of answer.
func answers(t *testing.T, start func(http.Handler) *httptest.Server) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(path string, status int, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		})
	}
	answer("/ok", 200, `{"status": "up", "nodes": [{"id": 12345678901234567, "ready": true}, {"id": 2, "ready": true}], "load": 0.25}`)
	answer("/broken", 503, "warming\tup \x00 "+strings.Repeat("x", 1000))
	answer("/text", 200, "all is well")
	answer("/empty", 204, "")
	answer("/long", 200, strings.Repeat(" ", 1<<20)+"needle")
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/ok?token=hunter2", http.StatusFound)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = fmt.Fprintf(w, `{"host": %q, "method": %q, "agent": %q, "authorization": %q, "plain": %q}`, r.Host, r.Method, r.UserAgent(), r.Header.Get("Authorization"), r.Header.Get("X-Plain"))
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/torn", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = fmt.Fprint(w, "short")
	})
	s := start(mux)
	t.Cleanup(s.Close)
	return s
}

func TestHTTP(t *testing.T) {
	s := answers(t, httptest.NewServer)
	text := func(s string) *string { return &s }
	secret := map[string]string{"Authorization": "Bearer hunter2"}
	for name, l := range map[string]look{
		"ok":                 {check.HTTP{URL: s.URL + "/ok"}, true, "answered 200 OK"},
		"no content":         {check.HTTP{URL: s.URL + "/empty"}, true, "answered 204 No Content"},
		"head":               {check.HTTP{URL: s.URL + "/ok", Method: "HEAD"}, true, "answered 200 OK"},
		"503":                {check.HTTP{URL: s.URL + "/broken"}, false, `answered 503 Service Unavailable: "warming up xxx`},
		"the body is cut":    {check.HTTP{URL: s.URL + "/broken"}, false, `xxx" and more`},
		"503 is expected":    {check.HTTP{URL: s.URL + "/broken", ExpectedStatus: []int64{503, 500}}, true, "answered 503"},
		"404":                {check.HTTP{URL: s.URL + "/nothing"}, false, "answered 404 Not Found"},
		"redirect":           {check.HTTP{URL: s.URL + "/moved"}, false, "answered 302 Found, a redirect to " + s.URL + "/ok?..., which is not followed"},
		"redirect expected":  {check.HTTP{URL: s.URL + "/moved", ExpectedStatus: []int64{302}}, true, "answered 302 Found"},
		"contains":           {check.HTTP{URL: s.URL + "/text", BodyContains: "is well"}, true, `answered 200 OK with a body that contains "is well"`},
		"does not contain":   {check.HTTP{URL: s.URL + "/text", BodyContains: "is bad"}, false, `the body does not contain "is bad": "all is well"`},
		"too far":            {check.HTTP{URL: s.URL + "/long", BodyContains: "needle"}, false, "the first 1048576 bytes of the body do not contain"},
		"too long for JSON":  {check.HTTP{URL: s.URL + "/long", JSONPath: "$"}, false, "too many to read as JSON"},
		"json":               {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.status"}, true, "and $.status selects 1 values"},
		"json equals":        {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.status", Equals: text("up")}, true, `and $.status is "up"`},
		"json differs":       {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.status", Equals: text("down")}, false, `$.status is "up", not "down"`},
		"json selects none":  {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.state"}, false, "$.state selects nothing"},
		"big number":         {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.nodes[0].id", Equals: text("12345678901234567")}, true, ""},
		"fraction":           {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.load", Equals: text("0.25")}, true, ""},
		"all of them":        {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.nodes[*].ready", Equals: text("true")}, true, ""},
		"one of them is not": {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.nodes[*].id", Equals: text("2")}, false, `$.nodes[*].id is "12345678901234567", not "2"`},
		"filter":             {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.nodes[?(@.id > 2)].ready", Equals: text("true")}, true, ""},
		"object":             {check.HTTP{URL: s.URL + "/ok", JSONPath: "$.nodes[1]", Equals: text(`{"id":2,"ready":true}`)}, true, ""},
		"not json":           {check.HTTP{URL: s.URL + "/text", JSONPath: "$.status"}, false, `the body is not JSON (invalid character 'a' looking for beginning of value): "all is well"`},
		"torn":               {check.HTTP{URL: s.URL + "/torn"}, false, "reading the body: unexpected EOF"},
		"agent":              {check.HTTP{URL: s.URL + "/echo", SecretHeaders: secret, JSONPath: "$.agent", Equals: text("terraform-provider-infraops")}, true, ""},
		"method":             {check.HTTP{URL: s.URL + "/echo", Method: "POST", SecretHeaders: secret, JSONPath: "$.method", Equals: text("POST")}, true, ""},
		"headers":            {check.HTTP{URL: s.URL + "/echo", SecretHeaders: secret, Headers: map[string]string{"x-plain": "a"}, JSONPath: "$.plain", Equals: text("a")}, true, ""},
		"host":               {check.HTTP{URL: s.URL + "/echo", SecretHeaders: secret, Headers: map[string]string{"host": "web.test"}, JSONPath: "$.host", Equals: text("web.test")}, true, ""},
	} {
		t.Run(name, l.test)
	}
	ends(t, check.HTTP{URL: s.URL + "/hang"})
}

// A server that repeats a secret does not get it into a message.
func TestHTTP_secret(t *testing.T) {
	s := answers(t, httptest.NewServer)
	wrong := "down"
	secret := map[string]string{"Authorization": "Bearer hunter2"}
	for _, f := range []check.HTTP{
		{URL: s.URL + "/echo?token=hunter2", ExpectedStatus: []int64{500}, SecretHeaders: secret},
		{URL: s.URL + "/echo", BodyContains: "nothing", SecretHeaders: secret},
		{URL: s.URL + "/echo", JSONPath: "$.authorization", Equals: &wrong, SecretHeaders: secret},
		{URL: s.URL + "/moved", SecretHeaders: secret},
		{URL: "http://127.0.0.1:1/?token=hunter2", SecretHeaders: secret},
	} {
		p, err := f.Probe()
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Look(t.Context())
		if text := fmt.Sprint(err, p.Target(), p.Expected()); err == nil || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %v", p.Target(), err)
		}
	}
}

func TestHTTP_tls(t *testing.T) {
	s := answers(t, httptest.NewTLSServer)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	look{check.HTTP{URL: s.URL + "/ok"}, false, "unknown authority"}.test(t)
	look{check.HTTP{URL: s.URL + "/ok", CAPEM: ca}, true, "200 OK"}.test(t)
	look{check.HTTP{URL: s.URL + "/ok", Insecure: true}, true, "200 OK"}.test(t)
}
