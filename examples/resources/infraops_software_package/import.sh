# By the system's own id
terraform import infraops_software_package.nginx 12

# By the natural name in the provider's stack
terraform import infraops_software_package.nginx 'name:web-01.example.com/nginx'
