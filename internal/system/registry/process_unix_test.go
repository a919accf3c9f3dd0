// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package registry

import (
	"os"
	"os/exec"
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
