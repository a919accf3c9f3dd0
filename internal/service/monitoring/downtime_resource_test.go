// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package monitoring_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const patching = "infraops_monitoring_downtime.patching"

func at(t time.Time) string { return acctest.Quote(record.FormatTime(t)) }

func downtime(start, end time.Time, reason string) string {
	return target(`address = "10.0.0.7"`) + acctest.Block(`resource "infraops_monitoring_downtime" "patching"`,
		"target_id = "+web+".id", "start = "+at(start), "end = "+at(end), "reason = "+acctest.Quote(reason))
}

func TestAccMonitoringDowntime_future(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		start := time.Date(2090, 3, 1, 22, 0, 0, 0, time.UTC)
		edited := r.Config(downtime(start.Add(time.Hour), start.Add(5*time.Hour), "CHG2"))
		r.Test(
			resource.TestStep{
				Config:            r.Config(downtime(start, start.Add(2*time.Hour), "CHG1")),
				ConfigStateChecks: acctest.Has(patching, acctest.Values{"id": "2", "target_id": "1", "correlation_id": "test/monitoring_downtime/1/2090-03-01T22:00:00Z"}),
			},
			resource.TestStep{
				Config:            edited,
				ConfigPlanChecks:  acctest.Plans(patching, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(patching, acctest.Values{"id": "2", "correlation_id": "test/monitoring_downtime/1/2090-03-01T23:00:00Z"}),
			},
			resource.TestStep{ResourceName: patching, ImportState: true, ImportStateVerify: true},
			resource.TestStep{ResourceName: patching, ImportState: true, ImportStateVerify: true, ImportStateId: "name:1/2090-03-01T23:00:00Z"},
			resource.TestStep{
				PreConfig:        func() { r.End(acctest.Find[*record.MonitoringDowntime](r, "1/2090-03-01T23:00:00Z"), record.Conclude) },
				Config:           edited,
				ConfigPlanChecks: acctest.Plans(patching, plancheck.ResourceActionCreate),
			},
		)
		if end := acctest.Find[*record.MonitoringDowntime](r, "1/2090-03-01T23:00:00Z"); !end.Retired || !end.End.Equal(start.Add(5*time.Hour)) {
			t.Errorf("the cancelled downtime is %+v", end)
		}
	})
}

func TestAccMonitoringDowntime_running(t *testing.T) {
	r := acctest.NewRegistry(t)
	now := time.Now().UTC().Truncate(time.Second)
	start, name := now.Add(-time.Hour), "1/"+record.FormatTime(now.Add(-time.Hour))
	r.Test(
		resource.TestStep{Config: r.Config(downtime(start, now.Add(time.Hour), "CHG1"))},
		resource.TestStep{
			Config:           r.Config(downtime(start, now.Add(3*time.Hour), "CHG1, takes longer")),
			ConfigPlanChecks: acctest.Plans(patching, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			Config:      r.Config(downtime(start, now.Add(-time.Minute), "CHG1")),
			ExpectError: acctest.Says("end must be in the future"),
		},
		resource.TestStep{
			Config:           r.Config(downtime(now.Add(time.Hour), now.Add(3*time.Hour), "CHG1")),
			ConfigPlanChecks: acctest.Plans(patching, plancheck.ResourceActionReplace),
		},
	)
	ended := acctest.Find[*record.MonitoringDowntime](r, name)
	if !ended.Retired || ended.End.Before(now) || ended.End.After(time.Now()) || !ended.Start.Equal(start) {
		t.Errorf("the downtime that was running is %+v", ended)
	}
}

// What is over is evidence: its block plans nothing, an edit plans another downtime, and destroying changes nothing.
func TestAccMonitoringDowntime_over(t *testing.T) {
	r := acctest.NewRegistry(t)
	now := time.Now().UTC().Truncate(time.Second)
	start, end := now.Add(-2*time.Hour), now.Add(-time.Hour)
	past := r.Config(downtime(start, end, "CHG1"))
	r.Test(
		resource.TestStep{Config: past, ExpectError: acctest.Says("end must be in the future")},
		resource.TestStep{ // a state that was lost finds it again
			PreConfig: func() {
				watched := acctest.Put(r, &record.MonitoringTarget{Name: "web-01", Address: "10.0.0.7", Enabled: true})
				acctest.Put(r, &record.MonitoringDowntime{TargetID: watched.ID, Start: start, End: end, Reason: "CHG1"})
			},
			Config: r.Config(target(`address = "10.0.0.7"`)),
		},
		resource.TestStep{Config: past, ConfigStateChecks: acctest.Has(patching, acctest.Values{"id": "2"})},
		resource.TestStep{Config: past, ConfigPlanChecks: acctest.PlansNothing()},
		resource.TestStep{Config: r.Config(downtime(start, end, "CHG2")), ExpectError: acctest.Says("end must be in the future")},
		resource.TestStep{
			Config:           r.Config(downtime(start, now.Add(time.Hour), "CHG1")),
			ConfigPlanChecks: acctest.Plans(patching, plancheck.ResourceActionReplace),
		},
	)
	all, err := r.Records(t.Context(), record.KindMonitoringDowntime, record.Query{Gone: true})
	if err != nil || len(all) != 2 || !all[0].(*record.MonitoringDowntime).End.Equal(end) {
		t.Errorf("the registry has %v, error %v", all, err)
	}
}
