// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package change is the Terraform face of change management.
package change

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

// Types are the resource types of this area.
func Types() []lifecycle.Type {
	return []lifecycle.Type{Request, Approval, Closure, Decommission, Freeze}
}

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	return []lifecycle.Lookup{{
		Type:        Request,
		Description: "Shows a change request of any stack, by `id` or `number`.",
		By:          [][]string{{"id"}, {"number"}},
	}}
}

// DataSources are those of this area that show something else than records.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newConflicts}
}
