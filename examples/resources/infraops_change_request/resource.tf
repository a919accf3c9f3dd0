resource "infraops_cmdb_configuration_item" "web" {
  class = "virtual_machine"
  name  = "web-01"
}

resource "infraops_change_request" "resize" {
  name                   = "Resize web-01"
  summary                = "Give web-01 more memory"
  description            = "The VM is stopped, resized and started."
  justification          = "The payment service runs out of memory at month end."
  risk                   = "low"
  impact                 = "medium"
  requested_by           = "alice"
  configuration_item_ids = [infraops_cmdb_configuration_item.web.id]
  planned_start          = "2030-03-01T20:00:00Z"
  planned_end            = "2030-03-01T22:00:00Z"
  implementation_plan    = "Terraform changes the VM's size."
  backout_plan           = "Revert the commit and apply."

  # Another size is another change request.
  triggers = {
    memory = "32Gi"
  }
}
