# Kept current within a constraint.
resource "infraops_software_package" "nginx" {
  name    = "nginx"
  version = ">= 1.24, < 2"
  host = {
    address = "web-01.example.com"
    user    = "deploy"
  }
}

# One exact version, which no upgrade touches, on a host that is known by its key.
resource "infraops_software_package" "database" {
  name    = "postgresql-16"
  version = "16.4-1.pgdg120+1"
  hold    = true
  host = {
    address          = "10.20.0.12"
    port             = 2222
    user             = "deploy"
    private_key_file = "~/.ssh/deploy"
    host_key         = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbX5Oa0a8rT0b3yWfVtGdQmYh0cTnGq4vYkqHcZ8e1R"
  }
}

# Must not be there.
resource "infraops_software_package" "telnet" {
  name  = "telnetd"
  state = "absent"
  host = {
    address = "web-01.example.com"
    user    = "deploy"
  }
}
