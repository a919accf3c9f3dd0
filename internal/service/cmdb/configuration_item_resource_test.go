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

const web = "infraops_cmdb_configuration_item.web"

// item is a configuration item with further lines in its block.
func item(lines ...string) string {
	return acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, append([]string{`class = "virtual_machine"`}, lines...)...)
}

func TestAccConfigurationItem_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		r.Test(
			resource.TestStep{
				Config:           r.Config(item(`name = "web-01"`, `owner = "payments"`, `fqdn = "WEB-01.Example.com."`, `attributes = { cpus = "4", disk = "" }`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"id": "1", "name": "web-01", "owner": "payments", "fqdn": "WEB-01.Example.com.", "status": "planned", "environment": nil,
					"attributes": map[string]string{"cpus": "4", "disk": ""}, "system": "registry", "url": nil, "extensions": nil,
					"correlation_id": "test/cmdb_configuration_item/virtual_machine/web-01", "initial_status": "planned", "on_destroy": "retire",
				}),
			},
			// Another spelling of the same host name is no change.
			resource.TestStep{
				Config:           r.Config(item(`name = "web-01"`, `owner = "payments"`, `fqdn = "web-01.example.com"`, `attributes = { cpus = "4", disk = "" }`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{
				Config:           r.Config(item(`name = "web-02"`, `environment = "dev"`, `ip_address = "2001:DB8::0:7"`, `attributes = { cpus = "8" }`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"id": "1", "name": "web-02", "owner": nil, "environment": "dev", "attributes": map[string]string{"cpus": "8"},
					"correlation_id": "test/cmdb_configuration_item/virtual_machine/web-02",
				}),
			},
			resource.TestStep{
				Config:           r.Config(acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, `class = "server"`, `name = "web-02"`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"id": "2", "class": "server", "correlation_id": "test/cmdb_configuration_item/server/web-02",
				}),
			},
		)
		was := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-02")
		if story := r.Story(was); story != "create pipeline, update pipeline, retire pipeline" {
			t.Errorf("history: %s", story)
		}
	})
}

func TestAccConfigurationItem_drift(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(item(`name = "web-01"`, `owner = "payments"`, `attributes = { cpus = "4" }`))
	drift := func(act func(*record.ConfigurationItem)) func() {
		return func() { act(acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")) }
	}
	r.Test(
		resource.TestStep{Config: config},
		resource.TestStep{ // what is ours is put back, what is others' is left alone
			PreConfig: drift(func(c *record.ConfigurationItem) {
				c.Owner, c.Location, c.Status, c.Attributes = "mallory", "dc1", "maintenance", map[string]string{"cpus": "1", "rack": "7"}
				r.Edit(c, "owner", "location", "status", "attributes.cpus", "attributes.rack")
			}),
			Config:           config,
			ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(web, acctest.Values{
				"owner": "payments", "location": nil, "status": "maintenance", "attributes": map[string]string{"cpus": "4"},
			}),
		},
		resource.TestStep{ // others' drift alone plans nothing
			PreConfig: drift(func(c *record.ConfigurationItem) {
				if c.Location != "dc1" || c.Attributes["rack"] != "7" {
					t.Errorf("others' values are lost: %+v", c)
				}
				c.Attributes["rack"], c.SerialNumber = "8", "s-1"
				r.Edit(c, "attributes.rack", "serial_number")
			}),
			Config: config, ConfigPlanChecks: acctest.PlansNothing(),
		},
		resource.TestStep{ // a retired item is revived
			PreConfig:         drift(func(c *record.ConfigurationItem) { r.End(c, record.Conclude) }),
			Config:            config,
			ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "status": "planned"}),
		},
		resource.TestStep{ // a deleted one is made anew
			PreConfig:         drift(func(c *record.ConfigurationItem) { r.End(c, record.Erase) }),
			Config:            config,
			ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "2"}),
		},
	)
}

