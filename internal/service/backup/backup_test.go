// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package backup_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	gold = "infraops_backup_policy.gold"
	web  = "infraops_backup_enrollment.web"

	daily = `schedules = [{ every = "day" }]`
	month = `retention = { daily = 30 }`
)

func policy(lines ...string) string {
	return acctest.Block(`resource "infraops_backup_policy" "gold"`, append([]string{`name = "gold"`}, lines...)...)
}

func enrollment(lines ...string) string {
	return acctest.Block(`resource "infraops_backup_enrollment" "web"`, append([]string{`name = "web-01"`, "policy_id = " + gold + ".id"}, lines...)...)
}

func TestAccPolicy_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		schedules := `schedules = [{ every = "week", at = "22:00", days = ["sunday", "friday"], type = "full" }, { every = "month", days = [1, 15, "last"] }, { every = "day" }]`
		whole := policy(schedules, `retention = { daily = 14, weekly = 8, yearly = 2 }`, `window = { start = "22:00", duration = "6h" }`, `time_zone = "Europe/Berlin"`,
			`consistency = "application"`, "immutable_days = 14", `copies = [{ location = "offsite", retention = { monthly = 24 } }, { location = "bunker" }]`)
		effective := `{"consistency":"application","copies":[{"location":"offsite","retention":{"monthly":24}},{"location":"bunker"}],"immutable_days":14,` +
			`"retention":{"daily":14,"weekly":8,"yearly":2},"schedules":[{"every":"week","at":"22:00","days":["friday","sunday"],"type":"full"},` +
			`{"every":"month","days":["1","15","last"]},{"every":"day"}],"time_zone":"Europe/Berlin","window":{"duration":"6h0m0s","start":"22:00"}}`
		r.Test(
			resource.TestStep{
				Config: r.Config(whole),
				ConfigStateChecks: acctest.Has(gold, acctest.Values{
					"effective": effective, "correlation_id": "test/backup_policy/gold",
					"retention": knownvalue.ObjectExact(map[string]knownvalue.Check{
						"hourly": knownvalue.Null(), "daily": knownvalue.Int64Exact(14), "weekly": knownvalue.Int64Exact(8), "monthly": knownvalue.Null(), "yearly": knownvalue.Int64Exact(2),
					}),
				}),
			},
			resource.TestStep{ResourceName: gold, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"window.duration"}},
			resource.TestStep{ResourceName: gold, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"window.duration"}, ImportStateId: "name:gold"},
			// Copies in another order are another order.
			resource.TestStep{
				Config: r.Config(policy(schedules, `retention = { daily = 14, weekly = 8, yearly = 2 }`, `window = { start = "22:00", duration = "360m" }`, `time_zone = "Europe/Berlin"`,
					`consistency = "application"`, "immutable_days = 14", `copies = [{ location = "bunker" }, { location = "offsite", retention = { monthly = 24 } }]`)),
				ConfigPlanChecks: acctest.Plans(gold, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				Config:           r.Config(policy(daily, month)),
				ConfigPlanChecks: acctest.Plans(gold, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(gold, acctest.Values{
					"window": nil, "copies": nil, "time_zone": nil, "immutable_days": nil, "effective": `{"retention":{"daily":30},"schedules":[{"every":"day"}]}`,
				}),
			},
			resource.TestStep{
				PreConfig: func() {
					p := acctest.Find[*record.BackupPolicy](r, "gold")
					p.Retention.Daily = 7
					r.Edit(p, "retention")
				},
				Config:           r.Config(policy(daily, month)),
				ConfigPlanChecks: acctest.Plans(gold, plancheck.ResourceActionUpdate),
			},
		)
	})
}

