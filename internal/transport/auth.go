// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"net/http"
)

type header struct{ name, value string }

// Header authenticates by a fixed header, such as a token.
func Header(name, value string) Authenticator { return header{name, value} }

func (h header) Authenticate(_ context.Context, r *http.Request) error {
	r.Header.Set(h.name, h.value)
	return nil
}

func (header) Renew(*http.Request) bool { return false }

type basic struct{ user, password string }

// Basic authenticates by name and password.
func Basic(user, password string) Authenticator { return basic{user, password} }

func (b basic) Authenticate(_ context.Context, r *http.Request) error {
	r.SetBasicAuth(b.user, b.password)
	return nil
}

func (basic) Renew(*http.Request) bool { return false }
