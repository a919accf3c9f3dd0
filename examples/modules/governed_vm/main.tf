# The steps around one VM, in the order in which they happen. A VM of any cloud takes the place of terraform_data.vm:
# make it depend on the output "approved", give its id to vm_id, and set build_vm to false.

locals {
  fqdn = "${var.name}.${var.domain}"
}

# Step 2: the configuration item, planned before anything exists.
resource "infraops_cmdb_configuration_item" "vm" {
  class         = "virtual_machine"
  name          = var.name
  environment   = var.environment
  owner         = var.owner
  support_group = var.support_group
  fqdn          = local.fqdn
  attributes    = var.spec
}

resource "infraops_cmdb_relationship" "runs_on" {
  for_each = var.runs_on

  parent_id = infraops_cmdb_configuration_item.vm.id
  child_id  = each.value
  type      = "runs_on"
}

# Step 3: the change request. Another specification is another change.
resource "infraops_change_request" "build" {
  name                   = "Build ${var.name}"
  summary                = "Build ${var.name} in ${var.environment}"
  type                   = var.change.type
  risk                   = var.change.risk
  impact                 = var.change.impact
  requested_by           = var.change.requested_by
  planned_start          = var.change.planned_start
  planned_end            = var.change.planned_end
  configuration_item_ids = [infraops_cmdb_configuration_item.vm.id]
  implementation_plan    = "Terraform builds the VM from the reviewed configuration."
  backout_plan           = "Terraform destroys the VM; its configuration item is retired."
  triggers               = var.spec
}

# Step 4: the approval. It stops the apply until somebody else than the requester has approved.
resource "infraops_change_approval" "build" {
  change_request_id = infraops_change_request.build.id
  content_hash      = infraops_change_request.build.content_hash
  max_wait          = var.change.max_wait
  poll_interval     = var.change.poll_interval
  enforce_window    = var.change.enforce_window
}

# Step 5: the address.
resource "infraops_ipam_address" "vm" {
  name                  = var.name
  prefix_id             = var.prefix_id
  hostname              = local.fqdn
  configuration_item_id = infraops_cmdb_configuration_item.vm.id

  depends_on = [infraops_change_approval.build]
}

# Step 6: the VM.
resource "terraform_data" "vm" {
  count = var.build_vm ? 1 : 0

  input = {
    name    = var.name
    address = infraops_ipam_address.vm.address
    spec    = var.spec
  }

  depends_on = [infraops_change_approval.build]
}

locals {
  vm_id = var.build_vm ? terraform_data.vm[0].id : var.vm_id
}

# Step 15: what is known only now.
resource "infraops_cmdb_configuration_item_state" "vm" {
  configuration_item_id = infraops_cmdb_configuration_item.vm.id
  status                = "operational"

  attributes = {
    vm_id   = local.vm_id
    address = infraops_ipam_address.vm.address
  }
}

# Step 16: the change is done.
resource "infraops_change_closure" "build" {
  change_request_id = infraops_change_approval.build.change_request_id
  notes             = "${var.name} was built as requested."

  evidence = {
    configuration_item = infraops_cmdb_configuration_item_state.vm.id
  }
}
