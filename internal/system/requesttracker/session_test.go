// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// TestSession logs in by name and password, and again once RT has forgotten the session.
func TestSession(t *testing.T) {
	s := startRT(t)
	c := s.open(t, "token", "", "username", setting(t, "USER"), "password", setting(t, "PASSWORD"))
	var logins atomic.Int64
	var forgotten atomic.Bool
	watch := func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
		if strings.Contains(r.URL.Path, "Login") {
			logins.Add(1)
			forgotten.Store(false)
		} else if forgotten.Load() {
			r.Header.Set("Cookie", "RT_SID_rt.example.test.80=0123456789abcdef0123456789abcdef")
		}
		serve.ServeHTTP(w, r)
	}
	s.trouble.Store(&watch)
	create := func(name string) {
		t.Helper()
		i := &record.ConfigurationItem{Class: "server", Name: name, Status: "planned"}
		i.Stack = "session"
		if _, err := c.stores[record.KindConfigurationItem].Create(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	create("one")
	create("two")
	if n := logins.Load(); n != 1 {
		t.Errorf("%d logins for two creates, want 1", n)
	}
	forgotten.Store(true)
	create("three")
	if n := logins.Load(); n != 2 {
		t.Errorf("%d logins after the session was forgotten, want 2", n)
	}
	err := s.open(t, "token", "", "username", setting(t, "USER"), "password", "open sesame").Ready(t.Context())
	if !errors.Is(err, record.ErrUnauthorized) || strings.Contains(err.Error(), "sesame") {
		t.Errorf("a wrong password: %v", err)
	}
}
