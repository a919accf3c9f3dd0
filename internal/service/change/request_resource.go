// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Request is the resource infraops_change_request.
var Request = lifecycle.Type{
	Kind: record.KindChangeRequest,
	Description: "A change request. Its content may be edited until it is approved; an edit after that plans a new change request, since an approved or " +
		"closed one is evidence of what was approved. Put what the change is about into `triggers`: a change of the VM's specification is then a new change request.",
	Attributes: map[string]schema.Attribute{
		"name":                   schema.StringAttribute{Optional: true, MarkdownDescription: "The natural name, unique among the stack's open change requests together with `triggers`. Default: the summary."},
		"summary":                schema.StringAttribute{Required: true, MarkdownDescription: "What is to be changed, in a line."},
		"description":            schema.StringAttribute{Optional: true, MarkdownDescription: "What is to be changed, in full."},
		"justification":          schema.StringAttribute{Optional: true, MarkdownDescription: "Why."},
		"type":                   schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(record.ChangeTypeNormal), MarkdownDescription: "The type: " + lifecycle.OneOf(record.ChangeTypes()) + ". A standard change is approved in advance. Default: `normal`."},
		"template":               schema.StringAttribute{Optional: true, MarkdownDescription: "The template of a standard change, by name or id."},
		"risk":                   schema.StringAttribute{Optional: true, MarkdownDescription: "The risk: `low`, `moderate`, `high`."},
		"impact":                 schema.StringAttribute{Optional: true, MarkdownDescription: "The impact: `low`, `medium`, `high`."},
		"category":               schema.StringAttribute{Optional: true, MarkdownDescription: "The category, as the system knows it."},
		"assignment_group":       schema.StringAttribute{Optional: true, MarkdownDescription: "The group that implements the change."},
		"requested_by":           schema.StringAttribute{Optional: true, MarkdownDescription: "Who asks for the change. That person's own approval does not count. Default: whom the system knows the provider as."},
		"configuration_item_ids": schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The `id`s of the configuration items that are changed."},
		"environment":            schema.StringAttribute{Optional: true, MarkdownDescription: "The environment that is changed, which decides about the freezes that apply. Default: those of the configuration items; where they say none either, every freeze applies."},
		"planned_start":          schema.StringAttribute{Optional: true, MarkdownDescription: "When the change may begin (RFC 3339). A window inside an `infraops_change_freeze` is refused. See also `enforce_window` of `infraops_change_approval`."},
		"planned_end":            schema.StringAttribute{Optional: true, MarkdownDescription: "When the change must be done (RFC 3339)."},
		"implementation_plan":    schema.StringAttribute{Optional: true, MarkdownDescription: "How the change is made."},
		"backout_plan":           schema.StringAttribute{Optional: true, MarkdownDescription: "How the change is undone."},
		"test_plan":              schema.StringAttribute{Optional: true, MarkdownDescription: "How it is seen that the change worked."},
		"attachments":            schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Texts to attach, by file name, such as the Terraform plan. They are part of what is approved."},
		"triggers":               schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Values that make this a change of its own. Another value is another change request."},
		"on_destroy":             schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("cancel"), MarkdownDescription: "What destroying does: `cancel` cancels the change if it is still open, and closes that of an `infraops_change_decommission`; `keep` leaves both. It is never deleted. Default: `cancel`."},
		"number":                 schema.StringAttribute{Computed: true, MarkdownDescription: "The number that people know the change by, such as `CHG0000042`."},
		"state":                  schema.StringAttribute{Computed: true, MarkdownDescription: "The state: `new`, `assess`, `authorize`, `scheduled`, `implement`, `review`, `closed`, `canceled`."},
		"approval":               schema.StringAttribute{Computed: true, MarkdownDescription: "What was decided: `not_requested`, `requested`, `approved`, `rejected`."},
		"content_hash":           schema.StringAttribute{Computed: true, MarkdownDescription: "A hash of the content that is approved. Bind `infraops_change_approval` to it."},
	},
	Immutable: []string{"name", "triggers"},
	Stable:    []string{"number"},
	Plan:      planRequest,
}

// planRequest turns an edit of evidence into a new change request. The hash of an edited content is not known before the
// apply: the system may add values of its own to it, and others may have written fields that the configuration leaves out.
func planRequest(ctx context.Context, p *lifecycle.Plan) error {
	prior, _ := p.Prior.(*record.ChangeRequest)
	if prior == nil {
		return planFrozen(ctx, p)
	}
	edited := editedContent(p.Changed)
	// A content that is not known yet may turn out to be another one.
	for _, field := range record.ContentFields() {
		if !p.Known(field) {
			edited = append(edited, field)
		}
	}
	switch {
	case len(edited) == 0:
		p.Keep("content_hash")
	case prior.Approval == record.ApprovalApproved || !prior.Open():
		p.Replace(edited...) // and what replaces it is planned once more, as a create
	case movesWindow(edited):
		return planFrozen(ctx, p)
	}
	return nil
}

// editedContent names the content fields among the changed ones, whole maps for their entries.
func editedContent(changed []string) []string {
	var edited []string
	for _, path := range changed {
		name, _, _ := strings.Cut(path, ".")
		if slices.Contains(record.ContentFields(), name) && !slices.Contains(edited, name) {
			edited = append(edited, name)
		}
	}
	return edited
}
