# By the system's own id
terraform import infraops_secret_delivery.admin 8

# By the natural name in the provider's stack
terraform import infraops_secret_delivery.admin 'name:vm/web-01/admin'
