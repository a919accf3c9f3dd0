import {
  to = infraops_ipam_address.web
  identity = {
    id = "8"
  }
}
