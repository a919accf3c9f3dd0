// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package cmdb is the Terraform face of the configuration management database.
package cmdb

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type {
	return []lifecycle.Type{ConfigurationItem, ConfigurationItemState, Relationship}
}
