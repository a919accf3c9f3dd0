import {
  to = infraops_ipam_prefix.servers
  identity = {
    id = "7"
  }
}
