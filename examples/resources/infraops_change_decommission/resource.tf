resource "infraops_change_request" "build" {
  name    = "Build web-01"
  summary = "Build web-01"
  type    = "standard"
}

resource "infraops_change_approval" "build" {
  change_request_id = infraops_change_request.build.id
  content_hash      = infraops_change_request.build.content_hash
}

resource "terraform_data" "vm" {
  depends_on = [infraops_change_approval.build]
}

# It depends on the VM, so a destroy begins here. A standard change is approved in advance; a normal one stops the destroy
# until somebody other than the requester has approved it.
resource "infraops_change_decommission" "web" {
  change_request_id = infraops_change_request.build.id
  summary           = "Decommission web-01"
  justification     = "The service has moved."
  type              = "standard"

  depends_on = [terraform_data.vm]
}
