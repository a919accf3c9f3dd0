# By the system's own id
terraform import infraops_patch_enrollment.web 22

# By the natural name in the provider's stack
terraform import infraops_patch_enrollment.web 'name:web-01.example.com'
