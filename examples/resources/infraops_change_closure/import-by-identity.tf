import {
  to = infraops_change_closure.build
  identity = {
    id = "45"
  }
}
