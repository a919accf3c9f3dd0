// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package notification is the Terraform face of notifications to people.
package notification

import "github.com/infraops/terraform-provider-infraops/internal/lifecycle"

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Message} }
