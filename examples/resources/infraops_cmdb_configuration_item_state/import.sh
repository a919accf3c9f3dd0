# By the system's own id
terraform import infraops_cmdb_configuration_item_state.web 42

# By the natural name in the provider's stack
terraform import infraops_cmdb_configuration_item_state.web 'name:42'
