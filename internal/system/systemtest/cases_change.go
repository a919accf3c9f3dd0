// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func changeCases() []kindCase { return []kindCase{changeCase()} }

func changeCase() kindCase {
	type change = *record.ChangeRequest
	zone := time.FixedZone("CEST", 2*60*60)
	return kindCase{
		kind: record.KindChangeRequest,
		build: func(_ *env, n int) record.Record {
			return &record.ChangeRequest{
				Name: fmt.Sprintf("deploy-%04d", n), Summary: fmt.Sprintf("Deploy web-%04d", n), Description: "Line one\nline two", Type: "normal",
				Risk: "low", Impact: "medium", Category: fmt.Sprintf("category-%d", n), AssignmentGroup: "linux", RequestedBy: "alice",
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
