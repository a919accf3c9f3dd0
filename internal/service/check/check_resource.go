// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// gate is the resource infraops_check.
type gate struct{}

var (
	_ resource.ResourceWithImportState    = (*gate)(nil)
	_ resource.ResourceWithModifyPlan     = (*gate)(nil)
	_ resource.ResourceWithValidateConfig = (*gate)(nil)
)

// newResource makes the resource infraops_check.
func newResource() resource.Resource { return &gate{} }

const (
	severityFail = "fail"
	severityWarn = "warn"
)

// Metadata implements [resource.Resource].
func (*gate) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + name
}

// Schema implements [resource.Resource].
func (*gate) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := sharedAttributes()
	attributes["severity"] = schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString(severityFail), Validators: []validator.String{stringvalidator.OneOf(severityFail, severityWarn)},
		MarkdownDescription: "What a failed check does: `fail` fails the apply and saves nothing, `warn` warns and saves `passed = false`. Default: `fail`.",
	}
	attributes["triggers"] = schema.MapAttribute{
		ElementType: types.StringType, Optional: true,
		PlanModifiers:       []planmodifier.Map{mapplanmodifier.RequiresReplace()},
		Validators:          []validator.Map{mapvalidator.NoNullValues()},
		MarkdownDescription: "Values that make the check be made anew when they change, such as the id of the VM.",
	}
	resp.Schema = schema.Schema{
		Attributes: attributes,
		MarkdownDescription: "A gate: looks until what it looks at is as it should be, and fails the apply if that is not so in time. What depends on it waits. " +
			"A failed check saves nothing, so the next apply checks again. It looks from where the provider runs, and exactly one of `tcp`, `http`, `tls`, `dns`, `icmp`, `ssh_command` says at what.\n\n" +
			"A check that has passed is not repeated until what it looks at, `consecutive_successes` or `triggers` changes, or `severity` becomes `fail` after a warning. " +
			"Other names, stages, waiting times and limits are only noted for the next time. Destroying it does nothing outside, and there is nothing to import. " +
			"To look at every plan without a gate, use the data source.",
	}
}

// ValidateConfig implements [resource.ResourceWithValidateConfig].
func (*gate) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validate(ctx, req.Config, 0)...)
}

// ModifyPlan implements [resource.ResourceWithModifyPlan]: the results stay known unless the check will be made again.
func (*gate) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return
	}
	again, diags := changed(ctx, req.Plan, req.State)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || again {
		return
	}
	for _, name := range results {
		kept, err := attribute(ctx, req.State, name)
		resp.Diagnostics.Append(err...)
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), kept)...)
		}
	}
}

// changed says whether an update has to look again: for something else, for more, or to be a gate after a mere warning.
func changed(ctx context.Context, plan, state getter) (bool, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, name := range append([]string{attrConsecutiveSuccesses}, forms...) {
		planned, more := attribute(ctx, plan, name)
		diags.Append(more...)
		prior, more := attribute(ctx, state, name)
		diags.Append(more...)
		if diags.HasError() || !planned.Equal(prior) {
			return true, diags
		}
	}
	var severity types.String
	var passed types.Bool
	diags.Append(plan.GetAttribute(ctx, path.Root("severity"), &severity)...)
	diags.Append(state.GetAttribute(ctx, path.Root("passed"), &passed)...)
	return severity.ValueString() != severityWarn && !passed.ValueBool(), diags
}

// Create implements [resource.Resource].
func (*gate) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.Append(pass(ctx, req.Config, req.Plan, &resp.State, "Nothing was saved: the next apply checks again.")...)
}

// Update implements [resource.Resource].
func (*gate) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var passed types.Bool
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("passed"), &passed)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !passed.IsUnknown() {
		resp.State.Raw = req.Plan.Raw
		return
	}
	resp.Diagnostics.Append(pass(ctx, req.Config, req.Plan, &resp.State, "The state keeps the check as it was before: the next apply checks again.")...)
}

// pass makes the check and writes the state, unless it fails where it must not. The configuration has the write-only
// values, which a plan has not.
func pass(ctx context.Context, config getter, plan tfsdk.Plan, state *tfsdk.State, saved string) diag.Diagnostics {
	d, diags := define(ctx, config, 0)
	var severity types.String
	diags.Append(plan.GetAttribute(ctx, path.Root("severity"), &severity)...)
	if diags.HasError() {
		return diags
	}
	result, err := check.Run(ctx, d.probe, d.schedule)
	summary := fmt.Sprintf("Check %q failed", d.name)
	longer := "; if it only needs longer, raise " + attrTimeout
	switch {
	case result.Hopeless:
		longer = ""
	case d.schedule.FailureLimit > 0:
		longer += " or failure_limit"
	}
	switch {
	case err != nil:
		diags.AddAttributeError(path.Root(d.form), fmt.Sprintf("Check %q was interrupted", d.name), fmt.Sprintf("%s of %s was interrupted: %s. %s", d.title(), d.probe.Target(), err, saved))
		return diags
	case !result.Passed && severity.ValueString() != severityWarn:
		diags.AddAttributeError(path.Root(d.form), summary, d.failure(result)+"\n\n"+saved+
			" See why it is not as expected"+longer+"; with severity = \"warn\" the apply goes on in spite of it.")
		return diags
	case !result.Passed:
		diags.AddAttributeWarning(path.Root(d.form), summary, d.failure(result)+"\n\nThe apply goes on, since severity is \"warn\", and passed is false. The check is not made again until its triggers or what it looks at change.")
	}
	state.Raw = plan.Raw
	diags.Append(save(ctx, state, result)...)
	return diags
}

// title is how a sentence about the check begins.
func (d definition) title() string {
	if d.stage == "" {
		return fmt.Sprintf("The check %q", d.name)
	}
	return fmt.Sprintf("The %s check %q", d.stage, d.name)
}

// failure tells all that is known about a check that failed.
func (d definition) failure(r check.Result) string {
	return strings.Join([]string{
		fmt.Sprintf("%s of %s did not pass.", d.title(), d.probe.Target()),
		"",
		"Expected: " + d.probe.Expected() + ".",
		"Seen: " + r.Seen + ".",
		fmt.Sprintf("Attempts: %d in %s, %d succeeded; no further one, since %s.", r.Attempts, r.Duration.Round(time.Millisecond), r.Successes, r.Ended),
	}, "\n")
}

// save writes the results.
func save(ctx context.Context, state *tfsdk.State, r check.Result) diag.Diagnostics {
	values := map[string]any{
		"passed": r.Passed, "attempts": r.Attempts, "duration": r.Duration.Round(time.Millisecond).String(), "message": r.Message,
		"checked_at": r.CheckedAt.Format(time.RFC3339),
	}
	var diags diag.Diagnostics
	for _, name := range results {
		diags.Append(state.SetAttribute(ctx, path.Root(name), values[name])...)
	}
	return diags
}

// Read implements [resource.Resource]. What a check has seen stays so: the state is the only place where it is kept.
func (*gate) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete implements [resource.Resource].
func (*gate) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// ImportState implements [resource.ResourceWithImportState].
func (*gate) ImportState(_ context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.AddError("A check cannot be imported", "A check is kept in no system, so there is nothing to import. Write the block and apply: the check is made then.")
}
