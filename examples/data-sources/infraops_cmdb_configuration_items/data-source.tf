resource "infraops_cmdb_configuration_item" "web" {
  class       = "virtual_machine"
  name        = "web-01"
  environment = "dev"

  attributes = {
    tier = "web"
  }
}

data "infraops_cmdb_configuration_items" "web" {
  class       = "virtual_machine"
  environment = "dev"

  attributes = {
    tier = "web"
  }

  depends_on = [infraops_cmdb_configuration_item.web]
}

output "web_servers" {
  value = data.infraops_cmdb_configuration_items.web.configuration_items[*].name
}
