// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package iam is the Terraform face of identity and access management.
package iam

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{FunctionalAccount, Identity, Membership} }

// DataSources are those of this area that are more than a look-up.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newGroup}
}
