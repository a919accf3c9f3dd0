// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package secret is the Terraform face of secrets and their hand-over.
package secret

import (
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

// Types are the resource types of this area.
func Types() []lifecycle.Type { return []lifecycle.Type{Delivery} }

// EphemeralResources are those of this area.
func EphemeralResources() []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newSecret}
}
