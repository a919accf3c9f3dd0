# By the system's own id
terraform import infraops_change_request.resize 45

# By the natural name in the provider's stack
terraform import infraops_change_request.resize 'name:Resize web-01'
