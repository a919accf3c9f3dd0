terraform {
  required_version = ">= 1.8"

  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}
