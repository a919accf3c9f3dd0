terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# A team: the built-in registry in PostgreSQL. The URL comes from the environment variable INFRAOPS_REGISTRY_DATABASE.
provider "infraops" {
  stack = "example-staging"
}
