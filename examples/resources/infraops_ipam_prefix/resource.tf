resource "infraops_ipam_prefix" "servers" {
  cidr        = "10.20.0.0/24"
  name        = "dev servers"
  description = "Servers of the development environment"
  gateway     = "10.20.0.1"
  environment = "dev"

  labels = {
    zone = "internal"
  }
}
