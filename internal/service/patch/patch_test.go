// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package patch_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	weekly  = "infraops_patch_policy.weekly"
	web     = "infraops_patch_enrollment.web"
	sundays = `schedule = { recurrence = "FREQ=WEEKLY;BYDAY=SU", start = "2026-03-01T02:00:00+01:00", duration = "4h", time_zone = "Europe/Berlin" }`
)

func policy(lines ...string) string {
	return acctest.Block(`resource "infraops_patch_policy" "weekly"`, append([]string{`name = "weekly"`}, lines...)...)
}

func enrollment(lines ...string) string {
	return acctest.Block(`resource "infraops_patch_enrollment" "web"`, append([]string{"policy_id = " + weekly + ".id"}, lines...)...)
}

func TestAccPolicy_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		whole := policy(sundays, `classifications = ["security", "critical"]`, `include = ["openssl"]`, `exclude = ["mysql", "docker"]`, "approve_after_days = 3", `reboot = "never"`)
		least := policy(`schedule = { recurrence = "FREQ=MONTHLY;BYDAY=1SA", start = "2026-03-01T02:00:00Z", duration = "2h" }`)
		r.Test(
			resource.TestStep{
				Config: r.Config(whole),
				ConfigStateChecks: acctest.Has(weekly, acctest.Values{
					"classifications": []string{"critical", "security"}, "exclude": []string{"docker", "mysql"}, "approve_after_days": 3, "reboot": "never",
					"correlation_id": "test/patch_policy/weekly",
					"schedule": knownvalue.ObjectExact(map[string]knownvalue.Check{
						"recurrence": knownvalue.StringExact("FREQ=WEEKLY;BYDAY=SU"), "start": knownvalue.StringExact("2026-03-01T02:00:00+01:00"),
						"duration": knownvalue.StringExact("4h"), "time_zone": knownvalue.StringExact("Europe/Berlin"),
					}),
				}),
			},
			// The same window in other words.
			resource.TestStep{
				Config: r.Config(policy(`schedule = { recurrence = "FREQ=WEEKLY;BYDAY=SU", start = "2026-03-01T01:00:00Z", duration = "240m", time_zone = "Europe/Berlin" }`,
					`classifications = ["critical", "security"]`, `include = ["openssl"]`, `exclude = ["docker", "mysql"]`, "approve_after_days = 3", `reboot = "never"`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			// An import has only the canonical form of times.
			resource.TestStep{ResourceName: weekly, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"schedule.start", "schedule.duration"}},
			resource.TestStep{
				Config:            r.Config(least),
				ConfigPlanChecks:  acctest.Plans(weekly, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(weekly, acctest.Values{"classifications": nil, "include": nil, "approve_after_days": nil, "reboot": "if_required"}),
			},
			resource.TestStep{
				PreConfig: func() {
					p := acctest.Find[*record.PatchPolicy](r, "weekly")
					p.Schedule.TimeZone = "America/New_York"
					r.Edit(p, "schedule")
				},
				Config:           r.Config(least),
				ConfigPlanChecks: acctest.Plans(weekly, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig:        func() { r.End(acctest.Find[*record.PatchPolicy](r, "weekly"), record.Conclude) },
				Config:           r.Config(least),
				ConfigPlanChecks: acctest.Plans(weekly, plancheck.ResourceActionCreate),
			},
		)
	})
}

func TestAccEnrollment_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		base := policy(sundays)
		other := acctest.Block(`resource "infraops_patch_policy" "other"`, `name = "other"`, sundays)
		moved := acctest.Block(`resource "infraops_patch_enrollment" "web"`, "policy_id = infraops_patch_policy.other.id", `target = "Web-01.example.com"`)
		r.Test(
			resource.TestStep{
				Config: r.Config(base, enrollment(`target = "Web-01.example.com"`, `ring = "canary"`)),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"target": "Web-01.example.com", "ring": "canary", "compliant": nil, "pending_updates": nil, "last_run_at": nil,
					"correlation_id": "test/patch_enrollment/web-01.example.com",
				}),
			},
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"target"}},
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"target"}, ImportStateId: "name:web-01.example.com"},
			resource.TestStep{
				PreConfig: func() {
					e, no, none := acctest.Find[*record.PatchEnrollment](r, "web-01.example.com"), false, int64(0)
					e.Compliant, e.PendingUpdates = &no, &none
					r.Edit(e, "compliant", "pending_updates")
				},
				Config:            r.Config(base, enrollment(`target = "web-01.example.com"`, `ring = "canary"`)),
				ConfigPlanChecks:  acctest.PlansNothing(),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"compliant": false, "pending_updates": 0}),
			},
			resource.TestStep{Config: r.Config(base, other, moved), ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate)},
			resource.TestStep{
				Config:           r.Config(base, enrollment(`target = "web-02"`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionReplace),
			},
		)
	})
}

