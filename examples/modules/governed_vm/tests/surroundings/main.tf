# What the platform team keeps: the tests build it before they build VMs.

terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

resource "infraops_image_version" "this" {
  family      = "debian"
  version     = "13.1.0"
  platform    = "vsphere"
  external_id = "template-13-1"
}

resource "infraops_image_channel" "this" {
  family  = infraops_image_version.this.family
  name    = "stable"
  version = infraops_image_version.this.version
}

resource "infraops_ipam_prefix" "this" {
  cidr    = "10.77.0.0/24"
  gateway = "10.77.0.1"
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster"
}

resource "infraops_patch_policy" "this" {
  name     = "weekly"
  schedule = { recurrence = "FREQ=WEEKLY;BYDAY=SU", start = "2026-01-04T02:00:00+01:00", duration = "4h", time_zone = "Europe/Berlin" }
}

resource "infraops_backup_policy" "this" {
  name      = "daily"
  schedules = [{ every = "day", at = "01:30", type = "incremental" }]
  retention = { daily = 14 }
}

output "prefix_id" {
  value = infraops_ipam_prefix.this.id
}

output "cluster_id" {
  value = infraops_cmdb_configuration_item.cluster.id
}

output "patch_policy_id" {
  value = infraops_patch_policy.this.id
}

output "backup_policy_id" {
  value = infraops_backup_policy.this.id
}
