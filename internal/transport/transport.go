// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package transport is the one HTTP stack. Every system that is reached over HTTP uses it, so that all of them authenticate,
// retry, keep to limits, log and fail alike.
package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Version is the provider's own, as systems see it in the User-Agent. main sets it before anything connects.
var Version = "dev"

// Config is how a system is reached.
type Config struct {
	// System is the name of the system, under which its requests are logged.
	System string
	// Title is what errors call it.
	Title string
	// URL is where the paths of requests begin.
	URL string
	// Auth authenticates requests; nil for none. It belongs to one client.
	Auth Authenticator
	// Explain finds the system's own words in the body of a refusal; empty where there are none. Nil: the beginning of a text.
	Explain func(status int, body []byte) string
	// Secrets are texts that must not appear in logs and errors. [Configure] knows the sensitive options; what an
	// authenticator is given and gets is added by itself.
	Secrets []string
	// Timeout bounds one attempt. 0: 1 minute.
	Timeout time.Duration
	// RequestsPerSecond bounds how fast requests are sent. 0: not at all.
	RequestsPerSecond float64
	// MaxConcurrency bounds how many requests are under way. 0: 8.
	MaxConcurrency int
	// MaxAnswer bounds the size of an answer, unpacked. 0: 64 MiB.
	MaxAnswer int64
	// Proxy is the URL of a proxy; empty for that of the environment.
	Proxy string
	// CAFile names a file of certificates that are trusted in addition to those of the machine.
	CAFile string
	// ClientCertificateFile and ClientKeyFile name what the client shows of itself.
	ClientCertificateFile, ClientKeyFile string
}

// Authenticator puts credentials on requests. It is safe for concurrent use.
type Authenticator interface {
	// Authenticate adds the credentials, and gets them first where need be.
	Authenticate(ctx context.Context, r *http.Request) error
	// Renew is told that the credentials that r carries were refused. It says whether there may be others to try.
	Renew(r *http.Request) bool
}

// Request is one request to a system.
type Request struct {
	Method string
	// Path follows the URL of the system, escaped.
	Path   string
	Query  url.Values
	Header http.Header
	// Body is sent as JSON; a []byte is sent as it is, with ContentType.
	Body        any
	ContentType string
	// Repeatable says that sending the request twice is like sending it once. What reads is.
	Repeatable bool
	// Reads says that the request changes nothing although its method could. GET and HEAD read.
	Reads bool
}

// Response is the answer to a request that the system did not refuse.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// unknown is the reason where the answer cannot be understood; nil: [record.ErrUnavailable].
	unknown error
}

// JSON reads the body into v. A body that is not JSON is [record.ErrUnavailable], since something else than the system has answered;
// for a write it is [record.ErrAmbiguous].
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		reason := record.ErrUnavailable
		if r.unknown != nil {
			reason = r.unknown
		}
		what := "something"
		if r.isPage() {
			what = r.page()
		}
		return record.Errorf(reason, "it answered %s instead of the JSON that was expected", what).Because(err).
			Advise("Check that the option url is that of the system itself")
	}
	return nil
}

// StatusError is the cause in the [record.Error] of an answer with a status of 400 and above.
type StatusError struct {
	Response
	Method, Path string
}

// Error names the request. What was answered to it is in the [record.Error].
func (e *StatusError) Error() string { return e.Method + " " + e.Path }

// Client talks to one system. It is safe for concurrent use.
type Client struct {
	config  Config
	http    *http.Client
	limits  *limits
	first   *first
	secrets *secrets
	// refused is set once the credentials have been refused for good.
	refused atomic.Pointer[record.Error]
}

// New makes a client. It connects to nothing; it reads the files that the configuration names.
func New(c Config) (*Client, error) {
	if c.Title == "" {
		c.Title = c.System
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.MaxConcurrency == 0 {
		c.MaxConcurrency = defaultConcurrency
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = 64 << 20
	}
	c.URL = strings.TrimRight(c.URL, "/")
	connections, err := connections(c)
	if err != nil {
		return nil, err
	}
	client := &Client{
		config:  c,
		http:    &http.Client{Transport: connections, CheckRedirect: checkRedirect},
		limits:  newLimits(c.RequestsPerSecond, c.MaxConcurrency),
		first:   &first{done: make(chan struct{})},
		secrets: newSecrets(c.Secrets...),
	}
	if a, ok := c.Auth.(attached); ok {
		a.attach(client)
	}
	return client, nil
}

// attached is an authenticator that sends requests of its own, or has secrets to hide.
type attached interface{ attach(*Client) }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends a request and reads the answer. An answer with a status of 400 and above is a [record.Error] whose cause is a
// [StatusError]: 401 and 403 are [record.ErrUnauthorized], 404 and 410 [record.ErrNotFound], 409 and 412 [record.ErrConflict], other
// statuses below 500 [record.ErrInvalid]. 429 and 503 are [record.ErrUnavailable] with the system's hint when to ask again, as
// is whatever stops a request that reads or was not sent. Whatever else happens to a write is [record.ErrAmbiguous]: it is sent
// again only if it is repeatable, and stays ambiguous if no attempt is answered, even where the last one was surely not done.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	m, err := c.message(r)
	if err != nil {
		return nil, err
	}
	answer, failure := c.deliver(ctx, m, c.config.Auth)
	if failure != nil {
		return nil, failure
	}
	answer.unknown = c.unknown(m)
	return answer, nil
}

// message is a request that can be sent several times.
type message struct {
	Request
	url  string
	body []byte
	// reads says that nothing can be left of the message, and repeatable that it may be sent twice.
	reads, repeatable bool
	// page says that a web page is a legitimate answer, and redirect that a redirect is.
	page, redirect bool
	// login says that the message gets credentials: what they look like is known only after it has been logged.
	login bool
}

func (c *Client) message(r Request) (*message, error) {
	m := &message{Request: r, url: c.config.URL + r.Path}
	if strings.Contains(r.Path, "://") {
		m.url = r.Path // Only what obtains credentials asks elsewhere.
	}
	if query := r.Query.Encode(); query != "" {
		m.url += "?" + query
	}
	switch body := r.Body.(type) {
	case nil:
	case []byte:
		m.body = body
	default:
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			return nil, fmt.Errorf("encode the body of %s %s: %w", r.Method, r.Path, err)
		}
		m.body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
		if m.ContentType == "" {
			m.ContentType = "application/json"
		}
	}
	m.reads = r.Reads || r.Method == http.MethodGet || r.Method == http.MethodHead
	m.repeatable = r.Repeatable || m.reads
	m.page = r.Header.Get("Accept") != ""
	return m, nil
}

// request makes what one attempt sends.
func (m *message) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader
	if m.body != nil {
		body = bytes.NewReader(m.body)
	}
	req, err := http.NewRequestWithContext(ctx, m.Method, m.url, body) //nolint:gosec // The user says where the system is.
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	for name, values := range m.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if m.ContentType != "" {
		req.Header.Set("Content-Type", m.ContentType)
	}
	req.Header.Set("User-Agent", "terraform-provider-infraops/"+Version)
	run().mark(req.Header)
	return req, nil
}
