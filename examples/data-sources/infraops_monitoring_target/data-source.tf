resource "infraops_monitoring_target" "web" {
  name    = "web-01"
  address = "10.20.0.7"
}

# A target that another stack manages is found in the same way.
data "infraops_monitoring_target" "web" {
  name = infraops_monitoring_target.web.name
}

output "health" {
  value = data.infraops_monitoring_target.web.health
}
