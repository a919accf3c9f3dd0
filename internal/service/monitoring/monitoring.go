// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package monitoring is the Terraform face of monitoring: what is watched, and when its alarms count for nothing.
package monitoring

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Target, Downtime} }

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	// Health comes and goes, so it is shown where it is asked for and is no attribute of the resource, whose every plan would tell of it.
	watched := Target
	watched.Attributes = maps.Clone(Target.Attributes)
	watched.Attributes["health"] = schema.StringAttribute{Computed: true, MarkdownDescription: "How the target is at the moment: " + lifecycle.OneOf(record.Healths()) + ". The built-in registry watches nothing and always says `unknown`."}
	return []lifecycle.Lookup{{
		Type:        watched,
		Description: "Shows a monitoring target of any stack, by `name` or `id`, and its health where the system knows it.",
		By:          [][]string{{"id"}, {"name"}},
	}}
}