// A zero may be written or left out, before and after an import.
func TestAccPolicy_zeros(t *testing.T) {
	r := acctest.NewRegistry(t)
	zeros := policy(daily, `retention = { hourly = 0, daily = 30, weekly = 0 }`, "immutable_days = 0")
	acctest.Put(r, &record.BackupPolicy{Name: "gold", Schedules: []record.BackupSchedule{{Every: "day"}}, Retention: &record.BackupRetention{Daily: 30}})
	imported := map[string]knownvalue.Check{
		"hourly": knownvalue.Null(), "daily": knownvalue.Int64Exact(30), "weekly": knownvalue.Null(), "monthly": knownvalue.Null(), "yearly": knownvalue.Null(),
	}
	r.Test(
		resource.TestStep{Config: r.Config(zeros, acctest.Block("import", "to = "+gold, `id = "name:gold"`))},
		resource.TestStep{
			Config: r.Config(zeros), ConfigPlanChecks: acctest.PlansNothing(),
			ConfigStateChecks: acctest.Has(gold, acctest.Values{"retention": knownvalue.ObjectExact(imported), "immutable_days": 0}),
		},
		resource.TestStep{Config: r.Config(policy(daily, month)), ConfigPlanChecks: acctest.Plans(gold, plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: r.Config(zeros), ConfigPlanChecks: acctest.Plans(gold, plancheck.ResourceActionUpdate)},
	)
	if story, want := r.Story(acctest.Find[*record.BackupPolicy](r, "gold")), "create mallory, retire pipeline"; story != want {
		t.Errorf("the history is %q, want %q: nothing is sent for a zero", story, want)
	}
}

func TestAccEnrollment_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		base := policy(daily, month)
		r.Test(
			resource.TestStep{
				Config: r.Config(base, enrollment(`target = "web-01-fd"`, `include = ["/srv", "/etc"]`, `exclude = ["/srv/cache"]`)),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"on_destroy": "retain", "last_success_at": nil, "recovery_points": nil, "target": "web-01-fd",
					"include": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("/srv"), knownvalue.StringExact("/etc")}),
				}),
			},
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true},
			resource.TestStep{
				Config:           r.Config(base, enrollment(`target = "web-01-fd"`, `include = ["/etc", "/srv"]`, `exclude = ["/srv/cache"]`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
			},
			// Kept as evidence, it is in nobody's way.
			resource.TestStep{Config: r.Config(base)},
			resource.TestStep{
				PreConfig: func() {
					if e := acctest.Find[*record.BackupEnrollment](r, "web-01"); !e.Retired {
						t.Error("the enrollment is not kept as evidence")
					}
				},
				Config:           r.Config(base, enrollment(`target = "10.0.0.7"`, `on_destroy = "expire"`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionCreate),
			},
			resource.TestStep{Config: r.Config(base)},
		)
		if n := r.Count(); n != 2 {
			t.Errorf("%d records are left, want the policy and the first enrollment", n)
		}
	})
}

func TestAccPolicy_inUse(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(policy(daily, month), enrollment(`target = "web-01"`))},
		resource.TestStep{
			PreConfig: func() {
				p := acctest.Find[*record.BackupPolicy](r, "gold")
				acctest.Put(r, &record.BackupEnrollment{Meta: record.Meta{Stack: "theirs"}, Name: "db", PolicyID: p.ID, Target: "db"})
			},
			Config: r.Config(), ExpectError: acctest.Says(`backup policy "gold" cannot be removed: it is in use by 1 backup enrollment: "db" of stack "theirs"`),
		},
		resource.TestStep{PreConfig: func() { r.End(acctest.Find[*record.BackupEnrollment](r, "db"), record.Erase) }, Config: r.Config()},
	)
}

func TestAccPolicy_dataSource(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.BackupPolicy{
		Meta: record.Meta{Stack: "platform"}, Name: "gold", Schedules: []record.BackupSchedule{{Every: "day", At: "01:30"}}, Retention: &record.BackupRetention{Daily: 30},
	})
	const it = "data.infraops_backup_policy.it"
	for _, by := range []string{`id = "1"`, `name = "gold"`} {
		r.Test(resource.TestStep{
			Config: r.Config(acctest.Block(`data "infraops_backup_policy" "it"`, by)),
			ConfigStateChecks: acctest.Has(it, acctest.Values{
				"id": "1", "name": "gold", "window": nil, "retention": knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"hourly": knownvalue.Int64Exact(0), "daily": knownvalue.Int64Exact(30),
				}),
				"schedules": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"every": knownvalue.StringExact("day"), "at": knownvalue.StringExact("01:30"), "days": knownvalue.SetSizeExact(0), "type": knownvalue.Null(),
				})}),
			}),
		})
	}
}

func TestAccStatus(t *testing.T) {
	r := acctest.NewRegistry(t)
	points, theirs := int64(12), record.Meta{Stack: "theirs"}
	p := acctest.Put(r, &record.BackupPolicy{Meta: theirs, Name: "gold", Schedules: []record.BackupSchedule{{Every: "day"}}, Retention: &record.BackupRetention{Daily: 30}})
	acctest.Put(r, &record.BackupEnrollment{
		Meta: theirs, Name: "web-01", PolicyID: p.ID, Target: "web-01-fd", RecoveryPoints: &points, LastSuccessAt: time.Date(2026, 3, 1, 1, 40, 0, 0, time.UTC),
	})
	acctest.Put(r, &record.BackupEnrollment{Meta: theirs, Name: "web-02", PolicyID: p.ID, Target: "web-02-fd"})
	const it = "data.infraops_backup_status.it"
	for by, want := range map[string]acctest.Values{
		`id = "2"`:        {"name": "web-01", "policy_id": "1", "last_success_at": "2026-03-01T01:40:00Z", "recovery_points": 12},
		`name = "web-01"`: {"id": "2", "target": "web-01-fd", "recovery_points": 12},
		`name = "web-02"`: {"id": "3", "last_success_at": nil, "recovery_points": nil},
	} {
		r.Test(resource.TestStep{Config: r.Config(acctest.Block(`data "infraops_backup_status" "it"`, by)), ConfigStateChecks: acctest.Has(it, want)})
	}
}
