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

const state = "infraops_cmdb_configuration_item_state.web"

func itemState(lines ...string) string {
	return acctest.Block(`resource "infraops_cmdb_configuration_item_state" "web"`, append([]string{"configuration_item_id = " + web + ".id"}, lines...)...)
}

// Two resources write to one item and never fight.
func TestAccConfigurationItemState_life(t *testing.T) {
	r := acctest.NewRegistry(t)
	base := item(`name = "web-01"`, `attributes = { cpus = "4" }`)
	vm := acctest.Block(`resource "terraform_data" "vm"`, "input = "+web+".name")
	r.Test(
		resource.TestStep{
			Config: r.Config(base, vm, itemState(`status = "operational"`, `attributes = { vm_id = terraform_data.vm.id, zone = "a" }`)),
			ConfigStateChecks: append(
				acctest.Has(state, acctest.Values{"id": "1", "configuration_item_id": "1", "status": "operational"}),
				acctest.Has(web, acctest.Values{"attributes": map[string]string{"cpus": "4"}})...,
			),
		},
		resource.TestStep{
			Config:            r.Config(base, itemState(`status = "maintenance"`, `attributes = { zone = "b" }`)),
			ConfigPlanChecks:  acctest.PlansAll(map[string]plancheck.ResourceActionType{web: plancheck.ResourceActionNoop, state: plancheck.ResourceActionUpdate}),
			ConfigStateChecks: acctest.Has(state, acctest.Values{"attributes": map[string]string{"zone": "b"}}),
		},
		resource.TestStep{ // drift of what is ours is put back
			PreConfig: func() {
				c := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")
				c.Status = "in_build"
				r.Edit(c, "status")
			},
			Config:           r.Config(base, itemState(`status = "maintenance"`, `attributes = { zone = "b" }`)),
			ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{state: plancheck.ResourceActionUpdate}),
		},
		resource.TestStep{ResourceName: state, ImportState: true, ImportStateId: "1"},
		resource.TestStep{ResourceName: state, ImportState: true, ImportStateId: "name:1"},
		resource.TestStep{ // without the block the item stays as it is
			Config:            r.Config(base),
			ConfigPlanChecks:  acctest.Plans(state, plancheck.ResourceActionDestroy),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"status": "maintenance"}),
		},
	)
}

// Another item is another state.
func TestAccConfigurationItemState_replace(t *testing.T) {
	r := acctest.NewRegistry(t)
	items := acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, "count = 2", `class = "server"`, `name = "web-${count.index}"`)
	of := func(index string) string {
		return r.Config(items, acctest.Block(`resource "infraops_cmdb_configuration_item_state" "web"`, "configuration_item_id = "+web+"["+index+"].id", `status = "operational"`))
	}
	r.Test(
		resource.TestStep{Config: of("0")},
		resource.TestStep{Config: of("1"), ConfigPlanChecks: acctest.Plans(state, plancheck.ResourceActionReplace)},
	)
}
