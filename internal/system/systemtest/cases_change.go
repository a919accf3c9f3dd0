// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func changeCases() []kindCase { return []kindCase{changeCase(), freezeCase()} }

func changeCase() kindCase {
	type change = *record.ChangeRequest
	zone := time.FixedZone("CEST", 2*60*60)
	return kindCase{
		kind: record.KindChangeRequest,
		build: func(_ *env, n int) record.Record {
			return &record.ChangeRequest{
				Name: fmt.Sprintf("deploy-%04d", n), Summary: fmt.Sprintf("Deploy web-%04d", n), Description: "Line one\nline two", Type: "normal",
				Risk: "low", Impact: "medium", Category: fmt.Sprintf("category-%d", n), AssignmentGroup: "linux", RequestedBy: "alice", Environment: "prod",
				PlannedStart: time.Date(2030, 5, 1, 10, 0, 0, 500, zone), PlannedEnd: time.Date(2030, 5, 1, 12, 0, 0, 0, zone),
				ImplementationPlan: "apply", BackoutPlan: "destroy", TestPlan: "check", OnDestroy: "cancel",
				Attachments: map[string]string{"plan": "+ vm"}, Triggers: map[string]string{"size": "4"},
			}
		},
		computed: []string{"number", "state", "approval"},
		edits: []edit{
			{"summary", as(func(c change) { c.Summary = "Deploy something else" })},
			{"description", as(func(c change) { c.Description = "" })},
			{"risk", as(func(c change) { c.Risk = "high" })},
			{"planned_end", as(func(c change) { c.PlannedEnd = time.Date(2030, 5, 1, 15, 0, 0, 0, zone) })},
		},
		entries: "attachments",
		where:   "category",
		invalid: []flaw{
			{"risk", as(func(c change) { c.Risk = "extreme" }), false},
			{"planned_end", as(func(c change) { c.PlannedEnd = c.PlannedStart }), false},
			{"summary", as(func(c change) { c.Summary = "two\nlines" }), false},
		},
		kept:  true,
		ended: func(r record.Record) bool { return r.(change).State == record.ChangeCanceled }, endFields: []string{"state"},
		freesKey: true,
	}
}

func freezeCase() kindCase {
	type freeze = *record.ChangeFreeze
	zone := time.FixedZone("CET", 60*60)
	return kindCase{
		kind: record.KindChangeFreeze,
		build: func(_ *env, n int) record.Record {
			f := &record.ChangeFreeze{
				Name: fmt.Sprintf("freeze-%04d", n), Start: time.Date(2030, 12, 20, 0, 0, 0, 700, zone), Reason: fmt.Sprintf("Reason %d\nin two lines", n),
				Environments: []string{"prod", "dev", "prod"}, ExemptTypes: []string{"standard", "emergency"}, TimeZone: "Europe/Berlin",
			}
			if n%2 == 0 {
				f.Recurrence, f.Duration = "RRULE:freq=weekly;byday=FR", 54*time.Hour
			} else {
				f.End = time.Date(2031, 1, 3, 0, 0, 0, 0, zone)
			}
			return f
		},
		edits: []edit{
			{"start", as(func(f freeze) { f.Start = time.Date(2030, 12, 19, 0, 0, 0, 0, zone) })},
			{"environments", as(func(f freeze) { f.Environments = nil })},
			{"exempt_types", as(func(f freeze) { f.ExemptTypes = []string{"normal"} })},
			{"time_zone", as(func(f freeze) { f.TimeZone = "" })},
			{"reason", as(func(f freeze) { f.Reason = "Because" })},
		},
		where: "reason",
		invalid: []flaw{
			{"exempt_types", as(func(f freeze) { f.ExemptTypes = []string{"urgent"} }), false},
			{"time_zone", as(func(f freeze) { f.TimeZone = "Gotham" }), false},
			{"end", as(func(f freeze) { f.End, f.Recurrence, f.Duration = f.Start, "", 0 }), true},
			{"recurrence", as(func(f freeze) { f.End, f.Recurrence, f.Duration = time.Time{}, "FREQ=SECONDLY", time.Hour }), true},
			{"end", as(func(f freeze) { f.End, f.Recurrence, f.Duration = time.Time{}, "", 0 }), true},
		},
		kept: true, ended: retired, freesKey: true,
	}
}
