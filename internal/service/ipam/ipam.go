// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package ipam is the Terraform face of IP address management.
package ipam

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Prefix, Address} }

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup {
	return []lifecycle.Lookup{{
		Type:        Prefix,
		Description: "Shows a prefix of any stack, by `cidr`, `name` or `id`.",
		By:          [][]string{{"id"}, {"cidr"}, {"name"}},
	}}
}
