// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package cmdb

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Relationship is the resource infraops_cmdb_relationship.
var Relationship = lifecycle.Type{
	Kind:        record.KindRelationship,
	Description: "A relationship between two configuration items, read from the parent to the child: the parent `runs_on` the child.",
	Attributes: map[string]schema.Attribute{
		"parent_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the configuration item that the relationship starts from."},
		"child_id":  schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the configuration item that it leads to."},
		"type":      schema.StringAttribute{Required: true, MarkdownDescription: "The type: " + lifecycle.OneOf(record.RelationshipTypes()) + ", or the system's own where the system has more."},
	},
	Immutable:  []string{"parent_id", "child_id", "type"},
	References: map[string]record.Kind{"parent_id": record.KindConfigurationItem, "child_id": record.KindConfigurationItem},
}
