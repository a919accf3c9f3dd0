// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package acctest is what acceptance tests share: a fresh built-in registry for each test, a second connection to it
// that acts as operators and other teams do, and the CLI under test.
package acctest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Test runs steps against the CLI. After its last step plugin-testing destroys everything.
func Test(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: Factories(provider.Systems()), Steps: steps})
}

// Factories make the provider with these systems, inside the test's own process.
func Factories(systems []record.System) map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"infraops": func() (tfprotov6.ProviderServer, error) {
			return provider.Server(provider.New("test", systems)), nil
		},
	}
}

// Required skips a test unless acceptance tests are asked for, as tools/test.sh does.
func Required(t *testing.T) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1: see tools/test.sh")
	}
}

// Examples is the directory of the examples.
func Examples() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "examples")
}

// Example reads a file below examples/.
func Example(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Examples(), path)) //nolint:gosec // the test names the file
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Block writes an HCL block, for tests that generate configurations: Block(`resource "t" "n"`, "a = 1", ...).
func Block(header string, lines ...string) string {
	return header + " {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// Quote writes a string as an HCL literal.
func Quote(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}

// providerBlock configures the provider for a registry.
func providerBlock(stack, database, actor, identityFile string) string {
	identity := ""
	if identityFile != "" {
		identity = "    identity_file = " + Quote(identityFile) + "\n"
	}
	return fmt.Sprintf("provider \"infraops\" {\n  stack = %s\n  registry = {\n    database = %s\n    actor = %s\n%s  }\n}\n",
		Quote(stack), Quote(database), Quote(actor), identity)
}
