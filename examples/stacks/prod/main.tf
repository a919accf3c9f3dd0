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

variable "vms" {
  description = "The VMs, by name, each with its specification."
  type        = map(map(string))
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

# A map in a variable or a local, and modules over it: Terraform evaluates an inline toset([for ...]) once per
# instance, which makes a plan of a thousand VMs quadratic.
module "vm" {
  source   = "../../modules/governed_vm"
  for_each = var.vms

  name        = each.key
  environment = var.environment
  prefix_id   = infraops_ipam_prefix.this.id
  runs_on     = { cluster = infraops_cmdb_configuration_item.cluster.id }
  spec        = each.value
  change      = var.change
}

output "vms" {
  value = { for name, vm in module.vm : name => { address = vm.address, change = vm.change_number } }
}
