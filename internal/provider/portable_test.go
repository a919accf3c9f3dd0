// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const requiredProvider = `terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

`

// onPlatform makes a workspace with a configuration on a platform.
func onPlatform(t *testing.T, p *acctest.Platform, main string) *acctest.Workspace {
	t.Helper()
	w := acctest.NewWorkspace(t)
	copyExample(t, w, "modules/governed_vm")
	w.Write("main.tf", main)
	w.Write("provider.tf", requiredProvider+p.Provider())
	w.Must("init")
	return w
}

const gatedBuild = `
resource "infraops_cmdb_configuration_item" "web" {
  class = "server"
  name  = "web-01"
}

resource "infraops_change_request" "build" {
  summary                = "Build web-01"
  requested_by           = "alice"
  configuration_item_ids = [infraops_cmdb_configuration_item.web.id]
}

resource "infraops_change_approval" "build" {
  change_request_id = infraops_change_request.build.id
  content_hash      = infraops_change_request.build.content_hash
}

resource "terraform_data" "vm" {
  depends_on = [infraops_change_approval.build]
}
`

// words are a text without the CLI's line breaks and frames.
func words(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "│", " ")), " ")
}

// TestAccPortable_gate: whatever keeps the change, a rejection stops the apply with who and why, and an approval lets it go on.
func TestAccPortable_gate(t *testing.T) {
	acctest.EachPlatform(t, func(t *testing.T, p *acctest.Platform) {
		w := onPlatform(t, p, gatedBuild)
		refused := func(parts ...string) {
			t.Helper()
			out, ok := w.Run("apply", "-auto-approve", "-no-color")
			for _, part := range parts {
				if ok || !strings.Contains(words(out), part) {
					t.Errorf("the apply should have stopped with %q:\n%s", part, out)
				}
			}
		}
		number := func() string {
			t.Helper()
			return regexp.MustCompile(`(?m)^\s*number\s+= "(.+)"`).FindStringSubmatch(w.Must("state", "show", "-no-color", "infraops_change_request.build"))[1]
		}
		refused("is requested")
		refused("is requested") // Asking again asks nobody twice.
		p.Decide(t, number(), "bob", false, "not on a Friday")
		refused("was rejected by bob", "not on a Friday")
		w.Write("main.tf", strings.Replace(gatedBuild, `"alice"`, "\"alice\"\n  description = \"On a Monday.\"", 1))
		refused("is requested")
		p.Decide(t, number(), "bob", true, "go ahead")
		if p.Name == "servicenow" { // It has been assessed, and is authorised in a second round.
			refused("is requested")
			p.Decide(t, number(), "bob", true, "go ahead")
		}
		w.Must("apply", "-auto-approve")
		w.Must("plan", "-detailed-exitcode")
		w.Must("destroy", "-auto-approve")
		for _, r := range p.Records(record.KindChangeRequest) {
			if c := r.(*record.ChangeRequest); c.Open() {
				t.Errorf("%s is in state %s after the destroy", c.Number, c.State)
			}
		}
	})
}

const governed = `
resource "infraops_ipam_prefix" "this" {
  cidr = "10.20.0.0/16"
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster"
}

module "vm" {
  source   = "./modules/governed_vm"
  for_each = toset([for n in range(%d) : format("vm-%%02d", n)])

  name        = each.key
  environment = "test"
  spec        = { cpus = "2", memory = "4Gi" }
  change      = { type = "standard", requested_by = "alice", plan = "as reviewed" }
  prefix_id   = infraops_ipam_prefix.this.id
  runs_on     = { cluster = infraops_cmdb_configuration_item.cluster.id }
  account     = null
  identity    = null
  monitoring  = null
}
`

func governedVMs(n int) string { return fmt.Sprintf(governed, n) }

// wantOnce checks that each of n VMs has what it should have, once: nothing is doubled and nothing is missing.
func wantOnce(t *testing.T, p *acctest.Platform, n int) {
	t.Helper()
	for kind, want := range map[record.Kind]int{record.KindConfigurationItem: n + 1, record.KindRelationship: n, record.KindChangeRequest: n} {
		seen := map[string]int{}
		for _, r := range p.Records(kind) {
			if !record.Gone(r) {
				seen[r.Metadata().CorrelationID]++
			}
		}
		for key, times := range seen {
			if times > 1 {
				t.Errorf("%s %s is there %d times", kind, key, times)
			}
		}
		if len(seen) != want {
			t.Errorf("there are %d records of kind %s, want %d", len(seen), kind, want)
		}
	}
}
