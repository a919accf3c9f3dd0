# Run with `terraform test` or `tofu test` in the module's directory. The registry is a file that INFRAOPS_REGISTRY_DATABASE
# names, else infraops.db beside the module.

provider "infraops" {
  stack = "governed-vm-test"
}

variables {
  name        = "web-01"
  environment = "test"
  change      = { type = "standard" }
}

run "surroundings" {
  module {
    source = "./tests/surroundings"
  }
}

run "every_step" {
  variables {
    prefix_id           = run.surroundings.prefix_id
    image               = { family = "debian", channel = "stable", platform = "vsphere" }
    runs_on             = { cluster = run.surroundings.cluster_id }
    checks              = { "name resolution" = { stage = "pre", dns = { name = "localhost" } }, "name resolution still" = { stage = "post", dns = { name = "localhost" } } }
    identity            = { groups = ["test-servers"] }
    monitoring          = { port = 9100, profiles = ["linux"] }
    patch               = { policy_id = run.surroundings.patch_policy_id }
    backup              = { policy_id = run.surroundings.backup_policy_id }
    software            = { nginx = ">= 1.22" }
    recipient           = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    credentials         = { root = "correct horse battery staple" }
    credentials_version = 1
    notification        = { recipients = ["requestor@example.com"] }
  }

  assert {
    condition     = length(output.report) == 17
    error_message = "Seventeen steps, seventeen lines: ${join("\n", output.report)}"
  }

  assert {
    condition     = alltrue([for i, line in output.report : startswith(line, format("%02d ", i + 1))])
    error_message = "The report is in the order of the steps: ${join("\n", output.report)}"
  }

  assert {
    condition     = infraops_change_request.build.triggers["image"] == "template-13-1"
    error_message = "The image is a part of what the change is about."
  }

  assert {
    condition     = infraops_change_closure.build.evidence["check name resolution"] == infraops_check.pre["name resolution"].message
    error_message = "The change is closed with what the checks saw."
  }

  assert {
    condition     = one(infraops_secret_delivery.credentials[*].path) == "test/web-01/credentials"
    error_message = "The credentials are handed over."
  }
}

# Nothing changes when nothing has changed: neither the change nor what depends on its approval.
run "again" {
  command = plan

  variables {
    prefix_id           = run.surroundings.prefix_id
    image               = { family = "debian", channel = "stable", platform = "vsphere" }
    runs_on             = { cluster = run.surroundings.cluster_id }
    checks              = { "name resolution" = { stage = "pre", dns = { name = "localhost" } }, "name resolution still" = { stage = "post", dns = { name = "localhost" } } }
    identity            = { groups = ["test-servers"] }
    monitoring          = { port = 9100, profiles = ["linux"] }
    patch               = { policy_id = run.surroundings.patch_policy_id }
    backup              = { policy_id = run.surroundings.backup_policy_id }
    software            = { nginx = ">= 1.22" }
    recipient           = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    credentials         = { root = "correct horse battery staple" }
    credentials_version = 1
    notification        = { recipients = ["requestor@example.com"] }
  }

  # A plan that replaces the change knows neither.
  assert {
    condition     = output.change_number != "" && output.approved != ""
    error_message = "The same specification is the same change."
  }
}
