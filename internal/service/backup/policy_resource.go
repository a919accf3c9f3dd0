// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package backup

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Policy is the resource infraops_backup_policy.
var Policy = lifecycle.Type{
	Kind: record.KindBackupPolicy,
	Description: "A backup policy: when backups are made, how many recovery points are kept, and where. Machines come under it by " +
		"`infraops_backup_enrollment`. A value that the serving system would round is refused by the plan, and `effective` shows what the system " +
		"really holds. Destroying the policy is refused while it has enrollments.",
	Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"schedules": schema.ListNestedAttribute{
			Required: true, MarkdownDescription: "When backups are made. What a schedule leaves out is the system's to choose; one that cannot leave it open says so in the plan.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"every": schema.StringAttribute{Required: true, MarkdownDescription: "The period in which one backup is made: " + lifecycle.OneOf(record.BackupPeriods()) + "."},
				"at":    schema.StringAttribute{Optional: true, MarkdownDescription: "The time of day at which it begins, such as `22:30`; not for `hour`."},
				"days": schema.SetAttribute{
					ElementType: types.StringType, Optional: true,
					MarkdownDescription: "For `week`, the weekdays: `monday` to `sunday`. For `month`, the days of the month: `1` to `31`, or `last`. One backup is made on each.",
				},
				"type": schema.StringAttribute{Optional: true, MarkdownDescription: "What a backup holds: " + lifecycle.OneOf(record.BackupTypes()) + "."},
			}},
		},
		"time_zone": schema.StringAttribute{Optional: true, MarkdownDescription: "The IANA time zone of all times of day, such as `Europe/Berlin`. Default: the system's."},
		"retention": schema.SingleNestedAttribute{
			Required: true, MarkdownDescription: "How many recovery points are kept, period by period; at least one of one period.",
			Attributes: retention(),
		},
		"window": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "When a backup may begin. Default: at any time.",
			Attributes: map[string]schema.Attribute{
				"start":    schema.StringAttribute{Required: true, MarkdownDescription: "The time of day at which the window opens, such as `22:00`."},
				"duration": schema.StringAttribute{Required: true, MarkdownDescription: "How long it is open, such as `6h`."},
			},
		},
		"consistency":    schema.StringAttribute{Optional: true, MarkdownDescription: "What a backup is consistent with: " + lifecycle.OneOf(record.BackupConsistencies()) + ". Default: the system's."},
		"immutable_days": schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many days nobody can delete a recovery point. Not longer than it is kept."},
		"copies": schema.ListNestedAttribute{
			Optional: true, MarkdownDescription: "Further places where recovery points are kept.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"location":  schema.StringAttribute{Required: true, MarkdownDescription: "The place, in the words of the system: a repository, a vault, a pool."},
				"retention": schema.SingleNestedAttribute{Optional: true, MarkdownDescription: "How many recovery points are kept there. Default: as many as at the first place.", Attributes: retention()},
			}},
		},
		"effective": schema.StringAttribute{Computed: true, MarkdownDescription: "What the system really holds, as JSON."},
	},
	Immutable: []string{"name"},
}

func retention() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"hourly":  schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many hours one point each is kept. Default: 0."},
		"daily":   schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many days one point each is kept. Default: 0."},
		"weekly":  schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many weeks one point each is kept. Default: 0."},
		"monthly": schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many months one point each is kept. Default: 0."},
		"yearly":  schema.Int64Attribute{Optional: true, MarkdownDescription: "For how many years one point each is kept. Default: 0."},
	}
}
