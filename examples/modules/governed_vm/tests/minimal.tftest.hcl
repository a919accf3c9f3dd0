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

run "only_what_is_required" {
  variables {
    name         = "minimal"
    prefix_id    = run.surroundings.prefix_id
    account      = null
    identity     = null
    monitoring   = null
    notification = null
    credentials  = {} # an ephemeral variable is to be given where it is tested
  }

  assert {
    condition     = output.address == "10.77.0.2/24"
    error_message = "The first VM has the first address that can be given out, and not ${output.address}."
  }

  assert {
    condition     = length(infraops_iam_functional_account.vm) + length(infraops_iam_identity.vm) + length(infraops_monitoring_target.vm) + length(infraops_notification_message.done) == 0
    error_message = "A step whose variable is null must be left out."
  }

  assert {
    condition     = infraops_cmdb_configuration_item_state.vm.status == "operational"
    error_message = "The item must end as operational."
  }
}
