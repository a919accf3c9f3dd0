resource "infraops_patch_policy" "linux" {
  name = "linux-weekly"

  # Sundays from two to six in the morning, in winter and in summer.
  schedule = {
    recurrence = "FREQ=WEEKLY;BYDAY=SU"
    start      = "2026-03-01T02:00:00+01:00"
    duration   = "4h"
    time_zone  = "Europe/Berlin"
  }

  classifications    = ["security", "critical"]
  exclude            = ["docker-ce"]
  approve_after_days = 3
  reboot             = "if_required"
}
