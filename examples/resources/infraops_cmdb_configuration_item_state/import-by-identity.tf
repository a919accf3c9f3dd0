import {
  to = infraops_cmdb_configuration_item_state.web
  identity = {
    id = "42"
  }
}
