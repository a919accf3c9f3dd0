terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}

# Production: ServiceNow for configuration items and changes, the built-in registry in PostgreSQL for the rest. History says who
# did what, so the actor is the pipeline's own identity. URLs and secrets come from the environment: INFRAOPS_SERVICENOW_URL,
# INFRAOPS_SERVICENOW_CLIENT_ID and INFRAOPS_SERVICENOW_CLIENT_SECRET, INFRAOPS_REGISTRY_DATABASE.
provider "infraops" {
  stack = "example-prod"

  registry   = { actor = "deployment-pipeline" }
  servicenow = { assignment_group = "Platform" }

  systems = {
    cmdb   = "servicenow"
    change = "servicenow"
  }
}
