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
	"time"

	"github.com/hashicorp/go-cleanhttp"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Config is how a system is reached.
type Config struct {
	// System is the name of the system, under which its requests are logged.
	System string
	// Title is what errors call it.
	Title string
	// URL is where the paths of requests begin.
	URL string
	// Auth authenticates requests; nil for none.
	Auth Authenticator
	// Explain finds the system's own words in the body of a refusal; empty where there are none. Nil: the beginning of a text.
	Explain func(status int, body []byte) string
	// Timeout bounds one attempt. 0: 1 minute.
	Timeout time.Duration
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
	// Repeatable says that sending the request twice is like sending it once. GET and HEAD are.
	Repeatable bool
}

// Response is the answer to a request that the system did not refuse.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON reads the body into v. A body that is not JSON is [record.ErrUnavailable]: something else than the system has answered.
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return record.Errorf(record.ErrUnavailable, "the answer is not the JSON that was expected").Because(err)
	}
	return nil
}

// StatusError is the cause in the [record.Error] of an answer with a status of 400 and above.
type StatusError struct {
	Response
	Method, Path string
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
}

// Client talks to one system. It is safe for concurrent use.
type Client struct {
	config Config
	http   *http.Client
}

// New makes a client. It connects to nothing.
func New(c Config) (*Client, error) {
	return &Client{config: c, http: cleanhttp.DefaultPooledClient()}, nil
}

// Do sends a request and reads the answer. An answer with a status of 400 and above is a [record.Error] whose cause is a
// [StatusError]: 401 and 403 are [record.ErrUnauthorized], 404 and 410 [record.ErrNotFound], 409 and 412 [record.ErrConflict], other
// statuses below 500 [record.ErrInvalid]. 429 and 503 are [record.ErrUnavailable] with the system's hint when to ask again, as
// is whatever stops a request that is repeatable or was not sent. Whatever else happens to one that is not is
// [record.ErrAmbiguous]: it is never sent again.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	var body io.Reader
	if r.Body != nil {
		raw, ok := r.Body.([]byte)
		if !ok {
			var err error
			if raw, err = json.Marshal(r.Body); err != nil {
				return nil, err
			}
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.config.URL+r.Path+"?"+r.Query.Encode(), body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	if c.config.Auth != nil {
		if err := c.config.Auth.Authenticate(ctx, req); err != nil {
			return nil, err
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "no answer").Because(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, record.Errorf(record.ErrAmbiguous, "half an answer").Because(err)
	}
	answer := Response{resp.StatusCode, resp.Header, raw}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, record.Errorf(record.ErrInvalid, "%s", raw).Because(&StatusError{answer, r.Method, r.Path})
	}
	return &answer, nil
}
