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

// Address is the resource infraops_ipam_address.
var Address = lifecycle.Type{
	Kind: record.KindIPAddress,
	Description: "An IP address, given out from a prefix. The system chooses it atomically, so that any number of parallel applies never get one " +
		"address twice, and an apply that was interrupted finds its address again by name. Destroying it releases the address.",
	Attributes: map[string]schema.Attribute{
		"name":                  schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"prefix_id":             schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the prefix."},
		"address":               schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: "The address. Default: the next free one of the prefix; the network, broadcast and gateway addresses are never given out."},
		"hostname":              schema.StringAttribute{Optional: true, MarkdownDescription: "The host name that the address is for. Compared without regard to case."},
		"description":           schema.StringAttribute{Optional: true, MarkdownDescription: "What the address is for."},
		"labels":                schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Labels. Only the keys in the configuration are owned; others are left alone."},
		"configuration_item_id": schema.StringAttribute{Optional: true, MarkdownDescription: "The `id` of the configuration item that uses the address."},
		"prefix_length":         schema.Int64Attribute{Computed: true, MarkdownDescription: "The length of the prefix in bits."},
		"cidr":                  schema.StringAttribute{Computed: true, MarkdownDescription: "The address with the prefix length, such as `10.20.0.7/24`."},
		"netmask":               schema.StringAttribute{Computed: true, MarkdownDescription: "The netmask of an IPv4 address; null for IPv6."},
		"gateway":               schema.StringAttribute{Computed: true, MarkdownDescription: "The prefix's gateway."},
		"family":                schema.Int64Attribute{Computed: true, MarkdownDescription: "`4` or `6`."},
	},
	Immutable:  []string{"name", "prefix_id", "address"},
	References: map[string]record.Kind{"prefix_id": record.KindPrefix},
	Stable:     []string{"address", "prefix_length", "cidr", "netmask", "gateway", "family"},
	Plan:       planAddress,
}

// planAddress refuses at plan time what the prefix cannot give: an address outside it, or more addresses than are free.
func planAddress(ctx context.Context, p *lifecycle.Plan) error {
	planned := p.Planned.(*record.IPAddress)
	if p.Prior != nil || !p.Known("prefix_id") {
		return nil
	}
	found, err := p.Lookup(ctx, record.KindPrefix, planned.PrefixID)
	if err != nil {
		return err
	}
	prefix, ok := found.(*record.Prefix)
	if !ok {
		return nil // refused as a reference
	}
	if p.Known("address") && planned.Address != "" {
		if err := prefix.CanHold(planned.Address); err != nil {
			return err
		}
		return takenElsewhere(ctx, p, planned)
	}
	if p.Replacement || p.Existing != nil {
		// A replacement gives an address back before it takes one, unless it is told otherwise. An adoption has its address.
		return nil
	}
	if wanted := p.Count("addresses of prefix " + prefix.ID); wanted > prefix.Free {
		return record.Errorf(record.ErrExhausted, "prefix %s has %d of %d addresses free, and this plan asks for at least %d", prefix.CIDR, prefix.Free, prefix.Size, wanted).
			On("prefix_id").Advise("Destroy addresses that are no longer used, in an apply of their own, or take another prefix")
	}
	return nil
}

// takenElsewhere refuses an address that another stack has. One of this stack may be released by this very plan.
func takenElsewhere(ctx context.Context, p *lifecycle.Plan, planned *record.IPAddress) error {
	others, err := p.Elsewhere(ctx, "prefix_id")
	if err != nil {
		return err
	}
	for _, r := range others {
		if other := r.(*record.IPAddress); other.Address == planned.Address {
			return record.Errorf(record.ErrConflict, "%s belongs to %q of stack %q", other.Address, other.Name, other.Stack).On("address").
				Advise("Choose another address, or leave it out to get the next free one")
		}
	}
	return nil
}
