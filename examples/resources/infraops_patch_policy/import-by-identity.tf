import {
  to = infraops_patch_policy.linux
  identity = {
    id = "21"
  }
}
