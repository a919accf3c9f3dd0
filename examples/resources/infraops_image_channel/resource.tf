resource "infraops_image_version" "ubuntu" {
  family      = "ubuntu-24.04"
  version     = "1.4.0"
  platform    = "vsphere"
  external_id = "ubuntu-24.04-1.4.0"
}

# Promoting is giving the channel another version.
resource "infraops_image_channel" "production" {
  family  = "ubuntu-24.04"
  name    = "production"
  version = infraops_image_version.ubuntu.version
}
