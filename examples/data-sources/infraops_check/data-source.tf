data "infraops_check" "name" {
  name = "name"

  dns = {
    name     = "localhost"
    contains = "127.0.0.1"
  }
}

# A failed report is no error. What should follow from it, the configuration says.
check "name" {
  assert {
    condition     = data.infraops_check.name.passed
    error_message = data.infraops_check.name.message
  }
}
