# By the system's own id
terraform import infraops_iam_identity.web 8

# By the natural name in the provider's stack
terraform import infraops_iam_identity.web 'name:computer/web-01'
