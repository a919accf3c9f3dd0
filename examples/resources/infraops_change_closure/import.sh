# By the system's own id
terraform import infraops_change_closure.build 45

# By the natural name in the provider's stack
terraform import infraops_change_closure.build 'name:45'
