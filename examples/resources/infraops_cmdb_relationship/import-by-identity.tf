import {
  to = infraops_cmdb_relationship.web_cluster
  identity = {
    id = "44"
  }
}
