resource "infraops_cmdb_configuration_item" "web" {
  class = "virtual_machine"
  name  = "web-01"
}

resource "terraform_data" "vm" {
  input = infraops_cmdb_configuration_item.web.name
}

# Known only once the VM exists.
resource "infraops_cmdb_configuration_item_state" "web" {
  configuration_item_id = infraops_cmdb_configuration_item.web.id
  status                = "operational"

  attributes = {
    vm_id = terraform_data.vm.id
  }
}
