import {
  to = infraops_backup_policy.gold
  identity = {
    id = "31"
  }
}
