# In the last hour 72 of 5,000 requests failed. At 14.4 a budget for 30 days lasts for two days and two hours.
output "burn_rate" {
  value = provider::infraops::burn_rate(0.999, 4928, 5000) # 14.4
}
