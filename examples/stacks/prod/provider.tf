terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# Production: the built-in registry in PostgreSQL. The URL comes from the environment variable
# INFRAOPS_REGISTRY_DATABASE. History says who did what, so the actor is the pipeline's own identity.
provider "infraops" {
  stack = "example-prod"

  registry = {
    actor = "deployment-pipeline"
  }
}
