// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package backup is the Terraform face of backup.
package backup

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return nil }

// Lookups are the data sources of this area that show one record.
func Lookups() []lifecycle.Lookup { return nil }
