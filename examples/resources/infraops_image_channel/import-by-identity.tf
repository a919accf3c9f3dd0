import {
  to = infraops_image_channel.production
  identity = {
    id = "8"
  }
}
