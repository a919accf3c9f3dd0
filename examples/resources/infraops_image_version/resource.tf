resource "infraops_image_version" "ubuntu" {
  family      = "ubuntu-24.04"
  version     = "1.4.0"
  platform    = "azure"
  external_id = "/subscriptions/0000/resourceGroups/images/providers/Microsoft.Compute/galleries/golden/images/ubuntu-24.04/versions/1.4.0"
  base_image  = "Canonical:ubuntu-24_04-lts:server:24.04.202601150"

  labels = {
    hardened = "cis-level-1"
  }

  end_of_life_at = "2090-05-31T00:00:00Z"
}

# With the manifest that Packer wrote, here as text; usually packer_manifest = "${path.module}/packer-manifest.json".
locals {
  packer_manifest = jsonencode({
    last_run_uuid = "e2d1c7a4-0000-0000-0000-000000000000"
    builds = [{
      name            = "ubuntu"
      builder_type    = "amazon-ebs"
      artifact_id     = "eu-west-1:ami-0aaa,us-east-1:ami-0bbb"
      packer_run_uuid = "e2d1c7a4-0000-0000-0000-000000000000"
    }]
  })
}

resource "infraops_image_version" "ubuntu_aws" {
  family          = "ubuntu-24.04"
  version         = "1.4.0"
  platform        = "aws"
  region          = "eu-west-1"
  packer_manifest = local.packer_manifest
}
