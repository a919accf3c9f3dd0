output "legal" {
  value = provider::infraops::resource_name("payments", "Web", "01") # payments-web-01
}

output "with_illegal_characters" {
  value = provider::infraops::resource_name("payments", "web_01") # payments-web-01-jbl6kkux
}
