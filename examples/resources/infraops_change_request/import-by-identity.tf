import {
  to = infraops_change_request.resize
  identity = {
    id = "45"
  }
}
