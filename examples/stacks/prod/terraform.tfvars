environment = "prod"
cidr        = "10.22.0.0/24"
gateway     = "10.22.0.1"
change      = { type = "normal", risk = "moderate", requested_by = "platform-team", max_wait = "30m" }
requestor   = "requestor@example.com"

checks = {
  "name resolution"       = { stage = "pre", dns = { name = "localhost" } }
  "name resolution still" = { stage = "post", dns = { name = "localhost" } }
}

vms = {
  web-01 = { cpus = "4", memory = "16Gi" }
  web-02 = { cpus = "4", memory = "16Gi" }
  web-03 = { cpus = "4", memory = "16Gi" }
}
