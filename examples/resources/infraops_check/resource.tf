resource "infraops_change_request" "build" {
  name    = "Build web-01"
  summary = "Build web-01"
  type    = "standard"
}

# Before the installation: what it needs is there.
resource "infraops_check" "resolver" {
  name    = "resolver"
  stage   = "pre"
  timeout = "30s"

  dns = {
    name = "localhost"
  }
}

resource "infraops_change_approval" "build" {
  change_request_id = infraops_change_request.build.id
  content_hash      = infraops_change_request.build.content_hash
  depends_on        = [infraops_check.resolver]
}

resource "terraform_data" "vm" {
  input      = "localhost"
  depends_on = [infraops_change_approval.build]
}

# After it: wait until the VM is as it should be. A VM's http, tls, tcp or ssh_command is checked in the same way, such as
#
#   http = {
#     url       = "https://web-01.example.com/health"
#     json_path = "$.status"
#     equals    = "up"
#   }
resource "infraops_check" "name" {
  name                  = "name"
  stage                 = "post"
  interval              = "1s"
  consecutive_successes = 2

  dns = {
    name     = terraform_data.vm.output
    contains = "127.0.0.1"
  }

  triggers = {
    vm = terraform_data.vm.id
  }
}

resource "infraops_change_closure" "build" {
  change_request_id = infraops_change_approval.build.change_request_id
  notes             = "web-01 was built."

  evidence = {
    name = infraops_check.name.message
  }
}
