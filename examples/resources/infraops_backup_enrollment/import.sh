# By the system's own id
terraform import infraops_backup_enrollment.web 32

# By the natural name in the provider's stack
terraform import infraops_backup_enrollment.web 'name:web-01'
