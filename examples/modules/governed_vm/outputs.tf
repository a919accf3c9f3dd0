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
