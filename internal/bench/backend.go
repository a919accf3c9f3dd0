// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
)

// backend keeps states for the CLI, as a team's remote backend does. The local backend would rewrite its file at every
// record, which for 1,000 records costs Terraform more than all else that it does.
type backend struct {
	server *httptest.Server
	mu     sync.Mutex
	states map[string][]byte
}

func newBackend() *backend {
	b := &backend{states: map[string][]byte{}}
	b.server = httptest.NewServer(b)
	return b
}

// use writes a configuration that keeps a stack's state here.
func (b *backend) use(dir, stack string) error {
	text := fmt.Appendf(nil, "terraform {\n  backend \"http\" {\n    address = %q\n  }\n}\n", b.server.URL+"/"+stack)
	return os.WriteFile(filepath.Join(dir, "backend.tf"), text, 0o600)
}

// ServeHTTP implements [http.Handler].
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.Method == http.MethodGet {
		state, ok := b.states[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write(state)
		return
	}
	state, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.states[r.URL.Path] = state
}
