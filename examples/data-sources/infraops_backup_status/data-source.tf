resource "infraops_backup_policy" "silver" {
  name      = "silver"
  schedules = [{ every = "day" }]
  retention = { daily = 30 }
}

resource "infraops_backup_enrollment" "web" {
  name      = "web-01"
  policy_id = infraops_backup_policy.silver.id
  target    = "web-01.example.com"
}

data "infraops_backup_status" "web" {
  id = infraops_backup_enrollment.web.id
}

# Null until the first good backup, and where the system does not know.
output "last_success_at" {
  value = data.infraops_backup_status.web.last_success_at
}
