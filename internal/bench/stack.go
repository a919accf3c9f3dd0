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

// perModule is how many records a module has. Small modules keep out what Terraform itself does quadratically: it
// evaluates all instances of a resource for each reference to one.
const perModule = 20

// Both stacks have the same layout: pairs of which one refers to the other, with as many values.
const (
	ourRoot = `terraform {
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

module "part" {
  source    = "./part"
  count     = %d
  part      = count.index
  prefix_id = infraops_ipam_prefix.this.id
}
`
	ourModule = `terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

variable "part" { type = number }
variable "prefix_id" { type = string }

resource "infraops_ipam_address" "vm" {
  count       = %[1]d
  name        = "vm-${var.part}-${count.index}"
  prefix_id   = var.prefix_id
  hostname    = "vm-${var.part}-${count.index}.example.com"
  description = "Main address of VM ${count.index}"
  labels      = { team = "payments", tier = "web" }
}

resource "infraops_cmdb_configuration_item" "vm" {
  count         = %[1]d
  class         = "virtual_machine"
  name          = "vm-${var.part}-${count.index}"
  environment   = "prod"
  owner         = "payments"
  support_group = "linux-operations"
  location      = "fra-1"
  fqdn          = "vm-${var.part}-${count.index}.example.com"
  ip_address    = infraops_ipam_address.vm[count.index].address
  attributes    = { cpu = "4", memory_gib = "16", disk_gib = "100", os = "debian-13" }
}
`
	baseRoot = `module "part" {
  source    = "./part"
  count     = %d
  part      = count.index
  prefix_id = "1"
}
`
	baseModule = `variable "part" { type = number }
variable "prefix_id" { type = string }

resource "terraform_data" "address" {
  count = %[1]d
  input = {
    name        = "vm-${var.part}-${count.index}"
    prefix_id   = var.prefix_id
    hostname    = "vm-${var.part}-${count.index}.example.com"
    description = "Main address of VM ${count.index}"
    labels      = { team = "payments", tier = "web" }
    address     = "10.0.${var.part %% 256}.${count.index}"
  }
}

resource "terraform_data" "vm" {
  count = %[1]d
  input = {
    class         = "virtual_machine"
    name          = "vm-${var.part}-${count.index}"
    environment   = "prod"
    owner         = "payments"
    support_group = "linux-operations"
    location      = "fra-1"
    fqdn          = "vm-${var.part}-${count.index}.example.com"
    ip_address    = terraform_data.address[count.index].output.address
    attributes    = { cpu = "4", memory_gib = "16", disk_gib = "100", os = "debian-13" }
  }
}
`
)

// layout is a way to make a stack of n units.
type layout struct {
	// name is a part of the directory's name.
	name string
	// write makes the stack's files.
	write func(dir string, n int) error
}

// The layouts that are compared, ours with its counterpart in terraform_data.
var (
	ourPairs  = layout{"ours", func(dir string, n int) error { return writeStack(dir, ourRoot, ourModule, n) }}
	basePairs = layout{"base", func(dir string, n int) error { return writeStack(dir, baseRoot, baseModule, n) }}
)

// writeStack makes a directory with a stack of n records.
func writeStack(dir, root, module string, n int) error {
	text := strings.TrimLeft(fmt.Sprintf(module, perModule/2), "\n")
	return writeFiles(dir, map[string]string{"main.tf": fmt.Sprintf(root, n/perModule), "part/main.tf": text})
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
