# By the system's own id
terraform import infraops_image_channel.production 8

# By the natural name in the provider's stack
terraform import infraops_image_channel.production 'name:ubuntu-24.04/production'
