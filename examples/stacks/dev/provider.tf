terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# A laptop: the built-in registry in a file beside this configuration.
provider "infraops" {
  stack = "example-dev"

  registry = {
    database = "infraops.db"
  }
}
