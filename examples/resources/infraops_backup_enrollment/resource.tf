resource "infraops_backup_policy" "silver" {
  name      = "silver"
  schedules = [{ every = "day" }]
  retention = { daily = 30 }
}

resource "infraops_backup_enrollment" "web" {
  name      = "web-01"
  policy_id = infraops_backup_policy.silver.id
  target    = "web-01.example.com"
  include   = ["/etc", "/srv"]
  exclude   = ["/srv/cache"]

  # Recovery points outlive the machine for as long as the policy says.
  on_destroy = "retain"
}
