// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package backup

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Enrollment is the resource infraops_backup_enrollment.
var Enrollment = lifecycle.Type{
	Kind:        record.KindBackupEnrollment,
	Description: "Puts one machine, or a part of it, under a backup policy. Destroying it keeps the recovery points, unless `on_destroy` says otherwise.",
	Attributes: map[string]schema.Attribute{
		"name":      schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"policy_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the backup policy."},
		"target":    schema.StringAttribute{Required: true, MarkdownDescription: "The machine: its address, or the name of its agent in the backup system."},
		"include":   schema.ListAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Paths, patterns or disks that are backed up, in the words of the system. Default: everything."},
		"exclude":   schema.ListAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Paths, patterns or disks that are left out."},
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("retain"),
			MarkdownDescription: "What becomes of the recovery points: `retain` ends the backups and keeps the points for their time, and the enrollment as evidence; " +
				"`expire` lets the points go and removes the enrollment. Default: `retain`.",
		},
		"last_success_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the last good backup was made; null where there is none, or the system does not know."},
		"recovery_points": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many recovery points there are; null where the system does not know."},
	},
	Immutable: []string{"name"},
}
