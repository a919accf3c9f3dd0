# By the system's own id
terraform import infraops_ipam_address.web 8

# By the natural name in the provider's stack
terraform import infraops_ipam_address.web 'name:web-01'
