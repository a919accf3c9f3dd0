import {
  to = infraops_patch_enrollment.web
  identity = {
    id = "22"
  }
}
