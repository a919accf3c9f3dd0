// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Membership is the resource infraops_iam_membership.
var Membership = lifecycle.Type{
	Kind: record.KindMembership,
	Description: "Puts a principal into a group. One that expires stops to count then, in `infraops_iam_group` too; its record stays as it is, so that plans stay " +
		"empty, until the block is removed or `expires_at` is moved.",
	Attributes: map[string]schema.Attribute{
		"group":         schema.StringAttribute{Required: true, MarkdownDescription: "The group's name."},
		"member":        schema.StringAttribute{Required: true, MarkdownDescription: "The member's principal, such as the `principal` of an account or identity."},
		"expires_at":    schema.StringAttribute{Optional: true, MarkdownDescription: "Until when it counts, in RFC 3339 form. Default: without an end."},
		"justification": schema.StringAttribute{Optional: true, MarkdownDescription: "Why it is needed."},
	},
	Immutable: []string{"group", "member"},
	Plan:      planMembership,
}

// planMembership refuses to begin what has ended.
func planMembership(_ context.Context, p *lifecycle.Plan) error {
	if m := p.Planned.(*record.Membership); p.Prior == nil && p.Known("expires_at") && m.Expired(time.Now()) {
		return record.Errorf(record.ErrInvalid, "%s is over", record.FormatTime(m.ExpiresAt)).On("expires_at").Advise("Give a time to come, or remove the block")
	}
	return nil
}
