// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Decommission is the resource infraops_change_decommission.
var Decommission = lifecycle.Type{
	Kind: record.KindChangeDecommission,
	Description: "A gate on destroy: what a change request has provisioned is destroyed only with the approval of somebody else than the requester. " +
		"Make it depend on what it guards, so that it is the first to go, and have one for each change request.\n\n" +
		"Creating and updating it opens nothing. Destroying it opens a change request of its own, once, asks for its approval and refuses until it has it: " +
		"nothing has been destroyed then, and the next destroy finds the same change. Once that is approved, the destroy moves it to `implement` and goes on. " +
		"If something cannot be destroyed after that, destroy again, which needs no other approval; an apply instead that brings the gate back closes the change as `unsuccessful`. " +
		"With the destruction of `infraops_change_request`, the last to go, the change is closed as `successful`, or cancelled if it was not used; with its `on_destroy = \"keep\"` both are left to people.\n\n" +
		"An approval holds for the content that was shown. Editing this resource asks for a new one, also after a rejection or a cancellation. " +
		"One that is not used stays good until `planned_end`. The gate guards what is destroyed for good: a resource that Terraform replaces is the matter of the change request that asks for it. " +
		"Where that comes with another `change_request_id`, the gate is updated in place and asks nobody. It fails closed: also a change request that was deleted outside does not open it.",
	Attributes: map[string]schema.Attribute{
		"change_request_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the change request that provisioned what is to be destroyed."},
		"summary":           schema.StringAttribute{Required: true, MarkdownDescription: "What is to be destroyed, in a line."},
		"description":       schema.StringAttribute{Optional: true, MarkdownDescription: "What is to be destroyed, in full. A sentence that names the change request and the stack is added."},
		"justification":     schema.StringAttribute{Optional: true, MarkdownDescription: "Why."},
		"type":              schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(record.ChangeTypeNormal), MarkdownDescription: "The type: " + lifecycle.OneOf(record.ChangeTypes()) + ". A standard change is approved in advance. Default: `normal`."},
		"template":          schema.StringAttribute{Optional: true, MarkdownDescription: "The template of a standard change, by name or id."},
		"risk":              schema.StringAttribute{Optional: true, MarkdownDescription: "The risk: `low`, `moderate`, `high`."},
		"impact":            schema.StringAttribute{Optional: true, MarkdownDescription: "The impact: `low`, `medium`, `high`."},
		"assignment_group":  schema.StringAttribute{Optional: true, MarkdownDescription: "The group that implements the change."},
		"requested_by":      schema.StringAttribute{Optional: true, MarkdownDescription: "Who asks for the change. That person's own approval does not count. Default: whom the system knows the provider as."},
		"planned_start":     schema.StringAttribute{Optional: true, MarkdownDescription: "When the destroy may begin (RFC 3339). Before, it waits within `max_wait` or says when the window opens."},
		"planned_end":       schema.StringAttribute{Optional: true, MarkdownDescription: "When the approval ends (RFC 3339)."},
		"max_wait":          schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("0s"), MarkdownDescription: "How long a destroy waits for the decision, such as `30m`. Default: `0s`, which asks once."},
		"poll_interval":     schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("30s"), MarkdownDescription: "How often to ask while waiting, at least `1s`. Default: `30s`."},
	},
	References: map[string]record.Kind{"change_request_id": record.KindChangeRequest},
	Plan:       planDecommission,
}

func planDecommission(_ context.Context, p *lifecycle.Plan) error {
	return refuseNoPause(p, p.Planned.(*record.ChangeDecommission).PollInterval)
}
