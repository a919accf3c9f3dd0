# By the system's own id
terraform import infraops_iam_membership.deploy 8

# By the natural name in the provider's stack
terraform import infraops_iam_membership.deploy 'name:web-operators/svc-deploy@payments-dev'
