# The seventeen steps around one VM, in the order in which they happen. Every step but the item, the change and its
# approval can be left out by its variable. A VM of any cloud takes the place of terraform_data.vm: make it depend on
# the output "approved", give its id to vm_id, and set build_vm to false.

locals {
  fqdn = "${var.name}.${var.domain}"

  # Another specification, or another image, is another change.
  built = merge(var.spec, var.image == null ? {} : { image = one(data.infraops_image.vm[*].external_id) })
}

# Step 1: the image. One that is revoked or has expired fails the plan.
data "infraops_image" "vm" {
  count = var.image == null ? 0 : 1

  family   = var.image.family
  channel  = var.image.channel
  version  = var.image.version
  platform = var.image.platform
  region   = var.image.region
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

# Step 3: the change request.
resource "infraops_change_request" "build" {
  name                   = "Build ${var.name}"
  summary                = "Build ${var.name} in ${var.environment}"
  type                   = var.change.type
  risk                   = var.change.risk
  impact                 = var.change.impact
  environment            = var.environment
  requested_by           = var.change.requested_by
  planned_start          = var.change.planned_start
  planned_end            = var.change.planned_end
  configuration_item_ids = [infraops_cmdb_configuration_item.vm.id]
  implementation_plan    = "Terraform builds the VM from the reviewed configuration."
  backout_plan           = "Terraform destroys the VM; its configuration item is retired."
  attachments            = var.change.plan == null ? null : { "plan.txt" = var.change.plan }
  triggers               = local.built

  lifecycle {
    # The plan that a change was opened with stays with it. Later plans, which have other VMs in them, are no edits of it.
    ignore_changes = [attachments]
  }
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
    spec    = local.built
  }

  depends_on = [infraops_change_approval.build]
}

locals {
  vm_id = var.build_vm ? terraform_data.vm[0].id : var.vm_id
}

# Step 7: checks before anything is installed. One that fails stops the apply here.
resource "infraops_check" "pre" {
  for_each = { for name, check in var.checks : name => check if check.stage == "pre" }

  name        = each.key
  stage       = each.value.stage
  tcp         = each.value.tcp
  http        = each.value.http
  tls         = each.value.tls
  dns         = each.value.dns
  icmp        = each.value.icmp
  ssh_command = each.value.ssh_command
  interval    = each.value.interval
  timeout     = each.value.timeout
  severity    = each.value.severity
  triggers    = { vm = local.vm_id }
}

# Step 8: the functional account. Its password is generated, sealed to the recipient, and never in Terraform's hands.
resource "infraops_iam_functional_account" "vm" {
  count = var.account == null ? 0 : 1

  name            = coalesce(var.account.name, "svc-${var.name}")
  description     = "Runs the services on ${local.fqdn}."
  owner           = var.owner
  ssh_public_keys = var.account.ssh_public_keys

  generate_password = var.recipient == null ? null : {
    length  = 32
    version = var.account.password_version

    deliver_to = {
      path      = "${var.environment}/${var.name}/account"
      recipient = var.recipient
    }
  }

  depends_on = [infraops_check.pre]
}

# Step 9: the VM's own identity, and the groups that it is in.
resource "infraops_iam_identity" "vm" {
  count = var.identity == null ? 0 : 1

  name     = var.name
  kind     = "computer"
  dns_name = local.fqdn

  depends_on = [infraops_check.pre]
}

resource "infraops_iam_membership" "vm" {
  for_each = var.identity == null ? toset([]) : var.identity.groups

  group         = each.value
  member        = infraops_iam_identity.vm[0].principal
  justification = infraops_change_request.build.number
}

# Step 10: monitoring, silent during the change's window.
resource "infraops_monitoring_target" "vm" {
  count = var.monitoring == null ? 0 : 1

  name                  = var.name
  address               = infraops_ipam_address.vm.address
  port                  = var.monitoring.port
  profiles              = var.monitoring.profiles
  groups                = var.monitoring.groups
  labels                = merge({ environment = var.environment }, var.monitoring.labels)
  configuration_item_id = infraops_cmdb_configuration_item.vm.id

  depends_on = [infraops_check.pre]
}

