// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// file writes PEM blocks.
func file(t *testing.T, blocks ...*pem.Block) string {
	t.Helper()
	var text bytes.Buffer
	for _, b := range blocks {
		_ = pem.Encode(&text, b)
	}
	name := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// identity is a certificate for 127.0.0.1 with its key, in files.
func identity(t *testing.T, s *httptest.Server) (certificate, key string) {
	t.Helper()
	pair := s.TLS.Certificates[0]
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return file(t, &pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), file(t, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func opened(t *testing.T, c Config) *Client {
	t.Helper()
	c.System = "system"
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// startTLS starts a server that keeps to itself what it thinks of broken handshakes.
func startTLS(t *testing.T, s *httptest.Server) {
	t.Helper()
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "{}") }

func TestAuthorities(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	startTLS(t, server)
	certificate, _ := identity(t, server)
	if _, err := opened(t, Config{URL: server.URL, CAFile: certificate}).Do(t.Context(), get("/")); err != nil {
		t.Error(err)
	}
	_, err := opened(t, Config{URL: server.URL}).Do(t.Context(), post("/"))
	e := failed(t, err, record.ErrUnavailable)
	if !strings.Contains(e.Answer, "signed by an authority that this machine does not know") || !strings.Contains(e.Advice, "ca_file") {
		t.Errorf("%v; %s", e, e.Advice)
	}
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	_, err = opened(t, Config{URL: elsewhere, CAFile: certificate}).Do(t.Context(), get("/"))
	if e := failed(t, err, record.ErrUnavailable); !strings.Contains(e.Answer, "for another name") {
		t.Error(e)
	}
}

func TestMutualTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	startTLS(t, server)
	certificate, key := identity(t, server)
	c := Config{URL: server.URL, CAFile: certificate}
	_, err := opened(t, c).Do(t.Context(), post("/"))
	if e := failed(t, err, record.ErrUnavailable); !strings.Contains(e.Advice, "client_certificate_file") {
		t.Errorf("%v; %s", e, e.Advice)
	}
	c.ClientCertificateFile, c.ClientKeyFile = certificate, key
	if _, err := opened(t, c).Do(t.Context(), get("/")); err != nil {
		t.Error(err)
	}
	for _, broken := range []Config{
		{ClientCertificateFile: certificate}, {ClientKeyFile: key}, {ClientCertificateFile: key, ClientKeyFile: key}, {CAFile: key}, {CAFile: "/nowhere"}, {Proxy: "ftp://x"},
	} {
		broken.URL = server.URL
		_, err := New(broken)
		if e := failed(t, err, record.ErrInvalid); e.Advice == "" {
			t.Error(e)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	startTLS(t, server)
	certificate, _ := identity(t, server)
	_, err := opened(t, Config{URL: server.URL, CAFile: certificate}).Do(t.Context(), get("/"))
	if e := failed(t, err, record.ErrUnavailable); !strings.Contains(e.Error(), "protocol version") {
		t.Error(e)
	}
}

func TestProxy(t *testing.T) {
	var asked, who string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, who = r.URL.String(), r.Header.Get("Proxy-Authorization")
		if who == "" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		ok(w, r)
	}))
	defer proxy.Close()
	with := strings.Replace(proxy.URL, "http://", "http://jane:pr0xy-pass@", 1)
	if _, err := opened(t, Config{URL: "http://system.invalid/api", Proxy: with}).Do(t.Context(), get("/things")); err != nil {
		t.Fatal(err)
	}
	if asked != "http://system.invalid/api/things" || who != "Basic "+base64.StdEncoding.EncodeToString([]byte("jane:pr0xy-pass")) {
		t.Errorf("the proxy was asked for %s by %s", asked, who)
	}
	for _, url := range []string{"http://system.invalid", "https://system.invalid"} {
		_, err := opened(t, Config{URL: url, Proxy: proxy.URL}).Do(t.Context(), Request{Method: http.MethodPatch, Path: "/"})
		var e *record.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), "the proxy") || !strings.Contains(e.Advice, "option proxy") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Nobody listens, nobody is known by the name, or what listens is something else.
func TestNetworkFailures(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	_ = l.Close()
	plain := httptest.NewServer(http.HandlerFunc(ok))
	defer plain.Close()
	for url, want := range map[string]string{
		"http://" + closed: "no answer from " + closed + ": the connection was refused",
		strings.Replace(plain.URL, "http:", "https:", 1): "it does not speak",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), firstPause) // There is not much time for further attempts.
		defer cancel()
		_, err := opened(t, Config{URL: url}).Do(ctx, Request{Method: http.MethodPost, Path: "/?token=s3cr3t"})
		if e := failed(t, err, record.ErrUnavailable); !strings.Contains(e.Error(), want) || !strings.Contains(e.Advice, "option url") || strings.Contains(e.Error(), "s3cr3t") {
			t.Errorf("%v, want %s; %s", e, want, e.Advice)
		}
	}
	what, advice := explainNetwork(Config{}, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "system.invalid", IsNotFound: true}})
	if what != "the name is unknown" || advice == "" || !permanent(&net.DNSError{IsNotFound: true}) {
		t.Error(what, advice)
	}
}

