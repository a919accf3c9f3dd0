// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Send sends a request without credentials. Web pages and redirects are answers as good as any; otherwise it is [Client.Do].
type Send func(context.Context, Request) (*Response, error)

// Login authenticates by what a login gives: headers that every request then carries, such as a cookie. It happens when
// the first request is sent, and again once the system no longer accepts what it gave: by 401, or by showing its login page.
func Login(login func(context.Context, Send) (http.Header, error)) Authenticator {
	return &session{login: func(ctx context.Context, c *Client) (*credentials, error) {
		h, err := login(ctx, func(ctx context.Context, r Request) (*Response, error) {
			m, err := c.message(r)
			if err != nil {
				return nil, err
			}
			m.page, m.redirect, m.login = true, true, true
			answer, failure := c.deliver(ctx, m, nil)
			if failure != nil {
				return nil, failure
			}
			return answer, nil
		})
		var e *record.Error
		if errors.As(err, &e) && errors.Is(err, record.ErrUnauthorized) {
			everything := *e
			everything.Everything = true
			return nil, &everything
		}
		return &credentials{header: h}, err
	}}
}

// Cookies are those that an answer sets, as the header of the requests that follow.
func Cookies(r *Response) http.Header {
	var pairs []string
	for _, cookie := range (&http.Response{Header: r.Header}).Cookies() {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return http.Header{"Cookie": {strings.Join(pairs, "; ")}}
}

// credentials are what a login gave.
type credentials struct {
	header http.Header
	// until is when others must be had; zero for when they are refused.
	until time.Time
}

// on says that a request carries them.
func (h *credentials) on(r *http.Request) bool {
	for name := range h.header {
		if r.Header.Get(name) != h.header.Get(name) {
			return false
		}
	}
	return true
}

// session is an authenticator that gets its credentials itself.
type session struct {
	login  func(context.Context, *Client) (*credentials, error)
	client *Client
	flight singleflight.Group

	mu   sync.Mutex
	held *credentials
}

func (s *session) attach(c *Client) { s.client = c }

func (s *session) Authenticate(ctx context.Context, r *http.Request) error {
	held := s.current()
	if held == nil {
		// All that wait share one login. It does not end with the one of them that began it.
		shared := context.WithoutCancel(ctx)
		result := s.flight.DoChan("", func() (any, error) { return s.obtain(shared) })
		select {
		case <-ctx.Done():
			return ctx.Err()
		case got := <-result:
			if got.Err != nil {
				return got.Err
			}
			held = got.Val.(*credentials)
		}
	}
	for name := range held.header {
		r.Header.Set(name, held.header.Get(name))
	}
	return nil
}

func (s *session) current() *credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil && !s.held.until.IsZero() && !time.Now().Before(s.held.until) {
		s.held = nil
	}
	return s.held
}

func (s *session) obtain(ctx context.Context) (*credentials, error) {
	// Another login may have ended just before this one began.
	if held := s.current(); held != nil {
		return held, nil
	}
	held, err := s.login(ctx, s.client)
	if err != nil {
		return nil, err
	}
	for name := range held.header {
		s.client.secrets.addHeader(name, held.header.Get(name))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
	return held, nil
}

// Renew forgets credentials that were refused, unless others have replaced them already.
func (s *session) Renew(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held != nil && s.held.on(r) {
		s.held = nil
	}
	return true
}
