// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// A secret with all that is written in another way somewhere.
const nasty = `p&ss "wörd"/+<1>`

func TestNoSecretInLogsAndErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		quoted, _ := json.Marshal(nasty)
		echo := fmt.Sprintf(`{"a":"%s","b":%s,"c":"%s","d":"%s","e":"%s","f":"%s","my_password":"hunter2","refreshToken":["hunter2",{"x":"hunter2"}],"session":"runtime-cookie-1234","g":"open"}`,
			url.QueryEscape(nasty), quoted, url.PathEscape(nasty), base64.StdEncoding.EncodeToString([]byte(nasty)),
			base64.StdEncoding.EncodeToString([]byte("x"+nasty+"y")), base64.StdEncoding.EncodeToString([]byte("jane:"+nasty+".")))
		auth := Login(func(ctx context.Context, send Send) (http.Header, error) {
			_, err := send(ctx, Request{Method: http.MethodPost, Path: "/login", Body: []byte("user=jane&pass=hunter2&next=open"), ContentType: "application/x-www-form-urlencoded"})
			return http.Header{"Cookie": {"session=runtime-cookie-1234"}}, err
		})
		c := serve(t, Config{System: "tickets", Auth: auth, Secrets: []string{nasty}}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path != "/login" && r.Method == http.MethodPost {
				w.WriteHeader(http.StatusForbidden)
			}
			_, _ = fmt.Fprint(w, echo)
		})
		if _, err := c.Do(ctx, Request{Method: http.MethodGet, Path: "/a/" + url.PathEscape(nasty), Query: url.Values{"q": {nasty}, "token": {"hunter2"}, "o": {"open"}}}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/a/" + url.PathEscape(nasty), Body: map[string]string{"secret": "hunter2", "text": nasty, "title": "open"}})
		if err == nil {
			t.Fatal("not refused")
		}
		for where, text := range map[string]string{"log": log.String(), "error": err.Error()} {
			for _, form := range append(forms(nasty), "runtime-cookie-1234") {
				if strings.Contains(text, form) {
					t.Errorf("%q is in the %s:\n%s", form, where, text)
				}
			}
			if !strings.Contains(text, "open") {
				t.Errorf("what is no secret is not in the %s:\n%s", where, text)
			}
		}
		if strings.Contains(log.String(), "hunter2") {
			t.Errorf("a member or field whose name tells of a secret is in the log:\n%s", log.String())
		}
		entries, err := tflogtest.MultilineJSONDecode(&log)
		if err != nil {
			t.Fatal(err)
		}
		last := entries[len(entries)-1]
		if last["@module"] != "provider.tickets" || last["method"] != "POST" || last["status"] != 403.0 || last["attempt"] != 1.0 ||
			last["path"] != "/a/***" || last["request"] != `{"secret":"***","text":"***","title":"open"}` || last["trace_id"] != run().trace {
			t.Errorf("%v", last)
		}
	})
}

func TestLoggedBodies(t *testing.T) {
	c := &Client{secrets: newSecrets("s3cr3t")}
	long := strings.Repeat("x", maxLogged-3) + "s3cr3t"
	for _, b := range []struct{ kind, body, want string }{
		{"application/json", `{"a":1}`, `{"a":1}`},
		{"application/json; charset=utf-8", `{"token":{"a":["}",{}]},"b":2}`, `{"token":"***","b":2}`},
		{"application/json", `{"token" : 12345, "b":2}`, `{"token" :"***", "b":2}`},
		{"application/json", `{"api_key":null}`, `{"api_key":"***"}`},
		{"application/json", `{"pass":"abc`, `{"pass":"***"`},
		{"application/json", `[{"tokens":[1]},{"tokens":[2]}]`, `[{"tokens":"***"},{"tokens":"***"}]`},
		{"application/json", `{"a":"{\"password\":\"x\"}","b":1}`, `{"a":"{\"password\":"***"`},
		{"text/plain", `an odd " and then "token": "x", "b": "c:d"`, `an odd " and then "token":"***", "b": "c:d"`},
		{"application/x-www-form-urlencoded", `grant_type=x&client_secret=abc&b=s3cr3t`, `grant_type=x&client_secret=***&b=***`},
		{"application/pdf", "%PDF\xff\xfe", "(6 bytes of application/pdf)"},
		{"", "\xff", "(1 bytes of unknown type)"},
		{"text/plain", long, strings.Repeat("x", maxLogged-3) + "***"},
		{"text/plain", long + "more", strings.Repeat("x", maxLogged-3) + "***" + fmt.Sprintf("… (%d bytes)", maxLogged+7)},
	} {
		if got := c.loggedBody(b.kind, nil, []byte(b.body)); got != b.want {
			t.Errorf("%.60s is logged as %.60s…%s, want %.60s", b.body, got, got[max(0, len(got)-30):], b.want)
		}
	}
}

func TestNobodyTracesNothingIsComputed(t *testing.T) {
	c := &Client{config: Config{System: "tickets"}, secrets: newSecrets()}
	m := &message{Request: get("/"), url: "http://tickets.example/", body: []byte("{}")}
	a := attempt{answer: &Response{Status: http.StatusOK, Body: []byte("{}")}}
	if n := testing.AllocsPerRun(10, func() { c.log(t.Context(), m, a, 1, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzMask(f *testing.F) {
	f.Add(`{"a":"`, `"}`)
	f.Add(`{"token":`, ``)
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "s3cr3t!?"
		c := &Client{secrets: newSecrets(secret)}
		text := before + secret + after + base64.StdEncoding.EncodeToString([]byte(before+secret+after))
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
			if got := c.loggedBody(kind, nil, []byte(text)); strings.Contains(got, secret) {
				t.Errorf("%q", got)
			}
		}
	})
}

func TestTraceContext(t *testing.T) {
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
	for name, c := range map[string]struct{ parent, state, want, kept string }{
		"of the environment": {parent, "vendor=1", "00-0af7651916cd43dd8448eb211c80319c-", "vendor=1"},
		"none":               {"", "vendor=1", "00-", ""},
		"broken":             {"00-xyz", "", "00-", ""},
		"zeros":              {"00-00000000000000000000000000000000-b7ad6b7169203331-01", "", "00-", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(c.parent, c.state)
			one, two := http.Header{}, http.Header{}
			r.mark(one)
			r.mark(two)
			first, second := one.Get("Traceparent"), two.Get("Traceparent")
			if !traceparent.MatchString(first) || !strings.HasPrefix(first, c.want) || one.Get("Tracestate") != c.kept {
				t.Errorf("%v", one)
			}
			if first == second || first[:36] != second[:36] || strings.Contains(first, "b7ad6b7169203331") {
				t.Errorf("%s and %s are not two new spans of one trace", first, second)
			}
		})
	}
}

// BenchmarkRequest is what a request costs with and without a log, beside what the network and the system cost.
func BenchmarkRequest(b *testing.B) {
	body := []byte(`{"items":[` + strings.Repeat(`{"id":"1","name":"web-01","_url":"https://rt.example/REST/2.0/asset/1"},`, 99) + `{}]}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer server.Close()
	c, err := New(Config{System: "tickets", URL: server.URL, Auth: Header("Authorization", "token 1-14-0123456789abcdef0123456789abcdef")})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for _, run := range []struct {
		name string
		ctx  context.Context
	}{{"quiet", b.Context()}, {"traced", tflogtest.RootLogger(b.Context(), io.Discard)}} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Do(run.ctx, get("/assets")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			req, _ := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/assets", nil)
			resp, err := c.http.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}
