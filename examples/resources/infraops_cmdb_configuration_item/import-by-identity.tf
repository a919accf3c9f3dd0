import {
  to = infraops_cmdb_configuration_item.web
  identity = {
    id = "42"
  }
}
