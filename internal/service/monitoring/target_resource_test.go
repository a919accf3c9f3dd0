// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package monitoring_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const web = "infraops_monitoring_target.web"

func target(lines ...string) string {
	return acctest.Block(`resource "infraops_monitoring_target" "web"`, append([]string{`name = "web-01"`}, lines...)...)
}

func TestAccMonitoringTarget_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		bare := r.Config(target(`address = "2001:DB8::7"`))
		imported := func(id string, spelling ...string) resource.TestStep {
			return resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true, ImportStateId: id, ImportStateVerifyIgnore: spelling}
		}
		r.Test(
			resource.TestStep{
				Config: r.Config(target(`address = "WEB-01.example.com."`, "port = 9100", `profiles = ["node", "http"]`, `groups = ["web"]`, `labels = { team = "payments" }`, `interval = "90s"`)),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"id": "1", "address": "WEB-01.example.com.", "port": 9100, "enabled": true, "interval": "90s", "profiles": []string{"node", "http"},
					"on_destroy": "delete", "correlation_id": "test/monitoring_target/web-01",
				}),
			},
			resource.TestStep{ // another spelling of the same
				Config:           r.Config(target(`address = "web-01.example.com"`, "port = 9100", `profiles = ["http", "node"]`, `groups = ["web"]`, `labels = { team = "payments" }`, `interval = "1m30s"`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			imported("1", "address", "interval"),
			imported("name:web-01", "address", "interval"),
			resource.TestStep{
				Config:            bare,
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "port": nil, "interval": nil, "profiles": nil, "groups": nil, "labels": nil}),
			},
			imported("1", "address"),
			resource.TestStep{
				PreConfig: func() {
					watched := acctest.Find[*record.MonitoringTarget](r, "web-01")
					watched.Enabled = false
					r.Edit(watched, "enabled")
				},
				Config:            bare,
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"enabled": true}),
			},
			resource.TestStep{
				PreConfig:        func() { r.End(acctest.Find[*record.MonitoringTarget](r, "web-01"), record.Erase) },
				Config:           bare,
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionCreate),
			},
		)
		if gone := acctest.Find[*record.MonitoringTarget](r, "web-01"); !gone.Retired || r.Story(gone) != "create pipeline, retire pipeline" {
			t.Errorf("the target that was deleted is %+v; its history: %s", gone, r.Story(gone))
		}
	})
}

// A target that is disabled at its end is kept, and taken up again by the block that comes back.
func TestAccMonitoringTarget_disable(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(target(`address = "10.0.0.7"`, `on_destroy = "disable"`))},
		resource.TestStep{Config: r.Config(), ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionDestroy)},
		resource.TestStep{
			PreConfig: func() {
				kept := acctest.Find[*record.MonitoringTarget](r, "web-01")
				if kept.Enabled || kept.Retired || r.Story(kept) != "create pipeline, disable pipeline" {
					t.Errorf("the target is %+v; its history: %s", kept, r.Story(kept))
				}
			},
			Config:            r.Config(target(`address = "10.0.0.7"`)),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "enabled": true}),
		},
	)
}

func TestAccMonitoringTarget_dataSource(t *testing.T) {
	r := acctest.NewRegistry(t)
	theirs := acctest.Put(r, &record.MonitoringTarget{Meta: record.Meta{Stack: "theirs"}, Name: "db-01", Address: "10.0.0.9", Enabled: true})
	const shown = "data.infraops_monitoring_target.db"
	by := func(line string) string {
		return r.Config(acctest.Block(`data "infraops_monitoring_target" "db"`, line))
	}
	want := acctest.Has(shown, acctest.Values{"id": theirs.ID, "name": "db-01", "address": "10.0.0.9", "health": "unknown", "enabled": true, "labels": map[string]string{}})
	r.Test(
		resource.TestStep{Config: by(`name = "db-01"`), ConfigStateChecks: want},
		resource.TestStep{Config: by(`id = "` + theirs.ID + `"`), ConfigStateChecks: want},
	)
}
