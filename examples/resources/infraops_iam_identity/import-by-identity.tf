import {
  to = infraops_iam_identity.web
  identity = {
    id = "8"
  }
}
