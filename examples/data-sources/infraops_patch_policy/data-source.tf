# Of another team, most often, and then by its name.
data "infraops_patch_policy" "linux" {
  id = infraops_patch_policy.linux.id
}

resource "infraops_patch_enrollment" "web" {
  policy_id = data.infraops_patch_policy.linux.id
  target    = "web-01.example.com"
}

resource "infraops_patch_policy" "linux" {
  name = "linux-weekly"

  # Sundays from two to six in the morning, in winter and in summer.
  schedule = {
    recurrence = "FREQ=WEEKLY;BYDAY=SU"
    start      = "2026-03-01T02:00:00+01:00"
    duration   = "4h"
    time_zone  = "Europe/Berlin"
  }
}
