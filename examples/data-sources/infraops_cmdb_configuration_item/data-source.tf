resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster-a"
}

data "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = infraops_cmdb_configuration_item.cluster.name
}

output "cluster_status" {
  value = data.infraops_cmdb_configuration_item.cluster.status
}
