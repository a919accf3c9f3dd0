resource "infraops_iam_membership" "grace" {
  group  = "web-operators"
  member = "grace@example.com"
}

data "infraops_iam_group" "operators" {
  name       = "web-operators"
  depends_on = [infraops_iam_membership.grace]
}

output "operators" {
  value = data.infraops_iam_group.operators.members
}
