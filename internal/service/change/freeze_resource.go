// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Freeze is the resource infraops_change_freeze.
var Freeze = lifecycle.Type{
	Kind: record.KindChangeFreeze,
	Description: "A time in which nothing is changed: once, from `start` to `end`, or again and again, by `recurrence` and `duration`. " +
		"A freeze counts for the changes of every stack that the same system keeps, whichever stack has declared it. " +
		"A change request whose window lies in a freeze is refused when it is planned, and an `infraops_change_approval` starts no change while one is in force, also one without a window and with `enforce_window = false`.\n\n" +
		"A freeze recurs on the wall clock of its time zone, so 22:00 stays 22:00 when the clocks change; its duration is elapsed time. " +
		"A beginning in the hour that spring skips comes at the end of that hour, and one in the hour that autumn repeats is the first of the two.",
	Attributes: map[string]schema.Attribute{
		"name":         schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"start":        schema.StringAttribute{Required: true, MarkdownDescription: "When the freeze begins (RFC 3339). Of one that recurs: from when on its rule counts, and the weekday, day and time of day that the rule leaves open. It is the first beginning only where the rule says so."},
		"end":          schema.StringAttribute{Optional: true, MarkdownDescription: "When a freeze that does not recur ends (RFC 3339). Not beside `recurrence` and `duration`."},
		"recurrence":   schema.StringAttribute{Optional: true, MarkdownDescription: "The RFC 5545 rule of a freeze that recurs, such as `FREQ=WEEKLY;BYDAY=FR`: daily, weekly, monthly or yearly. Needs `duration`."},
		"duration":     schema.StringAttribute{Optional: true, MarkdownDescription: "How long the freeze is in force each time, such as `54h`. Needs `recurrence`."},
		"time_zone":    schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("UTC"), MarkdownDescription: "The IANA time zone on whose wall clock the freeze recurs, such as `Europe/Berlin`. Default: `UTC`."},
		"environments": schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The environments in which nothing is changed. Default: all."},
		"exempt_types": schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The types of change that may go on: " + lifecycle.OneOf(record.ChangeTypes()) + ". Default: none."},
		"reason":       schema.StringAttribute{Required: true, MarkdownDescription: "Why. Whoever is refused reads it."},
	},
}
