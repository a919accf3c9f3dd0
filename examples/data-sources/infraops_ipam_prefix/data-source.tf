resource "infraops_ipam_prefix" "servers" {
  cidr    = "10.20.0.0/24"
  name    = "dev servers"
  gateway = "10.20.0.1"
}

# A prefix that another stack manages is found in the same way.
data "infraops_ipam_prefix" "servers" {
  cidr = infraops_ipam_prefix.servers.cidr
}

output "free_addresses" {
  value = data.infraops_ipam_prefix.servers.free
}
