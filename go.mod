module github.com/infraops/terraform-provider-infraops

go 1.26.8
