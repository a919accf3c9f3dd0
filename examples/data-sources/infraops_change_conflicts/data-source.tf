resource "infraops_cmdb_configuration_item" "web" {
  class       = "server"
  name        = "web-01"
  environment = "prod"
}

data "infraops_change_conflicts" "rollout" {
  planned_start          = "2030-03-02T21:00:00Z"
  planned_end            = "2030-03-02T23:00:00Z"
  configuration_item_ids = [infraops_cmdb_configuration_item.web.id]
  except                 = ["Roll out web-01"]
}

# The plan stops where something stands in the way.
data "infraops_change_conflicts" "strict" {
  planned_start    = "2030-03-02T21:00:00Z"
  planned_end      = "2030-03-02T23:00:00Z"
  environment      = "prod"
  fail_on_conflict = true
}

output "in_the_way" {
  value = [for c in data.infraops_change_conflicts.rollout.conflicts : "${c.kind} ${c.name}: ${c.reason}"]
}
