// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package image is the Terraform face of golden images: their versions, and the channels that promote them.
package image

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Version, Channel} }

// DataSources are the data sources of this area that are more than a record shown.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newDataSource}
}
