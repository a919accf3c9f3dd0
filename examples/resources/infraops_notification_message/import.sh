# By the system's own id
terraform import infraops_notification_message.ready 14

# By the natural name in the provider's stack
terraform import infraops_notification_message.ready 'name:smtp/web-01-ready'