func TestAnswersThatAreNoData(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("another host got %v", r.Header) }))
	defer other.Close()
	const sentBack = `<html><title>Web &amp; gateway</title>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/things?token=s3cr3t", http.StatusTemporaryRedirect)
		case "/sso":
			http.Redirect(w, r, other.URL+"/adfs/ls?x=s3cr3t", http.StatusFound)
		case "/old":
			http.Redirect(w, r, "/new", http.StatusPermanentRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusTemporaryRedirect)
		case "/done":
			http.Redirect(w, r, "/new", http.StatusFound)
		case "/new":
			_, _ = fmt.Fprintf(w, `{"method":%q}`, r.Method)
		case "/page", "/bad":
			w.Header().Set("Content-Type", "text/html")
			if r.URL.Path == "/bad" {
				w.WriteHeader(http.StatusForbidden)
			}
			_, _ = fmt.Fprint(w, sentBack)
		case "/not-modified":
			w.WriteHeader(http.StatusNotModified)
		}
	}))
	defer server.Close()
	c := opened(t, Config{URL: server.URL, Auth: Header("X-Token", "t0ken")})
	for path, want := range map[string]struct {
		read, write error
		says        string
	}{
		"/away":  {record.ErrUnavailable, record.ErrUnavailable, "it answered 307 Temporary Redirect, to " + other.URL + "/things, which is not followed"},
		"/round": {record.ErrUnavailable, record.ErrUnavailable, "it answered 307 Temporary Redirect, to /round, which is not followed"},
		"/done":  {nil, record.ErrAmbiguous, "it answered 302 Found, to /new, which is not followed"},
		"/page":  {record.ErrUnavailable, record.ErrAmbiguous, `it answered a web page titled "Web & gateway" instead of data`},
		"/bad":   {record.ErrUnauthorized, record.ErrUnauthorized, `it answered 403 Forbidden with a web page titled "Web & gateway"`},
	} {
		for r, reason := range map[*Request]error{{Method: http.MethodGet}: want.read, {Method: http.MethodPost}: want.write} {
			r.Path = path
			_, err := c.Do(t.Context(), *r)
			if reason == nil {
				if err != nil {
					t.Error(err)
				}
				continue
			}
			if e := failed(t, err, reason); e.Answer != want.says || e.Everything || strings.Contains(e.Error(), "s3cr3t") {
				t.Errorf("%s %s: %v, want %s", r.Method, path, e, want.says)
			}
		}
	}
	if r, err := c.Do(t.Context(), post("/old")); err != nil || string(r.Body) != `{"method":"POST"}` {
		t.Errorf("a permanent redirect inside the system: %v", err)
	}
	if r, err := c.Do(t.Context(), get("/not-modified")); err != nil || r.Status != http.StatusNotModified {
		t.Errorf("304: %v", err)
	}
	if r, err := c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/page", Header: http.Header{"Accept": {"*/*"}}}); err != nil || string(r.Body) != sentBack {
		t.Errorf("a web page that was asked for: %v", err)
	}
	_, err := c.Do(t.Context(), get("/sso"))
	if e := failed(t, err, record.ErrUnauthorized); !e.Everything || e.Answer != "it does not accept the credentials: it answered 302 Found, to the login page "+other.URL+"/adfs/ls" {
		t.Error(e)
	}
}

func TestEncryptionIsNotGivenUp(t *testing.T) {
	secure := httptest.NewRequest(http.MethodGet, "https://tickets.example/a", nil)
	for to, follows := range map[string]bool{"https://tickets.example/b": true, "http://tickets.example/b": false} {
		if err := checkRedirect(httptest.NewRequest(http.MethodGet, to, nil), []*http.Request{secure}); (err == nil) != follows {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// HTTP/2 tells its time-outs in another way.
func TestHTTP2(t *testing.T) {
	var protocol string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if protocol = r.Proto; r.Method == http.MethodPost {
			silence(w, r)
		}
	}))
	server.EnableHTTP2 = true
	startTLS(t, server)
	certificate, _ := identity(t, server)
	if _, err := opened(t, Config{URL: server.URL, CAFile: certificate}).Do(t.Context(), get("/")); err != nil || protocol != "HTTP/2.0" {
		t.Fatalf("%s: %v", protocol, err)
	}
	_, err := opened(t, Config{URL: server.URL, CAFile: certificate, Timeout: 200 * time.Millisecond}).Do(t.Context(), post("/"))
	if e := failed(t, err, record.ErrAmbiguous); !strings.HasSuffix(e.Error(), ": nothing came within 200ms") {
		t.Error(e)
	}
}

func TestSizeOfAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") == "gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(bytes.Repeat([]byte("1"), len(r.URL.Path)*1000))
			_ = z.Close()
		}
	}))
	defer server.Close()
	c := opened(t, Config{URL: server.URL, MaxAnswer: 2000})
	if r, err := c.Do(t.Context(), get("/2")); err != nil || len(r.Body) != 2000 {
		t.Error(err)
	}
	_, err := c.Do(t.Context(), get("/22"))
	if e := failed(t, err, record.ErrUnavailable); e.Error() != "the answer is larger than 2000 bytes" {
		t.Error(e)
	}
	_, err = c.Do(t.Context(), post("/22"))
	_ = failed(t, err, record.ErrAmbiguous)
}

func TestWhatIsSent(t *testing.T) {
	var got *http.Request
	var body bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body.Reset()
		_, _ = body.ReadFrom(r.Body)
		ok(w, r)
	}))
	defer server.Close()
	c := opened(t, Config{URL: server.URL + "/base/", Auth: Basic("jane", "pässword")})
	if _, err := c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/a%2Fb", Body: map[string]string{"a": "<&>"}, Header: http.Header{"if-match": {"1"}}}); err != nil {
		t.Fatal(err)
	}
	user, password, _ := got.BasicAuth()
	h := got.Header
	if got.RequestURI != "/base/a%2Fb" || body.String() != `{"a":"<&>"}` || user+password != "janepässword" || h.Get("If-Match") != "1" ||
		h.Get("Accept") != "application/json" || h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "terraform-provider-infraops/dev" ||
		!traceparent.MatchString(h.Get("Traceparent")) {
		t.Errorf("%s %s %v", got.RequestURI, body.String(), h)
	}
	var list []string
	for r, reason := range map[*Request]error{{Method: http.MethodGet}: record.ErrUnavailable, {Method: http.MethodPost}: record.ErrAmbiguous} {
		answer, err := c.Do(t.Context(), *r)
		if err != nil {
			t.Fatal(err)
		}
		_ = failed(t, answer.JSON(&list), reason)
	}
	if _, err := c.Do(t.Context(), Request{Method: http.MethodPut, Path: "/f", Body: []byte{0, 1}, ContentType: "image/png"}); err != nil {
		t.Fatal(err)
	}
	if body.String() != "\x00\x01" || got.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%q %v", body.String(), got.Header)
	}
}
