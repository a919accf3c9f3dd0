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

resource "infraops_change_closure" "build" {
  change_request_id = infraops_change_approval.build.change_request_id
  outcome           = "successful"
  notes             = "web-01 was built."

  evidence = {
    vm_id = terraform_data.vm.id
  }
}
