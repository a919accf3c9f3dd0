resource "infraops_monitoring_target" "web" {
  name     = "web-01"
  address  = "web-01.example.com"
  port     = 9100
  profiles = ["node"]
  groups   = ["web", "production"]
  interval = "30s"

  labels = {
    team = "payments"
  }
}
