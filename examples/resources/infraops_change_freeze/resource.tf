# Nothing is changed over the turn of the year, but what cannot wait.
resource "infraops_change_freeze" "year_end" {
  name         = "year-end-2030"
  start        = "2030-12-20T00:00:00+01:00"
  end          = "2031-01-03T00:00:00+01:00"
  exempt_types = ["emergency"]
  reason       = "The books are closed."
}

# No production change from Friday 18:00 to Monday 06:00, in winter and in summer.
resource "infraops_change_freeze" "weekend" {
  name         = "weekend"
  start        = "2030-01-01T18:00:00+01:00"
  recurrence   = "FREQ=WEEKLY;BYDAY=FR"
  duration     = "60h"
  time_zone    = "Europe/Berlin"
  environments = ["prod"]
  exempt_types = ["emergency", "standard"]
  reason       = "Support is on call only."
}
