# Its password is generated and delivered to Grace, who fetches it once:
#   terraform-provider-infraops secret retrieve vm/web-01/backup | age -d -i ~/.ssh/id_ed25519
resource "infraops_iam_functional_account" "backup" {
  name         = "svc-backup"
  display_name = "Nightly dumps"
  owner        = "payments"
  expires_at   = "2031-01-01T00:00:00Z"

  generate_password = {
    version = 1
    deliver_to = {
      path      = "vm/web-01/backup"
      recipient = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN grace@example.com"
      ttl       = "72h"
    }
  }
}

# Without a password: it signs in with a key.
resource "infraops_iam_functional_account" "deploy" {
  name            = "svc-deploy"
  ssh_public_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN grace@example.com"]
  attributes = {
    loginShell = ["/bin/bash"]
  }
}
