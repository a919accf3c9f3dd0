resource "infraops_cmdb_configuration_item" "web" {
  class         = "virtual_machine"
  name          = "web-01"
  environment   = "dev"
  owner         = "payments"
  support_group = "platform"
  fqdn          = "web-01.example.com"

  attributes = {
    cpus   = "4"
    memory = "16Gi"
  }
}
