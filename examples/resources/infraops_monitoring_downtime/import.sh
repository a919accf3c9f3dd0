# By the system's own id
terraform import infraops_monitoring_downtime.patching 8

# By the natural name in the provider's stack
terraform import infraops_monitoring_downtime.patching 'name:42/2090-03-01T22:00:00Z'
