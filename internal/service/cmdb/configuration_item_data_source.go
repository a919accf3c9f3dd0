// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	return []lifecycle.Lookup{{
		Type:        ConfigurationItem,
		Description: "Shows a configuration item of any stack, by `id` or by `class` and `name`.",
		By:          [][]string{{"id"}, {"class", "name"}},
	}}
}

// Listings are the data sources of this area that show all records that match.
func Listings() []lifecycle.Listing {
	return []lifecycle.Listing{{
		Type: ConfigurationItem, Name: "cmdb_configuration_items",
		Description: "Lists the configuration items that match every given filter, of any stack.",
		Filters:     []string{"class", "status", "environment", "attributes"},
	}}
}
