// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func checkDowntimeTarget(e *env) {
	k := downtimeCase()
	missing := e.record(k, 1).(*record.MonitoringDowntime)
	missing.TargetID = absentID
	_, err := e.store(k.kind).Create(e.t.Context(), missing)
	e.wantFailure("Create of a downtime of a missing target", err, record.ErrNotFound, "target_id")
	gone := e.record(k, 1).(*record.MonitoringDowntime)
	e.retire(record.KindMonitoringTarget, gone.TargetID, record.Erase)
	_, err = e.store(k.kind).Create(e.t.Context(), gone)
	e.wantFailure("Create of a downtime of a target at its end", err, record.ErrNotFound, "target_id")
	e.wantRecords("after refused creates", e.find(k.kind, record.Query{}))
}

// checkDowntimeLife: what has happened is not edited, and an end does not rewrite it.
func checkDowntimeLife(e *env) {
	now := time.Now().Truncate(time.Second)
	lasting := func(begin, end time.Duration) *record.MonitoringDowntime {
		d := e.record(downtimeCase(), 1).(*record.MonitoringDowntime)
		d.Start, d.End = now.Add(begin), now.Add(end)
		return e.create(d).(*record.MonitoringDowntime)
	}
	past, running, future := lasting(-2*time.Hour, -time.Hour), lasting(-time.Hour, time.Hour), lasting(time.Hour, 2*time.Hour)
	for what, c := range map[string]struct {
		d     *record.MonitoringDowntime
		field string
		edit  func(*record.MonitoringDowntime)
	}{
		"the reason of a past downtime":  {past, "reason", func(d *record.MonitoringDowntime) { d.Reason = "another" }},
		"the end of a past downtime":     {past, "end", func(d *record.MonitoringDowntime) { d.End = now.Add(time.Hour) }},
		"the start of a running one":     {running, "start", func(d *record.MonitoringDowntime) { d.Start = now.Add(time.Minute) }},
		"a running one's end, backwards": {running, "end", func(d *record.MonitoringDowntime) { d.End = now.Add(-time.Minute) }},
	} {
		edited := record.Clone(c.d)
		c.edit(edited)
		_, err := e.store(edited.Kind()).Update(e.t.Context(), edited, []string{c.field})
		e.wantFailure("Update of "+what, err, record.ErrRefused, "")
		e.wantSame("after a refused Update of "+what, e.get(c.d.Kind(), c.d.ID), c.d)
	}
	running.End, running.Reason = now.Add(3*time.Hour), "takes longer"
	e.update(running, "end", "reason")
	future.Start = now.Add(30 * time.Minute)
	e.update(future, "start")
	for _, d := range []*record.MonitoringDowntime{past, running, future} {
		e.retire(d.Kind(), d.ID, record.Conclude)
		after := e.get(d.Kind(), d.ID).(*record.MonitoringDowntime)
		ended := after.End.Before(now.Add(time.Hour)) && !after.End.Before(now)
		if !after.Retired || !after.Start.Equal(d.Start) || (d == running) != ended || d != running && !after.End.Equal(d.End) {
			e.t.Errorf("after its end the downtime is from %s to %s, retired %t", after.Start, after.End, after.Retired)
		}
	}
}
