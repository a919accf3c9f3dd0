// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
)

// Key is a recipient of secrets: a public key, and the file of the private one.
type Key struct{ Public, File string }

// NewKey makes one as age-keygen does.
func NewKey(t *testing.T) Key {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(file, []byte(identity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Key{Public: identity.Recipient().String(), File: file}
}

// Opens decrypts a message as its recipient does, with the age tool, and reads the JSON object in it.
func (k Key) Opens(t *testing.T, message string) map[string]string {
	t.Helper()
	command := exec.CommandContext(t.Context(), tool(t, "age"), "-d", "-i", k.File) //nolint:gosec // the repository's own tool
	command.Stdin = strings.NewReader(message)
	plain, err := command.Output()
	if err != nil {
		t.Fatalf("age cannot open the message: %v", err)
	}
	var content map[string]string
	if err := json.Unmarshal(plain, &content); err != nil {
		t.Fatal("what age has opened is no JSON object of texts")
	}
	return content
}

// Retrieve takes a secret from the registry as an operator does.
func (r *Registry) Retrieve(path string) string {
	r.t.Helper()
	message, err := r.RetrieveSecret(r.t.Context(), r.Stack, path)
	if err != nil {
		r.t.Fatal(err)
	}
	return message
}

var building sync.Mutex

// tool is a developer tool at the version that the repository pins.
func tool(t *testing.T, name string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	_, file, _, _ := runtime.Caller(0)
	out, err := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(file), "..", "..", "tools", "tool.sh"), name).Output() //nolint:gosec // the repository's own script
	if err != nil {
		t.Fatalf("tools/tool.sh %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}
