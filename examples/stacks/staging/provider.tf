terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# A team: Request Tracker for configuration items and changes, the built-in registry in PostgreSQL for the rest. URLs and secrets
# come from the environment: INFRAOPS_REQUESTTRACKER_URL and INFRAOPS_REQUESTTRACKER_TOKEN, INFRAOPS_REGISTRY_DATABASE.
provider "infraops" {
  stack = "example-staging"

  registry       = {}
  requesttracker = {}

  systems = {
    cmdb   = "requesttracker"
    change = "requesttracker"
  }
}
