// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package backup is the Terraform face of backup.
package backup

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Policy, Enrollment} }

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	return []lifecycle.Lookup{{
		Type:        Policy,
		Description: "Shows a backup policy of any stack, by `id` or `name`, for machines to be enrolled in it.",
		By:          [][]string{{"id"}, {"name"}},
	}, {
		Type: Enrollment,
		Name: "backup_status",
		Description: "Shows how the backups of an enrollment of any stack are doing, by the enrollment's `id` or `name`. What the system does not know is null: " +
			"the built-in registry makes no backups, so it knows of none.",
		By: [][]string{{"id"}, {"name"}},
	}}
}
