# 99.9 % of a million requests are to be good, and 250 were not.
output "budget" {
  value = provider::infraops::error_budget(0.999, 999750, 1000000) # { consumed = 0.25, remaining = 0.75 }
}
