# By the system's own id
terraform import infraops_monitoring_target.web 8

# By the natural name in the provider's stack
terraform import infraops_monitoring_target.web 'name:web-01'
