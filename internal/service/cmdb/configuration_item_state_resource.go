// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// ConfigurationItemState is the resource infraops_cmdb_configuration_item_state.
var ConfigurationItemState = lifecycle.Type{
	Kind: record.KindConfigurationItemState,
	Description: "What becomes known of a configuration item after the build: its status and further attributes. It is a resource of its own, " +
		"so that it can depend on the VM while the item itself comes before it. Destroying it changes nothing outside: the item's own end retires it.",
	Attributes: map[string]schema.Attribute{
		"configuration_item_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the configuration item."},
		"status":                schema.StringAttribute{Optional: true, MarkdownDescription: "The status: " + lifecycle.OneOf(record.LiveStatuses()) + "."},
		"attributes":            schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Further attributes. Only the keys in the configuration are owned; use other keys than the item's own block."},
	},
	Immutable:  []string{"configuration_item_id"},
	References: map[string]record.Kind{"configuration_item_id": record.KindConfigurationItem},
}
