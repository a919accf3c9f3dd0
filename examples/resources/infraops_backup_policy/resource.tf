resource "infraops_backup_policy" "gold" {
  name      = "gold"
  time_zone = "Europe/Berlin"

  schedules = [
    { every = "week", at = "22:00", days = ["sunday"], type = "full" },
    { every = "day", at = "01:30", type = "incremental" },
  ]

  retention = {
    daily   = 14
    weekly  = 8
    monthly = 12
  }

  window = {
    start    = "22:00"
    duration = "6h"
  }

  consistency    = "application"
  immutable_days = 14

  copies = [
    { location = "offsite", retention = { monthly = 24, yearly = 7 } },
  ]
}
