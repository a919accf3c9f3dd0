// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// ConfigurationItem is the resource infraops_cmdb_configuration_item.
var ConfigurationItem = lifecycle.Type{
	Kind: record.KindConfigurationItem,
	Description: "An entry of the configuration management database. Destroying it retires the entry and keeps it as evidence; " +
		"creating it again revives the retired entry with its history. What is known only after the build, such as a final status, belongs " +
		"to `infraops_cmdb_configuration_item_state`.",
	Attributes: map[string]schema.Attribute{
		"class":          schema.StringAttribute{Required: true, MarkdownDescription: "The class: " + lifecycle.OneOf(record.Classes()) + ", or the system's own class name where the system has more."},
		"name":           schema.StringAttribute{Required: true, MarkdownDescription: "The name, unique within the class and stack. It can be changed in place."},
		"environment":    schema.StringAttribute{Optional: true, MarkdownDescription: "The environment, such as `prod`."},
		"owner":          schema.StringAttribute{Optional: true, MarkdownDescription: "Who owns the item."},
		"support_group":  schema.StringAttribute{Optional: true, MarkdownDescription: "The group that supports the item."},
		"location":       schema.StringAttribute{Optional: true, MarkdownDescription: "Where the item is."},
		"fqdn":           schema.StringAttribute{Optional: true, MarkdownDescription: "The fully qualified domain name. Compared without regard to case."},
		"ip_address":     schema.StringAttribute{Optional: true, MarkdownDescription: "The item's main IP address."},
		"serial_number":  schema.StringAttribute{Optional: true, MarkdownDescription: "The serial number."},
		"initial_status": schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("planned"), MarkdownDescription: "The status that the item is created or revived with: " + lifecycle.OneOf(record.LiveStatuses()) + ". Default: `planned`. Later changes of the status are left alone."},
		"attributes":     schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Further attributes. Only the keys in the configuration are owned; others are left alone."},
		"on_destroy":     schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("retire"), MarkdownDescription: "What destroying does: `retire` keeps the item as evidence, `delete` removes it. Default: `retire`."},
		"status":         schema.StringAttribute{Computed: true, MarkdownDescription: "The status: " + lifecycle.OneOf(record.Statuses()) + "."},
	},
	Immutable: []string{"class"},
	Stable:    []string{"status"},
}
