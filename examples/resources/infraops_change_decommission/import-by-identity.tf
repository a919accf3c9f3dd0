import {
  to = infraops_change_decommission.web
  identity = {
    id = "45"
  }
}
