// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Closure is the resource infraops_change_closure.
var Closure = lifecycle.Type{
	Kind: record.KindChangeClosure,
	Description: "Closes a change request with its outcome, walking it through review to closed. Make it depend on everything that the change was for. " +
		"A closed change is evidence: its outcome, notes and evidence cannot be edited, and destroying this resource changes nothing outside.",
	Attributes: map[string]schema.Attribute{
		"change_request_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the change request."},
		"outcome":           schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("successful"), MarkdownDescription: "How the change went: " + lifecycle.OneOf(record.ChangeOutcomes()) + ". Default: `successful`."},
		"notes":             schema.StringAttribute{Required: true, MarkdownDescription: "What was done."},
		"evidence":          schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "What shows that it worked, by name."},
		"closed_at":         schema.StringAttribute{Computed: true, MarkdownDescription: "When the change was closed (RFC 3339)."},
	},
	Immutable:  []string{"change_request_id"},
	References: map[string]record.Kind{"change_request_id": record.KindChangeRequest},
	Stable:     []string{"closed_at"},
	Plan:       planClosure,
}

// planClosure refuses at plan time to edit what a change was closed with.
func planClosure(_ context.Context, p *lifecycle.Plan) error {
	prior, ok := p.Prior.(*record.ChangeClosure)
	planned := p.Planned.(*record.ChangeClosure)
	if !ok || len(p.Changed) == 0 || !p.Known("change_request_id") || planned.ChangeRequestID != prior.ChangeRequestID {
		return nil
	}
	field, _, _ := strings.Cut(p.Changed[0], ".")
	return record.Errorf(record.ErrRefused, "the change request is closed, and what it was closed with is evidence that cannot be edited").On(field).
		Advise("Revert the edit. If there is something new to change, open a new change request by changing its triggers")
}
