// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
)

type header struct{ name, value string }

// Header authenticates by a fixed header, such as a token.
func Header(name, value string) Authenticator { return header{name, value} }

func (h header) Authenticate(_ context.Context, r *http.Request) error {
	r.Header.Set(h.name, h.value)
	return nil
}

func (header) Renew(*http.Request) bool { return false }

func (h header) attach(c *Client) { c.secrets.addHeader(h.name, h.value) }

type basic struct{ user, password string }

// Basic authenticates by name and password.
func Basic(user, password string) Authenticator { return basic{user, password} }

func (b basic) Authenticate(_ context.Context, r *http.Request) error {
	r.SetBasicAuth(b.user, b.password)
	return nil
}

func (basic) Renew(*http.Request) bool { return false }

func (b basic) attach(c *Client) {
	c.secrets.add(b.password, base64.StdEncoding.EncodeToString([]byte(b.user+":"+b.password)))
}

// addHeader hides the value of a header, and what is secret in it: the cookies, or what follows the scheme as in "token 1-2-3".
func (s *secrets) addHeader(name, value string) {
	s.add(value)
	if name == "Cookie" {
		cookies, _ := http.ParseCookie(value)
		for _, cookie := range cookies {
			if len(cookie.Value) >= 8 { // Not the likes of "lang=de-DE".
				s.add(cookie.Value)
			}
		}
	} else if _, credentials, ok := strings.Cut(value, " "); ok {
		s.add(strings.TrimSpace(credentials))
	}
}
