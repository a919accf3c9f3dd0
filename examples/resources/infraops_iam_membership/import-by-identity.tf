import {
  to = infraops_iam_membership.deploy
  identity = {
    id = "8"
  }
}
