output "configuration_item_id" {
  description = "The id of the VM's configuration item."
  value       = infraops_cmdb_configuration_item.vm.id
}

output "change_number" {
  description = "The number of the change request."
  value       = infraops_change_request.build.number
}

output "approved" {
  description = "When the change was approved. Whatever needs the approval depends on it."
  value       = infraops_change_approval.build.approved_at
}

output "address" {
  description = "The VM's address, with its prefix length."
  value       = infraops_ipam_address.vm.cidr
}

output "gateway" {
  description = "The gateway of the VM's address."
  value       = infraops_ipam_address.vm.gateway
}

output "report" {
  description = "What each step left, a line for each, in their order."
  value = compact([
    length(data.infraops_image.vm) == 0 ? "" : "01 image              ${data.infraops_image.vm[0].family} ${data.infraops_image.vm[0].version}: ${data.infraops_image.vm[0].external_id}",
    "02 configuration item ${infraops_cmdb_configuration_item.vm.correlation_id}",
    "03 change request     ${infraops_change_request.build.number}: ${infraops_change_request.build.summary}",
    "04 approval           ${infraops_change_approval.build.approved_at}${join("", formatlist(" by %s", infraops_change_approval.build.approvers[*].name))}",
    "05 IP address         ${infraops_ipam_address.vm.cidr}",
    "06 VM                 ${local.vm_id}",
    "07 pre-checks         ${length(infraops_check.pre) == 0 ? "none" : join("; ", values(infraops_check.pre)[*].message)}",
    length(infraops_iam_functional_account.vm) == 0 ? "" : "08 functional account ${infraops_iam_functional_account.vm[0].principal}",
    length(infraops_iam_identity.vm) == 0 ? "" : "09 identity           ${join(", ", concat([infraops_iam_identity.vm[0].principal], [for m in infraops_iam_membership.vm : "member of ${m.group}"]))}",
    length(infraops_monitoring_target.vm) == 0 ? "" : "10 monitoring         ${infraops_monitoring_target.vm[0].correlation_id}",
    length(infraops_patch_enrollment.vm) == 0 ? "" : "11 patching           ring ${infraops_patch_enrollment.vm[0].ring} of policy ${infraops_patch_enrollment.vm[0].policy_id}",
    length(infraops_backup_enrollment.vm) == 0 ? "" : "12 backup             policy ${infraops_backup_enrollment.vm[0].policy_id}",
    length(infraops_software_package.vm) == 0 ? "" : "13 software           ${join(", ", [for p in infraops_software_package.vm : "${p.name} ${coalesce(p.version, "any version")}"])}",
    "14 post-checks        ${length(infraops_check.post) == 0 ? "none" : join("; ", values(infraops_check.post)[*].message)}",
    "15 item state         ${infraops_cmdb_configuration_item_state.vm.status}",
    "16 closure            ${infraops_change_closure.build.outcome} at ${infraops_change_closure.build.closed_at}",
    length(infraops_notification_message.done) == 0 ? "" : "17 hand-over          ${infraops_notification_message.done[0].subject}, to ${join(", ", infraops_notification_message.done[0].recipients)}${join("", formatlist("; sealed as %s", infraops_secret_delivery.credentials[*].path))}",
  ])
}
