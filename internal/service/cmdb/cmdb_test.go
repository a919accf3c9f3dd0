// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// A block can be renamed, forgotten and taken back without touching the record.
func TestAccConfigurationItem_movedAndRemoved(t *testing.T) {
	r := acctest.NewRegistry(t)
	renamed := acctest.Block(`resource "infraops_cmdb_configuration_item" "front"`, `class = "virtual_machine"`, `name = "web-01"`)
	const front = "infraops_cmdb_configuration_item.front"
	untouched := func() {
		if story := r.Story(acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")); story != "create pipeline" {
			t.Errorf("history: %s", story)
		}
	}
	r.Test(
		resource.TestStep{Config: r.Config(item(`name = "web-01"`))},
		resource.TestStep{
			Config:            r.Config(acctest.Block("moved", "from = "+web, "to = "+front), renamed),
			ConfigPlanChecks:  acctest.Plans(front, plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Has(front, acctest.Values{"id": "1"}),
		},
		resource.TestStep{
			Config: r.Config(acctest.Block("removed", "from = "+front, acctest.Block("lifecycle", "destroy = false"))),
		},
		resource.TestStep{ // found again by its key
			PreConfig:         untouched,
			Config:            r.Config(renamed),
			ConfigPlanChecks:  acctest.Plans(front, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Has(front, acctest.Values{"id": "1"}),
		},
	)
}

// A rename without a moved block takes the record over and does not end it.
func TestAccConfigurationItem_renamedBlock(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(item(`name = "web-01"`))},
		resource.TestStep{
			Config:            r.Config(acctest.Block(`resource "infraops_cmdb_configuration_item" "front"`, `class = "virtual_machine"`, `name = "web-01"`)),
			ConfigStateChecks: acctest.Has("infraops_cmdb_configuration_item.front", acctest.Values{"id": "1", "status": "planned"}),
		},
	)
}

// Values that other resources make are unknown while planning; names too.
func TestAccConfigurationItem_unknownValues(t *testing.T) {
	r := acctest.NewRegistry(t)
	seed := func(v string) string {
		return acctest.Block(`resource "terraform_data" "seed"`, "input = "+acctest.Quote(v), "triggers_replace = "+acctest.Quote(v))
	}
	unknown := item(`name = "web-${terraform_data.seed.output}"`, `owner = terraform_data.seed.output`, `attributes = { seed = terraform_data.seed.output, fixed = "1" }`,
		`extensions = { registry = { seed = terraform_data.seed.output } }`)
	r.Test(
		resource.TestStep{
			Config:            r.Config(seed("a"), unknown),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"name": "web-a", "owner": "a", "attributes": map[string]string{"seed": "a", "fixed": "1"}}),
		},
		resource.TestStep{
			Config:            r.Config(seed("b"), unknown),
			ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "name": "web-b", "owner": "b"}),
		},
	)
}

func TestAccConfigurationItem_dataSources(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		other := acctest.Put(r, &record.ConfigurationItem{Meta: record.Meta{Stack: "other"}, Class: "service", Name: "shared", Environment: "prod", Status: "operational", Attributes: map[string]string{"tier": "web"}})
		const one, many = "data.infraops_cmdb_configuration_item.it", "data.infraops_cmdb_configuration_items.them"
		by := func(lines ...string) string {
			return acctest.Block(`data "infraops_cmdb_configuration_item" "it"`, lines...)
		}
		list := func(lines ...string) string {
			return acctest.Block(`data "infraops_cmdb_configuration_items" "them"`, lines...)
		}
		shared := acctest.Values{"id": other.ID, "name": "shared", "status": "operational", "environment": "prod"}
		own := item(`name = "web-01"`, `environment = "prod"`)
		r.Test(
			resource.TestStep{Config: r.Config(own, by("id = "+acctest.Quote(other.ID))), ConfigStateChecks: acctest.Has(one, shared)},
			resource.TestStep{Config: r.Config(own, by(`class = "service"`, `name = "shared"`)), ConfigStateChecks: acctest.Has(one, shared)},
			resource.TestStep{Config: r.Config(own, list(`environment = "prod"`)), ConfigStateChecks: acctest.Has(many, acctest.Values{"configuration_items": knownvalue.ListSizeExact(2)})},
			resource.TestStep{Config: r.Config(own, list(`stack = "other"`, `attributes = { tier = "web" }`)), ConfigStateChecks: acctest.Has(many, acctest.Values{"configuration_items": knownvalue.ListSizeExact(1)})},
			resource.TestStep{Config: r.Config(own, list(`status = "retired"`)), ConfigStateChecks: acctest.Has(many, acctest.Values{"configuration_items": knownvalue.ListSizeExact(0)})},
		)
	})
}
