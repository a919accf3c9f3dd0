// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package patch is the Terraform face of patch and release management.
package patch

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Policy, Enrollment} }

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	return []lifecycle.Lookup{{
		Type:        Policy,
		Description: "Shows a patch policy of any stack, by `id` or `name`, for machines to be enrolled in it.",
		By:          [][]string{{"id"}, {"name"}},
	}}
}
