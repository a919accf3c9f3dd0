terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# Everything on the built-in registry: a file, or a PostgreSQL database that a team shares.
provider "infraops" {
  stack = "payments-dev"

  registry = {
    database = "infraops.db"
  }
}
