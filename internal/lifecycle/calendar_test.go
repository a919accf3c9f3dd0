// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// during is the content of a change request with a window in the year-end freeze.
func during(summary string, more attrs) attrs {
	return attrs{"summary": summary, "planned_start": "2030-12-24T08:00:00Z", "planned_end": "2030-12-24T10:00:00Z"}.with(more)
}

func (w *world) freeze(environments ...string) {
	w.put(&record.ChangeFreeze{
		Meta: record.Meta{Stack: "board"}, Name: "year-end", Start: time.Date(2030, 12, 20, 0, 0, 0, 0, time.UTC), End: time.Date(2031, 1, 3, 0, 0, 0, 0, time.UTC),
		Environments: environments, Reason: "The books are closed",
	})
}

// A plan of many changes asks for one calendar, and for each configuration item of another stack once.
func TestPlanAsksForOneCalendar(t *testing.T) {
	w := newWorld(t)
	w.freeze("prod")
	own := w.put(&record.ConfigurationItem{Class: "server", Name: "own", Environment: "dev"}).Metadata().ID
	shared := w.put(&record.ConfigurationItem{Meta: record.Meta{Stack: "data"}, Class: "server", Name: "shared", Environment: "test"}).Metadata().ID
	walk := w.walk()
	for i := range 30 {
		walk.plan(walk.block(request), during(fmt.Sprintf("Build %d", i), attrs{"configuration_item_ids": []string{own}})).ok(t)
	}
	w.wantCalls("change_request.Calendar=1", "change_request.Find=1", "cmdb_configuration_item.Find=1")
	walk.plan(walk.block(request), during("Build both", attrs{"configuration_item_ids": []string{own, shared}})).ok(t)
	walk.plan(walk.block(request), during("Build both again", attrs{"configuration_item_ids": []string{own, shared}})).ok(t)
	w.wantCalls("cmdb_configuration_item.Get=1")
	walk.plan(walk.block(request), during("Build nothing in particular", nil)).wantError(t, "planning change request", `lies in the freeze "year-end" of stack "board"`, "set environment")
	w.wantCalls()
}

// A freeze that this run has declared counts for what is planned after it: an apply plans once more what depends on it.
func TestFreezeOfThisRunCounts(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	walk.plan(walk.block(request), during("Before", nil)).ok(t)
	walk.apply(walk.block("change_freeze"), attrs{"name": "year-end", "start": "2030-12-20T00:00:00Z", "end": "2031-01-03T00:00:00Z", "reason": "The books are closed"}).ok(t)
	walk.plan(walk.block(request), during("After", nil)).wantError(t, `lies in the freeze "year-end"`)
}

// A plan that cannot read the calendar promises nothing.
func TestPlanWithoutTheCalendarFails(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Kind: request, Method: systemtest.Calendar, Err: record.Errorf(record.ErrUnavailable, "the calendar is away")})
	walk := w.walk()
	walk.plan(walk.block(request), during("Build", nil)).wantError(t, "Cannot plan change request", "the calendar is away")
	walk.plan(walk.block(request), attrs{"summary": "Build without a window"}).ok(t)
	w.faulty.Heal()
	walk.plan(walk.block(request), during("Build now", nil)).ok(t)
}
