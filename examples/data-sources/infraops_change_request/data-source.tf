resource "infraops_change_request" "build" {
  name    = "Build web-01"
  summary = "Build web-01"
}

data "infraops_change_request" "build" {
  number = infraops_change_request.build.number
}

output "approval" {
  value = data.infraops_change_request.build.approval
}
