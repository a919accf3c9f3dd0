// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// conflicts is the data source infraops_change_conflicts.
type conflicts struct{ run *lifecycle.Run }

var (
	_ datasource.DataSourceWithConfigure      = (*conflicts)(nil)
	_ datasource.DataSourceWithValidateConfig = (*conflicts)(nil)
)

// newConflicts makes the data source.
func newConflicts() datasource.DataSource { return &conflicts{} }

// conflictsModel is its configuration and its answer.
type conflictsModel struct {
	PlannedStart         types.String    `tfsdk:"planned_start"`
	PlannedEnd           types.String    `tfsdk:"planned_end"`
	ConfigurationItemIDs types.Set       `tfsdk:"configuration_item_ids"`
	Environment          types.String    `tfsdk:"environment"`
	Type                 types.String    `tfsdk:"type"`
	Except               types.Set       `tfsdk:"except"`
	FailOnConflict       types.Bool      `tfsdk:"fail_on_conflict"`
	Conflicts            []conflictModel `tfsdk:"conflicts"`
}

type conflictModel struct {
	Kind   string       `tfsdk:"kind"`
	Name   string       `tfsdk:"name"`
	Stack  types.String `tfsdk:"stack"`
	Start  string       `tfsdk:"start"`
	End    string       `tfsdk:"end"`
	Reason string       `tfsdk:"reason"`
}

var conflictsSchema = schema.Schema{
	MarkdownDescription: "Lists what stands in the way of a change at a time: freezes, and on the same configuration items maintenance and other open changes, of every stack.",
	Attributes: map[string]schema.Attribute{
		"planned_start":          schema.StringAttribute{Required: true, MarkdownDescription: "When the change is to begin (RFC 3339)."},
		"planned_end":            schema.StringAttribute{Required: true, MarkdownDescription: "When the change is to be done (RFC 3339)."},
		"configuration_item_ids": schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The `id`s of the configuration items that are to be changed. Without them only freezes are listed."},
		"environment":            schema.StringAttribute{Optional: true, MarkdownDescription: "The environment that is to be changed. Default: those of the configuration items; where they say none either, every freeze is listed."},
		"type":                   schema.StringAttribute{Optional: true, MarkdownDescription: "The type of the change, which a freeze may exempt: " + lifecycle.OneOf(record.ChangeTypes()) + ". Default: `normal`."},
		"except":                 schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Names or numbers of change requests, and names of monitoring targets in maintenance, of this stack that are no conflict, such as the change for which the time is looked for."},
		"fail_on_conflict":       schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether a conflict is an error, which stops the plan. Default: `false`."},
		"conflicts": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "What stands in the way, by its start.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"kind":   schema.StringAttribute{Computed: true, MarkdownDescription: "`freeze`, `maintenance` or `change`."},
				"name":   schema.StringAttribute{Computed: true, MarkdownDescription: "The name, of a change the number."},
				"stack":  schema.StringAttribute{Computed: true, MarkdownDescription: "The stack that it belongs to; null where it belongs to none."},
				"start":  schema.StringAttribute{Computed: true, MarkdownDescription: "When it begins (RFC 3339)."},
				"end":    schema.StringAttribute{Computed: true, MarkdownDescription: "When it ends (RFC 3339)."},
				"reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why, of a change the summary."},
			}},
		},
	},
}

// conflictsReading words its errors.
var conflictsReading = lifecycle.Reading{Title: "conflicts of a change", Schema: conflictsSchema}

// Metadata implements [datasource.DataSource].
func (*conflicts) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_change_conflicts"
}

// Schema implements [datasource.DataSource].
func (*conflicts) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = conflictsSchema
}

// Configure implements [datasource.DataSourceWithConfigure].
func (d *conflicts) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.run, _ = req.ProviderData.(*lifecycle.Run)
}

// ValidateConfig implements [datasource.DataSourceWithValidateConfig].
func (*conflicts) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var model conflictsModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); !resp.Diagnostics.HasError() {
		_, diags := model.change(ctx)
		resp.Diagnostics.Append(diags...)
	}
}

