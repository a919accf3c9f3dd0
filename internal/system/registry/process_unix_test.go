// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package registry

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// readyAsAnother runs the child "ready" as a user without rights.
func readyAsAnother(t *testing.T, program, database string) []string {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "REGISTRY_CHILD=ready", "REGISTRY_DATABASE="+database)
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	return lines
}

// TestReadOnly runs as another user where the tests run as root, whom permissions do not bind.
func TestReadOnly(t *testing.T) {
	base, err := os.MkdirTemp("/tmp", "registry-readonly") //nolint:usetesting // the other user may not enter t.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(base, "d"), 0o700)
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	program, directory := filepath.Join(base, "registry.test"), filepath.Join(base, "d")
	if err := os.WriteFile(program, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(directory, "infraops.db")
	r := open(t, file)
	create(t, r, item("s", "a"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		database        string
		file, directory os.FileMode
	}{
		"directory, new file": {filepath.Join(directory, "new.db"), 0o666, 0o555},
		"directory":           {file, 0o666, 0o555},
		"file":                {file, 0o444, 0o777},
		"unreadable":          {file, 0o000, 0o777},
	} {
		t.Run(name, func(t *testing.T) {
			for path, mode := range map[string]os.FileMode{base: 0o755, file: c.file, directory: c.directory} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			for _, line := range readyAsAnother(t, program, c.database) {
				if !strings.HasPrefix(line, "true ") || !strings.Contains(line, directory) {
					t.Errorf("got %s", line)
				}
			}
		})
	}
}
