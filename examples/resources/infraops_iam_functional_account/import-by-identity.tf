import {
  to = infraops_iam_functional_account.backup
  identity = {
    id = "8"
  }
}