resource "infraops_monitoring_downtime" "build" {
  count = var.monitoring == null || var.change.planned_start == null || var.change.planned_end == null ? 0 : 1

  target_id = infraops_monitoring_target.vm[0].id
  start     = var.change.planned_start
  end       = var.change.planned_end
  reason    = "${infraops_change_request.build.number}: ${infraops_change_request.build.summary}"
}

# Step 11: patching.
resource "infraops_patch_enrollment" "vm" {
  count = var.patch == null ? 0 : 1

  policy_id = var.patch.policy_id
  target    = local.fqdn
  ring      = coalesce(var.patch.ring, var.environment)

  depends_on = [infraops_check.pre]
}

# Step 12: backup.
resource "infraops_backup_enrollment" "vm" {
  count = var.backup == null ? 0 : 1

  name       = var.name
  policy_id  = var.backup.policy_id
  target     = infraops_ipam_address.vm.address
  exclude    = var.backup.exclude
  on_destroy = "retain"

  depends_on = [infraops_check.pre]
}

# Step 13: software.
resource "infraops_software_package" "vm" {
  for_each = var.software

  name    = each.key
  version = each.value
  host    = { address = infraops_ipam_address.vm.address }

  depends_on = [infraops_check.pre, infraops_iam_functional_account.vm]
}

# Step 14: checks after everything is in place.
resource "infraops_check" "post" {
  for_each = { for name, check in var.checks : name => check if check.stage == "post" }

  name        = each.key
  stage       = each.value.stage
  tcp         = each.value.tcp
  http        = each.value.http
  tls         = each.value.tls
  dns         = each.value.dns
  icmp        = each.value.icmp
  ssh_command = each.value.ssh_command
  interval    = each.value.interval
  timeout     = each.value.timeout
  severity    = each.value.severity
  triggers    = { vm = local.vm_id }

  depends_on = [
    infraops_iam_functional_account.vm,
    infraops_iam_membership.vm,
    infraops_monitoring_target.vm,
    infraops_patch_enrollment.vm,
    infraops_backup_enrollment.vm,
    infraops_software_package.vm,
  ]
}

# Step 15: what is known only now.
resource "infraops_cmdb_configuration_item_state" "vm" {
  configuration_item_id = infraops_cmdb_configuration_item.vm.id
  status                = "operational"

  attributes = {
    vm_id   = local.vm_id
    address = infraops_ipam_address.vm.address
  }

  depends_on = [infraops_check.post]
}

# Step 16: the change is done, with what shows that it worked.
resource "infraops_change_closure" "build" {
  change_request_id = infraops_change_approval.build.change_request_id
  notes             = "${var.name} was built as requested."

  evidence = merge(
    { configuration_item = infraops_cmdb_configuration_item_state.vm.id },
    { for name, check in merge(infraops_check.pre, infraops_check.post) : "check ${name}" => check.message },
  )
}

# Step 17: the requestor is told, and the credentials are handed over, sealed to the recipient's key.
resource "infraops_secret_delivery" "credentials" {
  count = var.recipient == null || var.credentials_version == null ? 0 : 1

  path              = "${var.environment}/${var.name}/credentials"
  recipient         = var.recipient
  secret_wo         = var.credentials
  secret_wo_version = var.credentials_version

  depends_on = [infraops_change_closure.build]
}

resource "infraops_notification_message" "done" {
  count = var.notification == null ? 0 : 1

  name       = "${var.name} is ready"
  channel    = var.notification.channel
  recipients = var.notification.recipients
  subject    = "${var.name} is ready"
  body       = "${local.fqdn} was built in ${var.environment} and handed over."

  facts = {
    address = infraops_ipam_address.vm.address
    change  = infraops_change_request.build.number
  }

  triggers = { change = infraops_change_closure.build.change_request_id }

  depends_on = [infraops_secret_delivery.credentials]
}

# The gate of a destroy. It depends on everything, so that it goes first: nothing is taken away before the
# decommission has been approved.
resource "infraops_change_decommission" "vm" {
  change_request_id = infraops_change_request.build.id
  summary           = "Decommission ${var.name} in ${var.environment}"
  type              = coalesce(var.change.decommission_type, var.change.type)
  requested_by      = var.change.requested_by
  max_wait          = var.change.max_wait
  poll_interval     = var.change.poll_interval

  depends_on = [
    terraform_data.vm,
    infraops_cmdb_relationship.runs_on,
    infraops_monitoring_downtime.build,
    infraops_notification_message.done,
  ]
}
