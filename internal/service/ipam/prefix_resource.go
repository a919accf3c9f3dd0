// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package ipam

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Prefix is the resource infraops_ipam_prefix.
var Prefix = lifecycle.Type{
	Kind: record.KindPrefix,
	Description: "A prefix from which addresses are given out. A prefix that another stack manages is used through the data source of the same name. " +
		"Destroying it is refused while it has addresses.",
	Attributes: map[string]schema.Attribute{
		"cidr":        schema.StringAttribute{Required: true, MarkdownDescription: "The prefix in canonical form, such as `10.20.0.0/24` or `2001:db8::/64`."},
		"name":        schema.StringAttribute{Optional: true, MarkdownDescription: "What people call the prefix."},
		"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What the prefix is for."},
		"gateway":     schema.StringAttribute{Optional: true, MarkdownDescription: "The gateway's address, which is never given out."},
		"environment": schema.StringAttribute{Optional: true, MarkdownDescription: "The environment, such as `prod`."},
		"labels":      schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Labels. Only the keys in the configuration are owned; others are left alone."},
		"size":        schema.Int64Attribute{Computed: true, MarkdownDescription: "How many addresses can be given out: all but the network, broadcast and gateway addresses."},
		"used":        schema.Int64Attribute{Computed: true, MarkdownDescription: "How many addresses are given out."},
		"free":        schema.Int64Attribute{Computed: true, MarkdownDescription: "How many addresses are left."},
	},
	Immutable: []string{"cidr"},
	Plan:      planPrefix,
}

// planPrefix refuses a prefix that another stack manages.
func planPrefix(ctx context.Context, p *lifecycle.Plan) error {
	if p.Prior != nil || !p.Known("cidr") {
		return nil
	}
	others, err := p.Elsewhere(ctx, "cidr")
	if err != nil || len(others) == 0 {
		return err
	}
	m := others[0].Metadata()
	return record.Errorf(record.ErrConflict, "stack %q manages this prefix already, as id %s", m.Stack, m.ID).On("cidr").
		Advise("Use it through the data source infraops_ipam_prefix, or choose another prefix")
}
