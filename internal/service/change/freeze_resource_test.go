// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const yearEnd = "infraops_change_freeze.year_end"

func freeze(lines ...string) string {
	return acctest.Block(`resource "infraops_change_freeze" "year_end"`, append(lines, `name = "year-end"`, `reason = "The books are closed."`)...)
}

func TestAccFreeze_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		r.Test(
			resource.TestStep{
				Config: r.Config(freeze(`start = "2030-12-20T00:00:00+01:00"`, `end = "2031-01-03T00:00:00+01:00"`, `environments = ["prod", "dev"]`)),
				ConfigStateChecks: acctest.Has(yearEnd, acctest.Values{
					"start": "2030-12-20T00:00:00+01:00", "time_zone": "UTC", "recurrence": nil, "duration": nil, "environments": []string{"dev", "prod"}, "exempt_types": nil,
					"correlation_id": "test/change_freeze/year-end",
				}),
			},
			resource.TestStep{ // the same moments, and the same set
				Config:           r.Config(freeze(`start = "2030-12-19T23:00:00Z"`, `end = "2031-01-02T23:00:00Z"`, `environments = ["dev", "prod"]`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{ResourceName: yearEnd, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"start", "end"}},
			resource.TestStep{ResourceName: yearEnd, ImportState: true, ImportStateVerify: true, ImportStateId: "name:year-end", ImportStateVerifyIgnore: []string{"start", "end"}},
			resource.TestStep{ // the other form, in place
				Config: r.Config(freeze(`start = "2030-12-20T18:00:00+01:00"`, `recurrence = "rrule:freq=weekly;byday=fr"`, `duration = "3600m"`, `time_zone = "Europe/Berlin"`,
					`exempt_types = ["standard", "emergency"]`)),
				ConfigPlanChecks: acctest.Plans(yearEnd, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(yearEnd, acctest.Values{
					"end": nil, "recurrence": "rrule:freq=weekly;byday=fr", "duration": "3600m", "time_zone": "Europe/Berlin", "environments": nil, "exempt_types": []string{"emergency", "standard"},
				}),
			},
			resource.TestStep{
				Config: r.Config(freeze(`start = "2030-12-20T18:00:00+01:00"`, `recurrence = "FREQ=WEEKLY;BYDAY=FR"`, `duration = "60h"`, `time_zone = "Europe/Berlin"`,
					`exempt_types = ["standard", "emergency"]`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
		)
		if f := acctest.Find[*record.ChangeFreeze](r, "year-end"); !f.Retired || r.Story(f) != "create pipeline, update pipeline, retire pipeline" {
			t.Errorf("after the destroy: %+v, %s", f, r.Story(f))
		}
	})
}

// during is a change request with a window and whatever else.
func during(start, end string, lines ...string) string {
	return request(append(lines, `summary = "Build web-01"`, "planned_start = "+acctest.Quote(start), "planned_end = "+acctest.Quote(end))...)
}

// weekend freezes production from Friday 18:00 to Monday 06:00 in Berlin, on behalf of another stack.
func weekend(r *acctest.Registry) *record.ChangeFreeze {
	return acctest.Put(r, &record.ChangeFreeze{
		Meta: record.Meta{Stack: "board"}, Name: "weekend", Start: time.Date(2030, 1, 1, 17, 0, 0, 0, time.UTC), Recurrence: "FREQ=WEEKLY;BYDAY=FR",
		Duration: 60 * time.Hour, TimeZone: "Europe/Berlin", Environments: []string{"prod"}, ExemptTypes: []string{"emergency"}, Reason: "Support is on call only.",
	})
}

// A freeze of another stack, in its own time zone, across both changes of the clocks.
func TestAccFreeze_plan(t *testing.T) {
	r := acctest.NewRegistry(t)
	declared := weekend(r)
	refused := func(start, end, opens, closes, free string, lines ...string) resource.TestStep {
		return resource.TestStep{Config: r.Config(during(start, end, lines...)), PlanOnly: true, ExpectError: acctest.Says(
			"planning change request \"Build web-01\" in registry: the window from", `lies in the freeze "weekend" of stack "board", `+opens+" to "+closes+": Support is on call only.",
			"the window is free from "+free+" on. Exempt are changes of type emergency",
		)}
	}
	prod, winter := `environment = "prod"`, []string{"2030-03-01T17:00:00Z", "2030-03-01T19:00:00Z"}
	allowed := func(start, end string, lines ...string) resource.TestStep {
		return resource.TestStep{Config: r.Config(during(start, end, lines...)), PlanOnly: true, ExpectNonEmptyPlan: true}
	}
	r.Test(
		refused(winter[0], winter[1], "2030-03-01T17:00:00Z", "2030-03-04T05:00:00Z", "2030-03-04T05:00:00Z", prod),
		refused("2030-07-05T16:00:00Z", "2030-07-05T16:30:00Z", "2030-07-05T16:00:00Z", "2030-07-08T04:00:00Z", "2030-07-08T04:00:00Z", prod),
		allowed("2030-07-05T15:00:00Z", "2030-07-05T16:00:00Z", prod),
		// The freeze lasts 60 hours, until 07:00 and 05:00 on the wall clock where the clocks change in between.
		refused("2030-04-01T04:59:59Z", "2030-04-01T06:00:00Z", "2030-03-29T17:00:00Z", "2030-04-01T05:00:00Z", "2030-04-01T05:00:00Z", prod),
		allowed("2030-04-01T05:00:00Z", "2030-04-01T06:00:00Z", prod),
		refused("2030-10-28T03:59:59Z", "2030-10-28T06:00:00Z", "2030-10-25T16:00:00Z", "2030-10-28T04:00:00Z", "2030-10-28T04:00:00Z", prod),
		allowed("2030-10-28T04:00:00Z", "2030-10-28T06:00:00Z", prod),
		allowed(winter[0], winter[1], prod, `type = "emergency"`),
		allowed(winter[0], winter[1], `environment = "dev"`),
		resource.TestStep{
			Config: r.Config(during(winter[0], winter[1])), PlanOnly: true,
			ExpectError: acctest.Says("The freeze is for prod, and neither the change nor its configuration items say for which environment", "set environment"),
		},
		// What is there may be edited, but not moved into the freeze.
		resource.TestStep{Config: r.Config(during("2030-03-05T17:00:00Z", "2030-03-05T19:00:00Z", prod))},
		resource.TestStep{Config: r.Config(during("2030-03-05T17:00:00Z", "2030-03-05T19:00:00Z", prod)), ConfigPlanChecks: acctest.PlansNothing()},
		refused(winter[0], winter[1], "2030-03-01T17:00:00Z", "2030-03-04T05:00:00Z", "2030-03-04T05:00:00Z", prod),
		resource.TestStep{
			PreConfig: func() { // Another freeze is declared over it.
				declared.Recurrence, declared.Start = "FREQ=WEEKLY;BYDAY=TU", time.Date(2030, 1, 1, 17, 0, 0, 0, time.UTC)
				r.Edit(declared, "recurrence", "start")
			},
			Config:           r.Config(during("2030-03-05T17:00:00Z", "2030-03-05T19:00:00Z", prod, `risk = "low"`)),
			ConfigPlanChecks: acctest.Plans(build, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			Config:      r.Config(during("2030-03-05T17:00:00Z", "2030-03-05T19:00:00Z", prod, `triggers = { cpus = "4" }`)),
			ExpectError: acctest.Says(`lies in the freeze "weekend"`),
		},
	)
}

// The environment is that of the configuration items; where those are new, it is known at the apply only.
func TestAccFreeze_items(t *testing.T) {
	r := acctest.NewRegistry(t)
	weekend(r)
	touched := "configuration_item_ids = [infraops_cmdb_configuration_item.web.id]"
	in := func(environment string, lines ...string) string {
		return r.Config(acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, `class = "server"`, `name = "web-01"`, "environment = "+acctest.Quote(environment)),
			during("2030-03-01T20:00:00Z", "2030-03-01T21:00:00Z", append(lines, touched)...))
	}
	r.Test(
		resource.TestStep{Config: in("prod"), ExpectError: acctest.Says("Error running apply", `lies in the freeze "weekend"`)},
		resource.TestStep{Config: in("prod"), ExpectError: acctest.Says("Error running pre-apply plan", `lies in the freeze "weekend"`)}, // the item is there now
		resource.TestStep{Config: in("prod", `environment = "dev"`), ConfigStateChecks: acctest.Has(build, acctest.Values{"environment": "dev", "number": "CHG0000001"})},
	)
}

func TestAccFreeze_newItems(t *testing.T) {
	r := acctest.NewRegistry(t)
	weekend(r)
	r.Test(resource.TestStep{Config: r.Config(
		acctest.Block(`resource "infraops_cmdb_configuration_item" "web"`, `class = "server"`, `name = "web-01"`, `environment = "dev"`),
		during("2030-03-01T20:00:00Z", "2030-03-01T21:00:00Z", "configuration_item_ids = [infraops_cmdb_configuration_item.web.id]"),
	)})
}

// A window that the plan does not know is judged at the apply.
func TestAccFreeze_unknownWindow(t *testing.T) {
	r := acctest.NewRegistry(t)
	weekend(r)
	r.Test(resource.TestStep{
		Config: r.Config(acctest.Block(`resource "terraform_data" "at"`, `input = "2030-03-01T20:00:00Z"`),
			request(`summary = "Build web-01"`, `environment = "prod"`, "planned_start = terraform_data.at.output", `planned_end = "2030-03-01T21:00:00Z"`)),
		ExpectError: acctest.Says("Error running apply", `lies in the freeze "weekend"`),
	})
}

// The gate starts nothing while a freeze is in force, also a change without a window, and waits for its end within max_wait.
func TestAccFreeze_gate(t *testing.T) {
	r := acctest.NewRegistry(t)
	now := time.Now()
	audit := acctest.Put(r, &record.ChangeFreeze{Meta: record.Meta{Stack: "board"}, Name: "audit", Start: now.Add(-time.Hour), End: now.Add(time.Hour), Reason: "Audit."})
	gate := func(lines ...string) string {
		return r.Config(request(`summary = "Build web-01"`, `type = "standard"`), acctest.Block(`resource "infraops_change_approval" "go"`,
			append(lines, "change_request_id = "+build+".id", "enforce_window = false")...))
	}
	r.Test(
		resource.TestStep{Config: gate(), ExpectError: acctest.Says("CHG0000001", `is approved, and it cannot start in the freeze "audit" of stack "board",`, "Audit.", "Apply again from", "or set max_wait to wait for it. No type of change is exempt")},
		resource.TestStep{
			PreConfig: func() {
				if c := acctest.Find[*record.ChangeRequest](r, "Build web-01"); c.State != record.ChangeScheduled {
					t.Errorf("the change is %s", c.State)
				}
				audit.End = time.Now().Add(4 * time.Second)
				r.Edit(audit, "end")
			},
			Config:            gate(`max_wait = "2m"`, `poll_interval = "1s"`),
			ConfigStateChecks: acctest.Has("infraops_change_approval.go", acctest.Values{"approved_at": knownvalue.NotNull()}),
		},
	)
}