// A platform team keeps the policy, and others put their machines under it.
func TestAccPolicy_dataSource(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.PatchPolicy{Meta: record.Meta{Stack: "platform"}, Name: "weekly", Reboot: "never", Schedule: &record.PatchSchedule{
		Recurrence: "FREQ=WEEKLY;BYDAY=SU", Start: time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC), Duration: 4 * time.Hour,
	}})
	const it = "data.infraops_patch_policy.it"
	r.Test(resource.TestStep{
		Config: r.Config(acctest.Block(`data "infraops_patch_policy" "it"`, `name = "weekly"`),
			acctest.Block(`resource "infraops_patch_enrollment" "web"`, `target = "web-01"`, "policy_id = "+it+".id")),
		ConfigStateChecks: append(acctest.Has(it, acctest.Values{
			"id": "1", "reboot": "never", "classifications": []string{}, "approve_after_days": 0,
			"schedule": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"recurrence": knownvalue.StringExact("FREQ=WEEKLY;BYDAY=SU"), "start": knownvalue.StringExact("2026-03-01T01:00:00Z"),
				"duration": knownvalue.StringExact("4h0m0s"), "time_zone": knownvalue.Null(),
			}),
		}), acctest.Has(web, acctest.Values{"policy_id": "1"})...),
	})
}

// A policy that machines are under stays, and can be replaced by one that is there first.
func TestAccPolicy_inUse(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		var held []record.Record
		renamed := func(lines ...string) string {
			return acctest.Block(`resource "infraops_patch_policy" "weekly"`, append(lines, `name = "sundays"`, sundays)...)
		}
		r.Test(
			resource.TestStep{Config: r.Config(policy(sundays))},
			resource.TestStep{
				PreConfig: func() {
					p := acctest.Find[*record.PatchPolicy](r, "weekly")
					for i := range 7 {
						e := &record.PatchEnrollment{PolicyID: p.ID, Target: fmt.Sprintf("db-%d", i)}
						if i == 0 {
							e.Stack = "theirs"
						}
						held = append(held, acctest.Put(r, e))
					}
				},
				Config:      r.Config(),
				ExpectError: acctest.Says(`patch policy "weekly" cannot be removed: it is in use by 7 patch enrollments: "db-0" of stack "theirs", "db-1", "db-2", "db-3", "db-4", and 2 more`),
			},
			resource.TestStep{
				PreConfig: func() {
					for _, e := range held {
						r.End(e, record.Conclude)
					}
				},
				Config: r.Config(policy(sundays), enrollment(`target = "web-01"`)),
			},
			resource.TestStep{Config: r.Config(renamed(), enrollment(`target = "web-01"`)), ExpectError: acctest.Says("in use by 1 patch enrollment:", "set create_before_destroy in its lifecycle block")},
			resource.TestStep{
				Config:           r.Config(renamed("lifecycle { create_before_destroy = true }"), enrollment(`target = "web-01"`)),
				ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{weekly: plancheck.ResourceActionCreateBeforeDestroy, web: plancheck.ResourceActionUpdate}),
			},
		)
	})
}
