// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/service/change"
	"github.com/infraops/terraform-provider-infraops/internal/service/cmdb"
	"github.com/infraops/terraform-provider-infraops/internal/service/ipam"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// builtIn names the system that serves every role while nothing else is configured.
const builtIn = "registry"

// Systems lists every system that the provider can use. Adding one is a line here.
func Systems() []record.System {
	return []record.System{
		registry.System(),
	}
}

// Types lists every resource type, area by area.
func Types() []lifecycle.Type {
	var types []lifecycle.Type
	types = append(types, cmdb.Types()...)
	types = append(types, change.Types()...)
	return append(types, ipam.Types()...)
}

// Lookups lists every data source that shows one record.
func Lookups() []lifecycle.Lookup {
	var lookups []lifecycle.Lookup
	lookups = append(lookups, cmdb.Lookups()...)
	lookups = append(lookups, change.Lookups()...)
	return append(lookups, ipam.Lookups()...)
}

// Listings lists every data source that shows all records that match.
func Listings() []lifecycle.Listing { return cmdb.Listings() }
