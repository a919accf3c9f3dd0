// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func conflicts(lines ...string) string {
	return acctest.Block(`data "infraops_change_conflicts" "it"`, append(lines, `planned_start = "2030-03-01T20:00:00Z"`, `planned_end = "2030-03-01T23:00:00+01:00"`)...)
}

func conflict(kind, name, stack, start, end, reason string) knownvalue.Check {
	checks := map[string]knownvalue.Check{}
	for attribute, value := range map[string]string{"kind": kind, "name": name, "stack": stack, "start": start, "end": end, "reason": reason} {
		checks[attribute] = knownvalue.StringExact(value)
	}
	return knownvalue.ObjectExact(checks)
}

func TestAccConflicts(t *testing.T) {
	r := acctest.NewRegistry(t)
	weekend(r)
	at := time.Date(2030, 3, 1, 21, 0, 0, 0, time.UTC)
	item := acctest.Put(r, &record.ConfigurationItem{Meta: record.Meta{Stack: "data"}, Class: "server", Name: "web-01", Environment: "dev"})
	theirs := &record.ChangeRequest{Meta: record.Meta{Stack: "other"}, Summary: "Patch web-01", ConfigurationItemIDs: []string{item.ID}, PlannedStart: at, PlannedEnd: at.Add(2 * time.Hour)}
	acctest.Put(r, theirs)
	watched := acctest.Put(r, &record.MonitoringTarget{Meta: record.Meta{Stack: "other"}, Name: "web-01", Address: "web-01.example.com", Enabled: true, ConfigurationItemID: item.ID})
	acctest.Put(r, &record.MonitoringDowntime{Meta: record.Meta{Stack: "other"}, TargetID: watched.ID, Start: at, End: at.Add(time.Hour), Reason: "New disks"})
	own := during("2030-03-01T19:00:00Z", "2030-03-01T20:30:00Z", "configuration_item_ids = ["+acctest.Quote(item.ID)+"]")
	touched := "configuration_item_ids = [" + acctest.Quote(item.ID) + "]"
	frozen := conflict("freeze", "weekend", "board", "2030-03-01T17:00:00Z", "2030-03-04T05:00:00Z", "Support is on call only.")
	patch := conflict("change", "CHG0000001", "other", "2030-03-01T21:00:00Z", "2030-03-01T23:00:00Z", "Patch web-01")
	disks := conflict("maintenance", "web-01", "other", "2030-03-01T21:00:00Z", "2030-03-01T22:00:00Z", "New disks")
	mine := conflict("change", "CHG0000002", "test", "2030-03-01T19:00:00Z", "2030-03-01T20:30:00Z", "Build web-01")
	step := func(config string, want ...knownvalue.Check) resource.TestStep {
		return resource.TestStep{Config: r.Config(own, config), ConfigStateChecks: acctest.Has("data.infraops_change_conflicts.it", acctest.Values{"conflicts": knownvalue.ListExact(want)})}
	}
	r.Test(
		step(""+conflicts(`environment = "dev"`)),
		step(conflicts(), frozen),
		step(conflicts(`type = "emergency"`)),
		step(conflicts(touched), mine, patch, disks),
		step(conflicts(touched, `environment = "prod"`, `except = ["Build web-01"]`), frozen, patch, disks),
		step(conflicts(touched, `except = ["CHG0000002", "CHG0000001", "web-01"]`), patch, disks), // what is another stack's cannot be excepted
		resource.TestStep{
			Config: r.Config(own, conflicts(touched, `environment = "prod"`, "fail_on_conflict = true")),
			ExpectError: acctest.Says("From 2030-03-01T20:00:00Z to 2030-03-01T22:00:00Z these stand in the way", `freeze "weekend" of stack "board"`, `change CHG0000002 of stack "test"`,
				`change CHG0000001 of stack "other", 2030-03-01T21:00:00Z to 2030-03-01T23:00:00Z: Patch web-01`, "it is free from 2030-03-04T05:00:00Z on"),
		},
	)
}
