environment = "staging"
cidr        = "10.21.0.0/24"
gateway     = "10.21.0.1"
change      = { type = "normal", requested_by = "platform-team" }
requestor   = "requestor@example.com"

checks = {
  "name resolution"       = { stage = "pre", dns = { name = "localhost" } }
  "name resolution still" = { stage = "post", dns = { name = "localhost" } }
}

vms = {
  web-01 = { cpus = "2", memory = "8Gi" }
  web-02 = { cpus = "2", memory = "8Gi" }
}
