// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const build = "infraops_change_request.build"

func request(lines ...string) string {
	return acctest.Block(`resource "infraops_change_request" "build"`, lines...)
}

func TestAccRequest_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		item := acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, `class = "server"`, `name = "web-01"`)
		touched := "configuration_item_ids = [infraops_cmdb_configuration_item.web.id]"
		r.Test(
			resource.TestStep{
				Config: r.Config(item, request(`summary = "Build web-01"`, `risk = "low"`, touched, `planned_start = "2030-03-01T21:00:00+01:00"`, `attachments = { "plan.txt" = "+ web-01\n" }`)),
				ConfigStateChecks: acctest.Has(build, acctest.Values{
					"number": "CHG0000001", "state": "new", "approval": "not_requested", "type": "normal", "name": nil, "planned_start": "2030-03-01T21:00:00+01:00",
					"content_hash": knownvalue.NotNull(), "correlation_id": "test/change_request/Build web-01",
				}),
			},
			resource.TestStep{ // the same moment in another zone
				Config:           r.Config(item, request(`summary = "Build web-01"`, `risk = "low"`, touched, `planned_start = "2030-03-01T20:00:00Z"`, `attachments = { "plan.txt" = "+ web-01\n" }`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{
				Config:            r.Config(item, request(`summary = "Build web-01"`, `risk = "high"`, touched, `description = "In full"`)),
				ConfigPlanChecks:  acctest.Plans(build, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000001", "risk": "high", "planned_start": nil}),
			},
			resource.TestStep{ResourceName: build, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"attachments"}},
			resource.TestStep{ResourceName: build, ImportState: true, ImportStateVerify: true, ImportStateId: "name:Build web-01"},
			resource.TestStep{
				Config:            r.Config(item, request(`summary = "Build web-01"`, `triggers = { cpus = "4" }`)),
				ConfigPlanChecks:  acctest.Plans(build, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000002"}),
			},
			resource.TestStep{
				Config:           r.Config(item, request(`name = "build"`, `summary = "Build web-01"`, `triggers = { cpus = "4" }`)),
				ConfigPlanChecks: acctest.Plans(build, plancheck.ResourceActionReplace),
			},
		)
		changes, err := r.Changes(t.Context())
		if err != nil || len(changes) != 3 {
			t.Fatalf("there are %d changes, %v", len(changes), err)
		}
		for _, c := range changes {
			if c.State != record.ChangeCanceled {
				t.Errorf("%s is %s after the destroy", c.Number, c.State)
			}
		}
		if story := r.Story(changes[0]); story != "create pipeline, update pipeline, retire pipeline" {
			t.Errorf("history: %s", story)
		}
	})
}

func TestAccRequest_drift(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(request(`summary = "Build web-01"`, `risk = "low"`))
	current := func() *record.ChangeRequest { return acctest.Find[*record.ChangeRequest](r, "Build web-01") }
	r.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				c := current()
				c.Risk, c.Category = "high", "theirs"
				r.Edit(c, "risk", "category")
			},
			Config:            config,
			ConfigPlanChecks:  acctest.Plans(build, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(build, acctest.Values{"risk": "low", "category": nil}),
		},
		resource.TestStep{ // a cancelled change stays in the state as evidence
			PreConfig: func() { r.End(current(), record.Conclude) },
			Config:    config, ConfigPlanChecks: acctest.PlansNothing(), ConfigStateChecks: acctest.Has(build, acctest.Values{"state": "canceled"}),
		},
		resource.TestStep{ // another content is another change
			Config:            r.Config(request(`summary = "Build web-01"`, `risk = "moderate"`)),
			ConfigPlanChecks:  acctest.Plans(build, plancheck.ResourceActionReplace),
			ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000002", "state": "new"}),
		},
	)
}

func TestAccRequest_onDestroyKeep(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Test(t,
		resource.TestStep{Config: r.Config(request(`summary = "Build web-01"`))},
		resource.TestStep{Config: r.Config(request(`summary = "Build web-01"`, `on_destroy = "keep"`)), ConfigPlanChecks: acctest.Plans(build, plancheck.ResourceActionUpdate)},
	)
	if c := acctest.Find[*record.ChangeRequest](r, "Build web-01"); c.State != record.ChangeNew {
		t.Errorf("the change is %s", c.State)
	}
	// An open change is resumed, not opened twice.
	r.Test(resource.TestStep{Config: r.Config(request(`summary = "Build web-01"`, `risk = "low"`)), ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000001"})})
}

func TestAccRequest_dataSource(t *testing.T) {
	r := acctest.NewRegistry(t)
	for _, by := range []string{"id = " + build + ".id", "number = " + build + ".number"} {
		r.Test(resource.TestStep{
			Config:            r.Config(request(`summary = "Build web-01"`, `risk = "low"`), acctest.Block(`data "infraops_change_request" "it"`, by)),
			ConfigStateChecks: acctest.Has("data.infraops_change_request.it", acctest.Values{"summary": "Build web-01", "risk": "low", "state": "new"}),
		})
	}
}
