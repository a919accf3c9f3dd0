// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"os"
	"testing"
)

// Needed is an environment variable that names a server for tests, which a script of tools/ starts. Without it the test is
// skipped; where skips are forbidden, as in CI, the test fails.
func Needed(t testing.TB, variable, script string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		Missing(t, variable+" is not set: see "+script)
	}
	return value
}

// Missing skips a test for want of something, or fails it where skips are forbidden.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("INFRAOPS_FORBID_SKIPS") != "" {
		t.Fatal(what + ", and INFRAOPS_FORBID_SKIPS is set")
	}
	t.Skip(what)
}
