import {
  to = infraops_monitoring_downtime.patching
  identity = {
    id = "8"
  }
}
