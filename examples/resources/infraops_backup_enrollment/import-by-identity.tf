import {
  to = infraops_backup_enrollment.web
  identity = {
    id = "32"
  }
}
