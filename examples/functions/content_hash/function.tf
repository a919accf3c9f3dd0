locals {
  vm = { cpus = 4, disks = toset(["data", "os"]) }
}

output "triggers" {
  value = { vm = provider::infraops::content_hash(local.vm) }
}
