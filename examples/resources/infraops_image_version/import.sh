# By the system's own id
terraform import infraops_image_version.ubuntu 8

# By the natural name in the provider's stack
terraform import infraops_image_version.ubuntu 'name:ubuntu-24.04/1.4.0/aws/eu-west-1'
