resource "infraops_iam_identity" "web" {
  kind     = "computer"
  name     = "web-01"
  dns_name = "web-01.example.com"
  owner    = "payments"

  service_principal_names = ["HTTP/web-01.example.com"]
}
