import {
  to = infraops_secret_delivery.admin
  identity = {
    id = "8"
  }
}
