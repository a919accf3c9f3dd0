import {
  to = infraops_notification_message.ready
  identity = {
    id = "14"
  }
}
