# The same in every environment: the provider block and terraform.tfvars are all that differs.

variable "environment" {
  type = string
}

variable "cidr" {
  type = string
}

variable "gateway" {
  type = string
}

variable "change" {
  type    = any
  default = {}
}

variable "plan" {
  description = "The text of the reviewed plan, which a pipeline attaches to the changes that it opens."
  type        = string
  default     = null
}

variable "image_version" {
  description = "The version of the image family that the channel of this environment points to."
  type        = string
  default     = "9.4.0"
}

variable "checks" {
  description = "The checks before and after the installation, in the form of the module's checks."
  type        = any
  default     = {}
}

variable "requestor" {
  description = "Who is told when a VM is ready."
  type        = string
  default     = null
}

variable "recipient" {
  description = "The age or SSH public key to which credentials are sealed."
  type        = string
  default     = null
}

variable "credentials" {
  type      = map(string)
  default   = {}
  sensitive = true
  ephemeral = true
}

variable "credentials_version" {
  type    = number
  default = null
}

variable "vms" {
  description = "The VMs, by name, each with its specification."
  type        = map(map(string))
}

# What the platform team keeps for all VMs. In a larger house it is a stack of its own, and this one looks it up.

resource "infraops_image_version" "base" {
  family      = "debian"
  version     = var.image_version
  platform    = "vsphere"
  external_id = "template-debian-${var.image_version}"
}

resource "infraops_image_channel" "base" {
  family  = infraops_image_version.base.family
  name    = var.environment
  version = infraops_image_version.base.version
}

resource "infraops_ipam_prefix" "this" {
  cidr        = var.cidr
  gateway     = var.gateway
  name        = "${var.environment} servers"
  environment = var.environment
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class       = "service"
  name        = "${var.environment}-cluster"
  environment = var.environment
}

resource "infraops_patch_policy" "weekly" {
  name            = "${var.environment} weekly"
  classifications = ["security", "critical"]
  reboot          = "if_required"

  schedule = {
    recurrence = "FREQ=WEEKLY;BYDAY=SU"
    start      = "2026-01-04T02:00:00+01:00"
    duration   = "4h"
    time_zone  = "Europe/Berlin"
  }
}

resource "infraops_backup_policy" "daily" {
  name      = "${var.environment} daily"
  schedules = [{ every = "day", at = "01:30", type = "incremental" }]
  time_zone = "Europe/Berlin"
  retention = { daily = 14 }
}

# A map in a variable or a local, and modules over it: Terraform evaluates an inline toset([for ...]) once per
# instance, which makes a plan of a thousand VMs quadratic.
module "vm" {
  source   = "../../modules/governed_vm"
  for_each = var.vms

  name        = each.key
  environment = var.environment
  spec        = each.value
  change      = merge(var.change, { plan = var.plan })

  image = {
    family   = infraops_image_channel.base.family
    channel  = infraops_image_channel.base.name
    platform = infraops_image_version.base.platform
  }

  prefix_id           = infraops_ipam_prefix.this.id
  runs_on             = { cluster = infraops_cmdb_configuration_item.cluster.id }
  checks              = var.checks
  account             = {}
  identity            = { groups = ["${var.environment}-servers"] }
  monitoring          = { profiles = ["linux"], groups = [var.environment] }
  patch               = { policy_id = infraops_patch_policy.weekly.id }
  backup              = { policy_id = infraops_backup_policy.daily.id }
  software            = { nginx = ">= 1.22", chrony = null }
  notification        = var.requestor == null ? null : { recipients = [var.requestor] }
  recipient           = var.recipient
  credentials         = var.credentials
  credentials_version = var.credentials_version

  # The channel must be there before the module asks for its image.
  depends_on = [infraops_image_channel.base]
}

output "vms" {
  value = { for name, vm in module.vm : name => { address = vm.address, change = vm.change_number } }
}

output "report" {
  description = "What each step left, for each VM."
  value       = join("\n", flatten([for name, vm in module.vm : concat([name], formatlist("  %s", vm.report))]))
}
