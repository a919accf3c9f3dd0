// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// movesWindow says whether an edit decides anew whether the change lies in a freeze. An edit of anything else of a change
// that is already there is let through, also while a freeze is declared over it: the gate will stop it.
func movesWindow(edited []string) bool {
	return slices.ContainsFunc(edited, func(field string) bool {
		return slices.Contains([]string{"planned_start", "planned_end", "type", "environment", "configuration_item_ids"}, field)
	})
}

// planFrozen refuses a window inside a freeze, as far as the plan knows. What it does not know yet is judged by the apply,
// which plans again before it writes.
func planFrozen(ctx context.Context, p *lifecycle.Plan) error {
	if !p.Known("planned_start", "planned_end", "type") {
		return nil
	}
	c := p.Planned.(*record.ChangeRequest)
	environmentLater := !p.Known("environment") || c.Environment == "" && !p.Known("configuration_item_ids")
	return frozen(ctx, p.Run(), c, environmentLater)
}

// frozen refuses a change whose window lies in a freeze. A change without a window is judged by its gate, when it starts.
// While the environment is still to come, only the freezes of all environments are looked at.
func frozen(ctx context.Context, run *lifecycle.Run, c *record.ChangeRequest, environmentLater bool) error {
	if c.PlannedStart.IsZero() || c.PlannedEnd.IsZero() {
		return nil
	}
	calendar, err := run.Calendar(ctx, record.ConflictFreeze)
	if err != nil {
		return err
	}
	c = record.Clone(c)
	c.Canonicalise()
	q := record.ConflictQuery{Start: c.PlannedStart, End: c.PlannedEnd, Type: c.Type, AnyEnvironment: environmentLater}
	if environmentLater || len(calendar.Conflicts(q)) == 0 {
		return calendar.Refusal(q)
	}
	q.Environments, err = c.Environments(func(ids []string) (map[string]record.Record, error) {
		return run.Records(ctx, record.KindConfigurationItem, ids)
	})
	if err != nil {
		return err
	}
	return calendar.Refusal(q)
}
