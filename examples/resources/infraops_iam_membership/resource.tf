resource "infraops_iam_functional_account" "deploy" {
  name = "svc-deploy"
}

resource "infraops_iam_membership" "deploy" {
  group         = "web-operators"
  member        = infraops_iam_functional_account.deploy.principal
  expires_at    = "2031-01-01T00:00:00Z"
  justification = "Deploys the shop until it moves."
}
