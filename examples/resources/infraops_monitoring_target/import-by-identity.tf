import {
  to = infraops_monitoring_target.web
  identity = {
    id = "8"
  }
}
