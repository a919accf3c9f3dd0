// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	runsOn = "infraops_cmdb_relationship.web"
	pair   = `
resource "infraops_cmdb_configuration_item" "web" {
  class = "virtual_machine"
  name  = "web-01"
}

resource "infraops_cmdb_configuration_item" "cluster" {
  class = "service"
  name  = "cluster-a"
}
`
)

func related(kind string) string {
	return acctest.Block(`resource "infraops_cmdb_relationship" "web"`,
		"parent_id = "+web+".id", "child_id = infraops_cmdb_configuration_item.cluster.id", "type = "+acctest.Quote(kind))
}

func TestAccRelationship_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		name := ""
		r.Test(
			resource.TestStep{Config: r.Config(pair, related("runs_on")), ConfigStateChecks: acctest.Has(runsOn, acctest.Values{"type": "runs_on", "system": "registry"})},
			resource.TestStep{Config: r.Config(pair, related("depends_on")), ConfigPlanChecks: acctest.Plans(runsOn, plancheck.ResourceActionReplace)},
			resource.TestStep{ResourceName: runsOn, ImportState: true, ImportStateVerify: true},
			resource.TestStep{
				PreConfig: func() {
					parent, child := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01").ID, acctest.Find[*record.ConfigurationItem](r, "service/cluster-a").ID
					name = parent + "/depends_on/" + child
				},
				ResourceName: runsOn, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: acctest.LateID(func() string { return "name:" + name }),
			},
			resource.TestStep{
				PreConfig:        func() { r.End(acctest.Find[*record.Relationship](r, name), record.Erase) },
				Config:           r.Config(pair, related("depends_on")),
				ConfigPlanChecks: acctest.Plans(runsOn, plancheck.ResourceActionCreate),
			},
		)
	})
}

// Relationships whose ids are known only after the apply, with an order given by hand. (plugin-testing has no for_each
// with names; the stacks' test has.)
func TestAccRelationship_count(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := `
resource "infraops_cmdb_configuration_item" "server" {
  count = 2
  class = "server"
  name  = "server-${count.index}"
}

resource "infraops_cmdb_configuration_item" "hub" {
  class      = "network_device"
  name       = "hub"
  depends_on = [infraops_cmdb_configuration_item.server]
}

resource "infraops_cmdb_relationship" "cable" {
  count     = 2
  parent_id = infraops_cmdb_configuration_item.server[count.index].id
  child_id  = infraops_cmdb_configuration_item.hub.id
  type      = "connects_to"
}
`
	r.Test(resource.TestStep{
		Config: r.Config(config),
		ConfigStateChecks: append(
			acctest.Has("infraops_cmdb_configuration_item.hub", acctest.Values{"id": "3"}),
			acctest.Has("infraops_cmdb_relationship.cable[1]", acctest.Values{"child_id": "3"})...,
		),
	})
}
