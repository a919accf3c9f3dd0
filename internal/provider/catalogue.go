// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/service/backup"
	"github.com/infraops/terraform-provider-infraops/internal/service/change"
	"github.com/infraops/terraform-provider-infraops/internal/service/check"
	"github.com/infraops/terraform-provider-infraops/internal/service/cmdb"
	"github.com/infraops/terraform-provider-infraops/internal/service/iam"
	"github.com/infraops/terraform-provider-infraops/internal/service/image"
	"github.com/infraops/terraform-provider-infraops/internal/service/ipam"
	"github.com/infraops/terraform-provider-infraops/internal/service/monitoring"
	"github.com/infraops/terraform-provider-infraops/internal/service/notification"
	"github.com/infraops/terraform-provider-infraops/internal/service/patch"
	"github.com/infraops/terraform-provider-infraops/internal/service/secret"
	"github.com/infraops/terraform-provider-infraops/internal/service/software"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
	"github.com/infraops/terraform-provider-infraops/internal/system/requesttracker"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow"
)

// builtIn names the system that serves every role while nothing else is configured.
const builtIn = "registry"

// Systems lists every system that the provider can use. Adding one is a line here.
func Systems() []record.System {
	return []record.System{
		registry.System(),
		servicenow.System(),
		requesttracker.System(),
	}
}

// Types lists every resource type that has a record, area by area in the order in which a provisioning meets them.
func Types() []lifecycle.Type {
	return slices.Concat(
		image.Types(),
		cmdb.Types(),
		change.Types(),
		ipam.Types(),
		iam.Types(),
		monitoring.Types(),
		patch.Types(),
		backup.Types(),
		software.Types(),
		notification.Types(),
		secret.Types(),
	)
}

// Lookups lists every data source that shows one record.
func Lookups() []lifecycle.Lookup {
	return slices.Concat(
		cmdb.Lookups(),
		change.Lookups(),
		ipam.Lookups(),
		monitoring.Lookups(),
		patch.Lookups(),
		backup.Lookups(),
	)
}

// EphemeralResources lists every ephemeral resource.
func EphemeralResources() []func() ephemeral.EphemeralResource { return secret.EphemeralResources() }

// Listings lists every data source that shows all records that match.
func Listings() []lifecycle.Listing { return cmdb.Listings() }

// Resources lists every resource that has no record in any system.
func Resources() []func() resource.Resource { return check.Resources() }

// DataSources lists every data source that is more than a record or a list of records.
func DataSources() []func() datasource.DataSource {
	return slices.Concat(
		image.DataSources(),
		change.DataSources(),
		check.DataSources(),
		iam.DataSources(),
	)
}
