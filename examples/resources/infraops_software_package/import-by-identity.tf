import {
  to = infraops_software_package.nginx
  identity = {
    id = "12"
  }
}
