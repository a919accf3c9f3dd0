import {
  to = infraops_change_approval.build
  identity = {
    id = "45"
  }
}
