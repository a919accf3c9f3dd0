# By the system's own id
terraform import infraops_patch_policy.linux 21

# By the natural name in the provider's stack
terraform import infraops_patch_policy.linux 'name:linux-weekly'
