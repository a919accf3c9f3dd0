// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package software is the Terraform face of software packages.
package software

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Package} }
