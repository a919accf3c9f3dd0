variable "admin_password" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = "only for this example"
}

# Grace fetches it once:
#   terraform-provider-infraops secret retrieve vm/web-01/admin | age -d -i ~/.ssh/id_ed25519
resource "infraops_secret_delivery" "admin" {
  path      = "vm/web-01/admin"
  recipient = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN grace@example.com"
  ttl       = "72h"

  secret_wo = {
    username = "admin"
    password = var.admin_password
  }
  secret_wo_version = 1
}
