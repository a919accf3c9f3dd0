# The registry opens it with the private key of the delivery's recipient:
#   export INFRAOPS_REGISTRY_IDENTITY_FILE=~/.config/age/pipeline.txt
resource "infraops_secret_delivery" "database" {
  path      = "databases/shop"
  recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
  one_time  = false

  secret_wo         = { password = "only for this example" }
  secret_wo_version = 1
}

# Through delivery_id it is read after it was delivered, be it for the first time or anew.
ephemeral "infraops_secret" "database" {
  path        = infraops_secret_delivery.database.path
  delivery_id = infraops_secret_delivery.database.delivery_id
}
