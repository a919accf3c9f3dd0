resource "infraops_monitoring_target" "web" {
  name    = "web-01"
  address = "10.20.0.7"
}

resource "infraops_monitoring_downtime" "patching" {
  target_id = infraops_monitoring_target.web.id
  start     = "2090-03-01T22:00:00Z"
  end       = "2090-03-02T00:00:00Z"
  reason    = "CHG0000042: kernel update"
}
