// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package patch

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Policy is the resource infraops_patch_policy.
var Policy = lifecycle.Type{
	Kind: record.KindPatchPolicy,
	Description: "A patch policy: which updates are installed, in which recurring window, and what becomes of the machine afterwards. " +
		"Machines come under it by `infraops_patch_enrollment`. Destroying it is refused while it has any.",
	Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"schedule": schema.SingleNestedAttribute{
			Required: true, MarkdownDescription: "The recurring window in which updates are installed.",
			Attributes: map[string]schema.Attribute{
				"recurrence": schema.StringAttribute{Required: true, MarkdownDescription: "The RFC 5545 recurrence rule, such as `FREQ=WEEKLY;BYDAY=SU`. It recurs on the wall clock of the time zone."},
				"start":      schema.StringAttribute{Required: true, MarkdownDescription: "From when the rule counts, in RFC 3339 form, such as `2026-03-01T02:00:00+01:00`. It gives the time of day that the rule leaves open."},
				"duration":   schema.StringAttribute{Required: true, MarkdownDescription: "How long the window is open, such as `4h`."},
				"time_zone":  schema.StringAttribute{Optional: true, MarkdownDescription: "The IANA time zone, such as `Europe/Berlin`. Default: UTC."},
			},
		},
		"classifications":    schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The classes of updates that are installed: " + lifecycle.OneOf(record.PatchClassifications()) + ". Default: all."},
		"include":            schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Packages or updates that are installed whatever their class."},
		"exclude":            schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Packages or updates that are never installed."},
		"approve_after_days": schema.Int64Attribute{Optional: true, MarkdownDescription: "How many days an update must have been out before it is installed. Default: none."},
		"reboot": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("if_required"),
			MarkdownDescription: "Whether machines are restarted afterwards: " + lifecycle.OneOf(record.PatchReboots()) + ". Default: `if_required`.",
		},
	},
	Immutable: []string{"name"},
}
