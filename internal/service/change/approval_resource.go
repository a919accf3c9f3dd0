// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Approval is the resource infraops_change_approval.
var Approval = lifecycle.Type{
	Kind: record.KindChangeApproval,
	Description: "A gate: it stops the apply until the change request has been approved by somebody else than its requester. While it refuses, nothing is saved " +
		"and nothing is tainted: apply again once the change is approved. Make whatever needs the approval depend on it. It fails closed: no answer, no approver and no decision are no approval.",
	Attributes: map[string]schema.Attribute{
		"change_request_id":    schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the change request."},
		"content_hash":         schema.StringAttribute{Optional: true, MarkdownDescription: "The `content_hash` of the change request. It binds the approval to the content: an edit asks for a new approval."},
		"max_wait":             schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("0s"), MarkdownDescription: "How long to wait for the decision, such as `30m`. Default: `0s`, which asks once."},
		"poll_interval":        schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("30s"), MarkdownDescription: "How often to ask while waiting, at least `1s`. Default: `30s`."},
		"enforce_window":       schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether the gate opens only between `planned_start` and `planned_end` of the change. Before, it waits within `max_wait` or says when the window opens; after, it refuses. Default: `true`."},
		"start_implementation": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether an approved change is moved to `implement`, by legal transitions. Default: `true`."},
		"approvers": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "Who decided, oldest first.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "The approver."},
				"decision":   schema.StringAttribute{Computed: true, MarkdownDescription: "`requested` while undecided, `approved` or `rejected`."},
				"decided_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When (RFC 3339)."},
				"comment":    schema.StringAttribute{Computed: true, MarkdownDescription: "What the approver said to it."},
			}},
		},
		"approved_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When the change was approved (RFC 3339)."},
	},
	Immutable:  []string{"change_request_id", "content_hash"},
	References: map[string]record.Kind{"change_request_id": record.KindChangeRequest},
	Stable:     []string{"approvers", "approved_at"},
	Plan:       planApproval,
}

func planApproval(_ context.Context, p *lifecycle.Plan) error {
	return refuseNoPause(p, p.Planned.(*record.ChangeApproval).PollInterval)
}

// refuseNoPause refuses a poll_interval of "0s", which a record cannot tell from none.
func refuseNoPause(p *lifecycle.Plan, interval time.Duration) error {
	if p.Known("poll_interval") && interval == 0 {
		return record.Errorf(record.ErrInvalid, "poll_interval must be at least %s, is 0s", record.MinPollInterval).On("poll_interval").
			Advise("Leave max_wait out to ask only once")
	}
	return nil
}
