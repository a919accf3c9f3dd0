# By the system's own id
terraform import infraops_change_freeze.year_end 45

# By the natural name in the provider's stack
terraform import infraops_change_freeze.year_end name:year-end-2030
