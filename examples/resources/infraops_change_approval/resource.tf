# A standard change is approved in advance, so this gate opens at once. A normal change stops the apply here until
# somebody other than the requester has approved it.
resource "infraops_change_request" "build" {
  name    = "Build web-01"
  summary = "Build web-01"
  type    = "standard"
}

resource "infraops_change_approval" "build" {
  change_request_id = infraops_change_request.build.id
  content_hash      = infraops_change_request.build.content_hash
  max_wait          = "30m"
}

resource "terraform_data" "vm" {
  depends_on = [infraops_change_approval.build]
}
