// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// troubles bring the way to RT, or RT itself, into every trouble that the suite knows and that RT can have.
func troubles(current func() *rt) map[systemtest.Trouble]func(t *testing.T) func() {
	all := map[systemtest.Trouble]func(w http.ResponseWriter, r *http.Request, serve http.Handler){
		systemtest.Unauthorized: answer(http.StatusUnauthorized, "text/plain", "Authorization required"),
		systemtest.Forbidden:    answer(http.StatusForbidden, "application/json", `{"message":"Forbidden"}`),
		systemtest.ServerError:  answer(http.StatusInternalServerError, "application/json", `{"message":"Internal Server Error"}`),
		systemtest.Throttled: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		systemtest.Malformed: func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
			if isWrite(r) {
				serve.ServeHTTP(httptest.NewRecorder(), r)
			}
			answer(http.StatusOK, "application/json", `{"items":[{"id":`)(w, r, serve)
		},
		"web page":               answer(http.StatusOK, "text/html", "<html><title>Maintenance</title></html>"),
		systemtest.Unreachable:   func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
		systemtest.TimeoutBefore: onWrites(func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }),
		systemtest.TimeoutAfter: onWrites(func(_ http.ResponseWriter, r *http.Request, serve http.Handler) {
			serve.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}),
		systemtest.ReadOnlyMode: onWrites(answer(http.StatusServiceUnavailable, "text/plain", "down for maintenance")),
	}
	faults := map[systemtest.Trouble]func(t *testing.T) func(){}
	for trouble, happen := range all {
		faults[trouble] = func(*testing.T) func() {
			s := current()
			s.trouble.Store(&happen)
			return func() { s.trouble.Store(nil) }
		}
	}
	return faults
}

func answer(status int, typ, body string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", typ)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// isWrite tells a write from a search, which is sent by POST too.
func isWrite(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "s")
}

func onWrites(happen func(http.ResponseWriter, *http.Request, http.Handler)) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, serve http.Handler) {
		if isWrite(r) {
			happen(w, r, serve)
			return
		}
		serve.ServeHTTP(w, r)
	}
}
