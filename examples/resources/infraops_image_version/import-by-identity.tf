import {
  to = infraops_image_version.ubuntu
  identity = {
    id = "8"
  }
}
