# By the system's own id
terraform import infraops_cmdb_relationship.web_cluster 44

# By the natural name in the provider's stack
terraform import infraops_cmdb_relationship.web_cluster 'name:42/runs_on/43'
