# By the system's own id
terraform import infraops_iam_functional_account.backup 8

# By the natural name in the provider's stack
terraform import infraops_iam_functional_account.backup 'name:svc-backup'
