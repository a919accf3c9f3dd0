# Of another team, most often, and then by its name.
data "infraops_backup_policy" "silver" {
  id = infraops_backup_policy.silver.id
}

resource "infraops_backup_enrollment" "web" {
  name      = "web-01"
  policy_id = data.infraops_backup_policy.silver.id
  target    = "web-01.example.com"
}

resource "infraops_backup_policy" "silver" {
  name      = "silver"
  schedules = [{ every = "day" }]
  retention = { daily = 30 }
}