func TestAccConfigurationItem_import(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(item(`name = "web-01"`, `owner = "payments"`, `attributes = { cpus = "4" }`, `extensions = { registry = { cost_centre = "42" } }`))
	imported := func(kind resource.ImportStateKind, id string) resource.TestStep {
		return resource.TestStep{ResourceName: web, ImportState: true, ImportStateKind: kind, ImportStateId: id, ImportStateVerify: kind == resource.ImportCommandWithID}
	}
	steps := []resource.TestStep{
		{Config: config},
		imported(resource.ImportCommandWithID, "1"),
		imported(resource.ImportCommandWithID, "name:virtual_machine/web-01"),
		imported(resource.ImportCommandWithID, "name:web-01"),
		imported(resource.ImportBlockWithID, "1"),
		imported(resource.ImportBlockWithID, "name:virtual_machine/web-01"),
		{ResourceName: web, ImportState: true, ImportStateId: "4711", ExpectError: acctest.Says("(id 4711) from registry: there is no live record with that id", "<class>/<name>")},
		{ResourceName: web, ImportState: true, ImportStateId: "name:nobody", ExpectError: acctest.Says("no live record of that name", "<class>/<name>")},
	}
	if acctest.SupportsIdentity(t) {
		steps = append(steps, resource.TestStep{ResourceName: web, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity})
	}
	r.Test(steps...)
}

// An import block takes over what another tool has made, all of it: what the configuration leaves out shows in the plan.
func TestAccConfigurationItem_importBlock(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.ConfigurationItem{Class: "virtual_machine", Name: "web-01", Owner: "ops", Status: "operational", Attributes: map[string]string{"cpus": "4", "rack": "7"}})
	block := acctest.Block("import", "to = "+web, `id = "name:web-01"`)
	all := item(`name = "web-01"`, `owner = "ops"`, `attributes = { cpus = "4", rack = "7" }`)
	r.Test(
		resource.TestStep{
			Config:            r.Config(block, all),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "status": "operational", "on_destroy": "retire"}),
		},
		resource.TestStep{Config: r.Config(all), ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{
			Config:           r.Config(item(`name = "web-01"`, `attributes = { cpus = "4" }`)),
			ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
		},
	)
	c := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")
	if story := r.Story(c); story != "create mallory, update pipeline, retire pipeline" {
		t.Errorf("history: %s", story)
	}
}

// A record of the stack that no state has is taken over, with a warning, and completed.
func TestAccConfigurationItem_adopt(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.ConfigurationItem{Class: "virtual_machine", Name: "web-01", Owner: "nobody", Status: "in_build", SerialNumber: "s-1"})
	r.Test(resource.TestStep{
		Config:            r.Config(item(`name = "web-01"`, `owner = "payments"`)),
		ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionCreate),
		ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "owner": "payments", "serial_number": nil, "status": "in_build"}),
	})
}

func TestAccConfigurationItem_onDestroy(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(item(`name = "web-01"`))},
		resource.TestStep{ // only Terraform's own
			Config:            r.Config(item(`name = "web-01"`, `on_destroy = "delete"`, `timeouts = { create = "1m", delete = "30s" }`)),
			ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"on_destroy": "delete", "id": "1", "timeouts": knownvalue.NotNull()}),
		},
	)
	if n := r.Count(); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

func TestAccConfigurationItem_extensions(t *testing.T) {
	r := acctest.NewRegistry(t)
	with := func(extensions string) string { return r.Config(item(`name = "web-01"`, "extensions = "+extensions)) }
	r.Test(
		resource.TestStep{Config: with(`{ registry = { u_cost = "42", u_site = "x" } }`)},
		resource.TestStep{
			PreConfig: func() {
				c := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")
				c.Extensions = map[string]string{"u_other": "theirs", "u_cost": "7"}
				r.Edit(c, "extensions.u_other", "extensions.u_cost")
			},
			Config:           with(`{ registry = { u_cost = "42", u_site = "x" } }`),
			ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			Config:           with(`{ registry = { u_cost = "43" } }`),
			ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			PreConfig: func() {
				c := acctest.Find[*record.ConfigurationItem](r, "virtual_machine/web-01")
				if got := c.Extensions; len(got) != 2 || got["u_other"] != "theirs" || got["u_cost"] != "43" {
					t.Errorf("extensions are %v", got)
				}
			},
			Config: with(`{ registry = { u_cost = "43" } }`), ConfigPlanChecks: acctest.PlansNothing(),
		},
	)
}
