// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// recordsPerVM is how many records the module of a governed VM has in the benchmark.
const recordsPerVM = 17

// governed is a stack of VMs with all their steps, by the very module that users have; its counterpart has as many
// terraform_data in the same modules, each referring to the one before.
var (
	ourVMs  = layout{"governed", writeGoverned}
	baseVMs = layout{"governed-base", writeGovernedBase}
)

// moduleDirectory is where the module is when `make bench` runs.
const moduleDirectory = "examples/modules/governed_vm"

const governedRoot = `terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

provider "infraops" {
  stack = "bench"
}

resource "infraops_ipam_prefix" "this" {
  cidr = "10.0.0.0/12"
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster"
}

resource "infraops_patch_policy" "this" {
  name     = "weekly"
  schedule = { recurrence = "FREQ=WEEKLY;BYDAY=SU", start = "2026-01-04T02:00:00Z", duration = "4h", time_zone = "UTC" }
}

resource "infraops_backup_policy" "this" {
  name      = "daily"
  schedules = [{ every = "day", at = "01:30", type = "incremental" }]
  retention = { daily = 14 }
}

module "vm" {
  source       = "./governed_vm"
  count        = %d
  name         = "vm-${count.index}"
  environment  = "prod"
  prefix_id    = infraops_ipam_prefix.this.id
  change       = { type = "standard" }
  runs_on      = { cluster = infraops_cmdb_configuration_item.cluster.id }
  identity     = { groups = ["prod-servers"] }
  patch        = { policy_id = infraops_patch_policy.this.id }
  backup       = { policy_id = infraops_backup_policy.this.id }
  software     = { nginx = ">= 1.22" }
  notification = { recipients = ["requestor@example.com"] }
}
`

func writeGoverned(dir string, n int) error {
	files := map[string]string{"main.tf": fmt.Sprintf(governedRoot, n)}
	sources, err := filepath.Glob(filepath.Join(moduleDirectory, "*.tf"))
	if err != nil || len(sources) == 0 {
		return fmt.Errorf("run this where %s is: %w", moduleDirectory, os.ErrNotExist)
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		files["governed_vm/"+filepath.Base(source)] = string(text)
	}
	return writeFiles(dir, files)
}

func writeGovernedBase(dir string, n int) error {
	var module strings.Builder
	module.WriteString("variable \"part\" { type = number }\n")
	for step := 1; step <= recordsPerVM; step++ {
		before := "null"
		if step > 1 {
			before = fmt.Sprintf("terraform_data.step_%02d.id", step-1)
		}
		fmt.Fprintf(&module, `
resource "terraform_data" "step_%02d" {
  input = {
    name        = "vm-${var.part}"
    environment = "prod"
    owner       = "payments"
    group       = "linux-operations"
    fqdn        = "vm-${var.part}.example.com"
    before      = %s
    attributes  = { cpu = "4", memory_gib = "16" }
  }
}
`, step, before)
	}
	root := fmt.Sprintf("module \"vm\" {\n  source = \"./vm\"\n  count  = %d\n  part   = count.index\n}\n", n)
	return writeFiles(dir, map[string]string{"main.tf": root, "vm/main.tf": module.String()})
}
