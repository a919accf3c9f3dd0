resource "infraops_image_version" "ubuntu" {
  family      = "ubuntu-24.04"
  version     = "1.4.0"
  platform    = "aws"
  region      = "eu-west-1"
  external_id = "ami-0aaa"
}

resource "infraops_image_channel" "production" {
  family  = "ubuntu-24.04"
  name    = "production"
  version = infraops_image_version.ubuntu.version
}

# Usually another stack publishes the images, and the channel is all that its users name.
data "infraops_image" "ubuntu" {
  family   = infraops_image_channel.production.family
  channel  = infraops_image_channel.production.name
  platform = "aws"
  region   = "eu-west-1"

  depends_on = [infraops_image_channel.production]
}

output "image_id" {
  value = data.infraops_image.ubuntu.external_id
}
