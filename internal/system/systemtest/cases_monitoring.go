// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func monitoringCases() []kindCase { return []kindCase{targetCase(), downtimeCase()} }

func targetCase() kindCase {
	type target = *record.MonitoringTarget
	return kindCase{
		kind: record.KindMonitoringTarget,
		build: func(_ *env, n int) record.Record {
			return &record.MonitoringTarget{
				Name: fmt.Sprintf("web-%04d", n), Address: fmt.Sprintf("Web-%04d.Example.COM.", n), Port: 9100, Profiles: []string{"node", "http", "node"},
				Groups: []string{"web", "linux"}, Labels: map[string]string{"zone": "a", "tier": "web"}, Interval: 30 * time.Second,
				Enabled: true, ConfigurationItemID: "4711", OnDestroy: "delete",
			}
		},
		computed: []string{"health"},
		edits: []edit{
			{"address", as(func(t target) { t.Address = "2001:DB8::7" })},
			{"port", as(func(t target) { t.Port = 0 })},
			{"profiles", as(func(t target) { t.Profiles = []string{"tcp"} })},
			{"groups", as(func(t target) { t.Groups = nil })},
			{"interval", as(func(t target) { t.Interval = 90 * time.Second })},
			{"enabled", as(func(t target) { t.Enabled = false })},
			{"configuration_item_id", as(func(t target) { t.ConfigurationItemID = "" })},
		},
		entries: "labels",
		where:   "address",
		invalid: []flaw{
			{"address", as(func(t target) { t.Address = "10.0.0.256" }), false},
			{"port", as(func(t target) { t.Port = 65536 }), false},
			{"profiles", as(func(t target) { t.Profiles = []string{" node"} }), false},
			{"interval", as(func(t target) { t.Interval = 1500 * time.Millisecond }), false},
			{"labels.zone", as(func(t target) { t.Labels = map[string]string{"zone": "\x00"} }), false},
		},
		kept: true, ended: func(r record.Record) bool { return !r.(target).Enabled }, endFields: []string{"enabled"},
	}
}

func downtimeCase() kindCase {
	type downtime = *record.MonitoringDowntime
	zone := time.FixedZone("CEST", 2*60*60)
	return kindCase{
		kind: record.KindMonitoringDowntime,
		build: func(e *env, n int) record.Record {
			target := e.once("target", func() record.Record {
				return &record.MonitoringTarget{Name: "target", Address: "10.0.0.1", Enabled: true}
			})
			start := time.Date(2090, 5, 1, 10, 0, 0, 500, zone).Add(time.Duration(n) * time.Hour)
			return &record.MonitoringDowntime{TargetID: target.Metadata().ID, Start: start, End: start.Add(2 * time.Hour), Reason: fmt.Sprintf("CHG%d\nkernel", n)}
		},
		edits: []edit{
			{"end", as(func(d downtime) { d.End = d.Start.Add(3 * time.Hour) })},
			{"reason", as(func(d downtime) { d.Reason = "a longer one" })},
		},
		where: "reason",
		invalid: []flaw{
			{"end", as(func(d downtime) { d.End = d.Start }), false},
			{"reason", as(func(d downtime) { d.Reason = "\x00" }), false},
		},
		kept: true, ended: retired, freesKey: true,
	}
}
