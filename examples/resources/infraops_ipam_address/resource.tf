resource "infraops_ipam_prefix" "servers" {
  cidr    = "10.20.0.0/24"
  gateway = "10.20.0.1"
}

# The next free address.
resource "infraops_ipam_address" "web" {
  name      = "web-01"
  prefix_id = infraops_ipam_prefix.servers.id
  hostname  = "web-01.example.com"
}

# A particular one.
resource "infraops_ipam_address" "dns" {
  name      = "dns-01"
  prefix_id = infraops_ipam_prefix.servers.id
  address   = "10.20.0.53"
}
