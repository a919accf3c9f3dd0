// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// attempt is one sending of a message and what came of it: an answer or an error.
type attempt struct {
	request *http.Request
	answer  *Response
	err     error
	// sent says that the request, or a part of it, may have reached the system.
	sent bool
}

var (
	errTooLarge = errors.New("the answer is too large")
	errTimeout  = errors.New("no answer in time")
)

// try sends a message once. A stop is why it was not sent at all.
func (c *Client) try(ctx context.Context, m *message, auth Authenticator, number int) (a attempt, stop *record.Error) {
	req, err := m.request(ctx)
	if err != nil {
		return a, record.Errorf(record.ErrInvalid, "no request can be made for %s", c.secrets.mask(m.Path)).Because(errors.New(c.secrets.mask(err.Error())))
	}
	a.request = req
	if e := c.refusal(auth); e != nil {
		return a, e
	}
	if auth != nil {
		if err := auth.Authenticate(ctx, req); err != nil {
			return a, c.unauthenticated(ctx, err)
		}
	}
	release, err := c.limits.wait(ctx)
	if err != nil {
		return a, notSent(ctx, err)
	}
	defer release()
	if e := c.refusal(auth); e != nil {
		return a, e // It came while this one waited.
	}
	begin := time.Now()
	a.answer, a.sent, a.err = c.roundTrip(ctx, req)
	c.log(ctx, m, a, number, time.Since(begin))
	return a, nil
}

// unauthenticated words why there are no credentials to send.
func (c *Client) unauthenticated(ctx context.Context, err error) *record.Error {
	var e *record.Error
	switch {
	case ctx.Err() != nil:
		return notSent(ctx, ctx.Err())
	case !errors.As(err, &e):
		e = record.Errorf(record.ErrUnauthorized, "no credentials could be had").Because(errors.New(c.secrets.mask(err.Error())))
	}
	if e.Everything {
		remembered := *e
		c.refused.Store(&remembered)
	}
	own := *e // Those that shared a login share its error.
	return &own
}

// roundTrip sends one request and reads the answer whole.
func (c *Client) roundTrip(ctx context.Context, req *http.Request) (answer *Response, sent bool, err error) {
	// TLS is up once there is a connection, and nothing of the request is sent before.
	var connected atomic.Bool
	ctx, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, errTimeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	resp, err := c.http.Do(req.WithContext(ctx)) //nolint:bodyclose,gosec // read closes it. The user says where the system is.
	if err == nil {
		answer, err = c.read(resp)
	}
	if err != nil && context.Cause(ctx) == errTimeout { //nolint:errorlint // It is the very error that was given.
		err = errTimeout
	}
	return answer, connected.Load() && !(err != nil && refusesCertificate(err)), err
}

func (c *Client) read(resp *http.Response) (*Response, error) {
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength, 0), 1<<20)) + bytes.MinRead) // What a system promises is not always what it sends.
	_, err := b.ReadFrom(io.LimitReader(resp.Body, c.config.MaxAnswer+1))
	body := b.Bytes()
	if int64(len(body)) > c.config.MaxAnswer {
		body, err = body[:c.config.MaxAnswer], errTooLarge
	}
	if err != nil && resp.StatusCode >= http.StatusBadRequest {
		err = nil // The status alone says what happened.
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
}
