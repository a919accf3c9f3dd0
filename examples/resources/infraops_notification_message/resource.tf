resource "infraops_ipam_prefix" "servers" {
  cidr = "10.20.0.0/24"
}

resource "infraops_ipam_address" "web" {
  name      = "web-01"
  prefix_id = infraops_ipam_prefix.servers.id
}

# Sent once for each VM: another address is another VM.
resource "infraops_notification_message" "ready" {
  name       = "web-01-ready"
  channel    = "smtp"
  recipients = ["ada@example.com", "platform@example.com"]
  subject    = "web-01 is ready"
  body       = <<-EOT
    Your VM **web-01** is provisioned, patched and monitored.

    Log in with `ssh web-01.example.com`.
  EOT
  facts = {
    Address = infraops_ipam_address.web.address
    Network = infraops_ipam_prefix.servers.cidr
  }
  links = {
    Runbook = "https://wiki.example.com/runbooks/web"
    Support = "mailto:platform@example.com"
  }
  triggers = {
    vm = infraops_ipam_address.web.id
  }
}
