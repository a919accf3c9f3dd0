environment = "dev"
cidr        = "10.20.0.0/24"
gateway     = "10.20.0.1"
change      = { type = "standard", decommission_type = "normal" }
requestor   = "requestor@example.com"

checks = {
  "name resolution"       = { stage = "pre", dns = { name = "localhost" } }
  "name resolution still" = { stage = "post", dns = { name = "localhost" } }
}

vms = {
  web-01 = { cpus = "2", memory = "4Gi" }
  web-02 = { cpus = "2", memory = "4Gi" }
}
