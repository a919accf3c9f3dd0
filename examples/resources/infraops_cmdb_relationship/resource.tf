resource "infraops_cmdb_configuration_item" "web" {
  class = "virtual_machine"
  name  = "web-01"
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster-a"
}

# web-01 runs on cluster-a.
resource "infraops_cmdb_relationship" "web_cluster" {
  parent_id = infraops_cmdb_configuration_item.web.id
  child_id  = infraops_cmdb_configuration_item.cluster.id
  type      = "runs_on"
}