// change is the change that the configuration describes, as far as it is known, and what is wrong with it.
func (m *conflictsModel) change(ctx context.Context) (*record.ChangeRequest, diag.Diagnostics) {
	var diags diag.Diagnostics
	var problems []record.FieldError
	c := &record.ChangeRequest{Environment: m.Environment.ValueString(), Type: m.Type.ValueString()}
	for _, t := range []struct {
		name  string
		value types.String
		into  *time.Time
	}{{"planned_start", m.PlannedStart, &c.PlannedStart}, {"planned_end", m.PlannedEnd, &c.PlannedEnd}} {
		if t.value.IsUnknown() {
			continue
		}
		var err error
		if *t.into, err = time.Parse(time.RFC3339, t.value.ValueString()); err != nil {
			problems = append(problems, record.FieldError{Field: t.name, Problem: fmt.Sprintf("must be a time in RFC 3339 form such as 2026-03-01T20:00:00Z, is %q", t.value.ValueString())})
		}
	}
	for name, value := range map[string]types.String{"environment": m.Environment, "type": m.Type} {
		if !value.IsNull() && !value.IsUnknown() && value.ValueString() == "" {
			problems = append(problems, record.FieldError{Field: name, Problem: "must not be empty; leave it out"})
		}
	}
	if !m.ConfigurationItemIDs.IsNull() && !m.ConfigurationItemIDs.IsUnknown() {
		var ids []types.String
		diags.Append(m.ConfigurationItemIDs.ElementsAs(ctx, &ids, false)...)
		for _, id := range ids {
			if !id.IsUnknown() && id.ValueString() == "" {
				problems = append(problems, record.FieldError{Field: "configuration_item_ids", Problem: "must not have an id that is empty or null"})
			}
			c.ConfigurationItemIDs = append(c.ConfigurationItemIDs, id.ValueString())
		}
	}
	diags.Append(conflictsReading.Problems(append(problems, c.Validate()...))...)
	c.Canonicalise()
	return c, diags
}

// Read implements [datasource.DataSource].
func (d *conflicts) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model conflictsModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	c, diags := model.change(ctx)
	var except []string
	if !model.Except.IsNull() {
		diags.Append(model.Except.ElementsAs(ctx, &except, false)...)
	}
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	calendar, q, err := d.ask(ctx, c, except)
	if err != nil {
		reading := conflictsReading
		_, reading.System, _ = d.run.Store(record.KindChangeRequest)
		resp.Diagnostics.Append(reading.Failure(err))
		return
	}
	found := calendar.Conflicts(q)
	if len(found) > 0 && model.FailOnConflict.ValueBool() {
		resp.Diagnostics.AddError("The change has conflicts", refusal(calendar, q, found))
		return
	}
	model.Conflicts = []conflictModel{}
	for _, f := range found {
		shown := conflictModel{Kind: string(f.Kind), Name: f.Name, Start: record.FormatTime(f.Start), End: record.FormatTime(f.End), Reason: f.Reason}
		if f.Stack != "" {
			shown.Stack = types.StringValue(f.Stack)
		}
		model.Conflicts = append(model.Conflicts, shown)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// ask reads the calendar, without what is excepted, and puts the question.
func (d *conflicts) ask(ctx context.Context, c *record.ChangeRequest, except []string) (record.Calendar, record.ConflictQuery, error) {
	q := record.ConflictQuery{Start: c.PlannedStart, End: c.PlannedEnd, Type: c.Type, ConfigurationItemIDs: c.ConfigurationItemIDs}
	kinds := []record.ConflictKind{record.ConflictFreeze}
	if len(c.ConfigurationItemIDs) > 0 {
		kinds = append(kinds, record.ConflictMaintenance, record.ConflictChange)
	}
	store, _, err := d.run.Store(record.KindChangeRequest)
	if err != nil {
		return nil, q, err
	}
	if _, tells := record.Capability[record.ConflictFinder](store); !tells {
		return nil, q, record.Errorf(record.ErrUnsupported, "it does not tell what takes times").
			Advise("Remove the data source; whoever approves the change looks at its window there")
	}
	calendar, err := d.run.Calendar(ctx, kinds...)
	if err != nil {
		return nil, q, err
	}
	calendar = slices.DeleteFunc(slices.Clone(calendar), func(e record.CalendarEntry) bool {
		return e.Kind != record.ConflictFreeze && e.Stack == d.run.Stack && slices.ContainsFunc(except, e.Called)
	})
	q.Environments, err = c.Environments(func(ids []string) (map[string]record.Record, error) {
		return d.run.Records(ctx, record.KindConfigurationItem, ids)
	})
	return calendar, q, err
}

// refusal names every conflict and what to do.
func refusal(calendar record.Calendar, q record.ConflictQuery, found []record.Conflict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From %s to %s these stand in the way:\n", record.FormatTime(q.Start), record.FormatTime(q.End))
	for _, f := range found {
		fmt.Fprintf(&b, "\n  - %s", f)
	}
	b.WriteString("\n\nChoose another time for planned_start and planned_end")
	if free, ok := calendar.Free(q); ok {
		fmt.Fprintf(&b, ": it is free from %s on", record.FormatTime(free))
	}
	b.WriteString(", or agree with the owners of what stands in the way.")
	return b.String()
}
