// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package patch

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Enrollment is the resource infraops_patch_enrollment.
var Enrollment = lifecycle.Type{
	Kind: record.KindPatchEnrollment,
	Description: "Puts one machine under a patch policy. A machine is enrolled once, since two policies would restart it twice and disagree on " +
		"what it may have: another `policy_id` moves it. Destroying the resource takes the machine out of patching and leaves the machine as it is.",
	Attributes: map[string]schema.Attribute{
		"policy_id":       schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the patch policy."},
		"target":          schema.StringAttribute{Required: true, MarkdownDescription: "The machine: its host name, compared without regard to case, or the `id` of its configuration item. It is the natural name, unique in the stack."},
		"ring":            schema.StringAttribute{Optional: true, MarkdownDescription: "The ring in which updates reach the machine, such as `canary`, in the words of the system."},
		"compliant":       schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the machine has all updates that the policy asks for; null where the system does not know."},
		"pending_updates": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many updates the machine lacks; null where the system does not know."},
		"last_run_at":     schema.StringAttribute{Computed: true, MarkdownDescription: "When the policy last ran on the machine; null where it has not, or the system does not know."},
	},
	Immutable: []string{"target"},
}
