# Saturdays from 22:00 in Berlin, for six hours.
locals {
  weekend = provider::infraops::change_window("FREQ=WEEKLY;BYDAY=SA;BYHOUR=22", "6h", "Europe/Berlin", "2026-11-07T20:00:00Z")
}

output "planned_start" {
  value = local.weekend.opens_at # 2026-11-07T22:00:00+01:00
}

output "planned_end" {
  value = local.weekend.closes_at # 2026-11-08T04:00:00+01:00
}
