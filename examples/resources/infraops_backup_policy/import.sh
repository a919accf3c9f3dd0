# By the system's own id
terraform import infraops_backup_policy.gold 31

# By the natural name in the provider's stack
terraform import infraops_backup_policy.gold 'name:gold'
