# By the id of the change request that provisioned what the gate guards
terraform import infraops_change_decommission.web 45

# The same as a natural name
terraform import infraops_change_decommission.web 'name:45'
