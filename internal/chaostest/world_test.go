//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// world is a stack of governed VMs: a working directory with its configuration, and the database that keeps it.
type world struct {
	t        *testing.T
	tools    tools
	dir      string
	database string
	stack    string
	vms      int
	// requestor has the private key of what is delivered.
	requestor *age.X25519Identity
}

// plot is what a world is made of. The zero value of a field is its default.
type plot struct {
	stack    string // "chaos"
	database string // a file in the working directory
	vms      int
	// cidr is the stack's own prefix; with shared it is another stack's.
	cidr   string // 10.20.0.0/22
	shared bool
	// change is the module's variable of that name: a standard change.
	change string
}

func newWorld(t *testing.T, p plot) *world {
	t.Helper()
	w := &world{t: t, tools: toolchain(t), dir: t.TempDir(), database: p.database, stack: p.stack, vms: p.vms}
	if w.stack == "" {
		w.stack = "chaos"
	}
	if w.database == "" {
		w.database = filepath.Join(w.dir, "infraops.db")
	}
	if p.cidr == "" {
		p.cidr = "10.20.0.0/22"
	}
	if p.change == "" {
		p.change = `{ type = "standard" }`
	}
	var err error
	if w.requestor, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(w.configuration(p)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must("init", "-no-color")
	return w
}

// with gives the test a connection of its own to the database.
func (w *world) with(use func(*registry.Registry) error) {
	w.t.Helper()
	r, err := registry.OpenRegistry(record.Settings{"database": w.database, "actor": "chaos"})
	if err == nil {
		err = errors.Join(use(r), r.Close())
	}
	if err != nil {
		w.t.Fatalf("using the registry: %v", err)
	}
}

const configuration = `terraform {
  required_providers {
    infraops = { source = "infraops/infraops" }
  }
}

provider "infraops" {
  stack    = %[1]q
  registry = { database = %[2]q }
}

locals {
  vms = { for i in range(%[3]d) : format("vm-%%03d", i) => {} }
}

%[4]s

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster"
}

resource "infraops_backup_policy" "daily" {
  name      = "daily"
  schedules = [{ every = "day" }]
  retention = { daily = 30 }
}

module "vm" {
  source   = %[5]q
  for_each = local.vms

  name         = each.key
  environment  = "test"
  prefix_id    = %[6]s.this.id
  runs_on      = { cluster = infraops_cmdb_configuration_item.cluster.id }
  change       = %[7]s
  backup       = { policy_id = infraops_backup_policy.daily.id }
  notification = { recipients = ["requestor@example.com"] }

  recipient           = %[8]q
  credentials         = { token = "handed over to ${each.key}" }
  credentials_version = 1
}

output "addresses" {
  value = { for name, vm in module.vm : name => vm.address }
}
`

func (w *world) configuration(p plot) string {
	w.t.Helper()
	module, err := filepath.Abs("../../examples/modules/governed_vm")
	if err != nil {
		w.t.Fatal(err)
	}
	block, prefix := "resource", "infraops_ipam_prefix"
	if p.shared {
		block, prefix = "data", "data.infraops_ipam_prefix"
	}
	block = fmt.Sprintf("%s \"infraops_ipam_prefix\" \"this\" {\n  cidr = %q\n}", block, p.cidr)
	return fmt.Sprintf(configuration, w.stack, w.database, w.vms, block, module, prefix, p.change, w.requestor.Recipient())
}

func (w *world) environment() []string {
	var env []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TF_") && !strings.HasPrefix(pair, "INFRAOPS_") {
			env = append(env, pair)
		}
	}
	env = append(env, "TF_CLI_CONFIG_FILE="+w.tools.config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	if w.tools.races != "" {
		env = append(env, "GORACE=log_path="+w.tools.races)
	}
	return env
}

// must runs the CLI, which must succeed.
func (w *world) must(args ...string) string {
	w.t.Helper()
	p := w.start(args...)
	if status := p.wait(); status != 0 {
		w.t.Fatalf("%s %v in stack %s ended with %d\n%s", w.tools.cli, args, w.stack, status, p.out.tail())
	}
	return p.out.String()
}

// fails runs the CLI, which must fail with these words. The CLIs wrap lines, so white space is not compared.
func (w *world) fails(words string, args ...string) {
	w.t.Helper()
	p := w.start(args...)
	if status := p.wait(); status == 0 {
		w.t.Fatalf("%v should have failed with %q", args, words)
	}
	p.says(words)
}

func (p *process) says(words string) {
	p.t.Helper()
	plain := strings.Join(strings.FieldsFunc(p.out.String(), func(r rune) bool { return r == ' ' || r == '\n' || r == '│' }), " ")
	if !strings.Contains(plain, words) {
		p.t.Errorf("%v does not say %q:\n%s", p.cmd.Args, words, p.out.tail())
	}
}

var (
	applyArgs   = []string{"apply", "-auto-approve", "-no-color"}
	destroyArgs = []string{"destroy", "-auto-approve", "-no-color"}
)

// planEmpty fails where the next plan has anything to do.
func (w *world) planEmpty() {
	w.t.Helper()
	p := w.start("plan", "-no-color", "-detailed-exitcode")
	if status := p.wait(); status != 0 {
		w.t.Fatalf("the plan after an apply ended with %d; 0 says that there is nothing to do\n%s", status, p.out.tail())
	}
}

// addresses are what the state says.
func (w *world) addresses() map[string]string {
	w.t.Helper()
	var addresses map[string]string
	if err := json.Unmarshal([]byte(w.must("output", "-json", "addresses")), &addresses); err != nil {
		w.t.Fatal(err)
	}
	return addresses
}

// state is what the tests read of a state file.
type state struct {
	Resources []struct {
		Type      string `json:"type"`
		Instances []struct {
			Status     string         `json:"status"`
			Attributes map[string]any `json:"attributes"`
		} `json:"instances"`
	} `json:"resources"`
}

func (w *world) statePath() string { return filepath.Join(w.dir, "terraform.tfstate") }

// state reads the state file; empty where there is none, or an empty file, which a CLI makes before it has anything to
// write. A file that was torn by a kill is an error.
func (w *world) state() (state, error) {
	var s state
	content, err := os.ReadFile(w.statePath())
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(content) == 0 {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return state{}, fmt.Errorf("%d bytes: %w", len(content), err)
	}
	return s, nil
}

func (s state) size() int {
	n := 0
	for _, r := range s.Resources {
		n += len(r.Instances)
	}
	return n
}

// changes names the change requests that the state has.
func (s state) changes() map[string]bool {
	names := map[string]bool{}
	for _, r := range s.Resources {
		for _, i := range r.Instances {
			if name, ok := i.Attributes["name"].(string); ok && r.Type == "infraops_change_request" {
				names[name] = true
			}
		}
	}
	return names
}

// tainted names the types of resources that the next apply would replace.
func (s state) tainted() []string {
	var types []string
	for _, r := range s.Resources {
		for _, i := range r.Instances {
			if i.Status != "" {
				types = append(types, r.Type+" is "+i.Status)
			}
		}
	}
	return types
}
