# By the system's own id
terraform import infraops_ipam_prefix.servers 7

# By the natural name in the provider's stack
terraform import infraops_ipam_prefix.servers 'name:10.20.0.0/24'
