// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// group is the data source infraops_iam_group: what the memberships of all stacks come to.
type group struct{ run *lifecycle.Run }

var (
	_ datasource.DataSourceWithConfigure      = (*group)(nil)
	_ datasource.DataSourceWithValidateConfig = (*group)(nil)
)

// newGroup makes the data source.
func newGroup() datasource.DataSource { return &group{} }

var groupSchema = schema.Schema{
	MarkdownDescription: "Shows who is in a group, through the memberships of any stack that have not expired. A group that nobody is in has no members; that it exists is not checked.",
	Attributes: map[string]schema.Attribute{
		"name":    schema.StringAttribute{Required: true, MarkdownDescription: "The group's name."},
		"members": schema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "The principals of the members, sorted."},
	},
}

// Metadata implements [datasource.DataSource].
func (g *group) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_iam_group"
}

// Schema implements [datasource.DataSource].
func (g *group) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = groupSchema
}

// Configure implements [datasource.DataSourceWithConfigure].
func (g *group) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	g.run, _ = req.ProviderData.(*lifecycle.Run)
}

// ValidateConfig implements [datasource.DataSourceWithValidateConfig].
func (g *group) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	var problems []record.FieldError
	if !name.IsNull() && !name.IsUnknown() && name.ValueString() == "" {
		problems = append(problems, record.FieldError{Field: "name", Problem: "must not be empty"})
	}
	for _, p := range (&record.Membership{Group: name.ValueString()}).Validate() {
		problems = append(problems, record.FieldError{Field: "name", Problem: p.Problem})
	}
	resp.Diagnostics.Append(lifecycle.Reading{Title: "group", Schema: groupSchema}.Problems(problems)...)
}

// Read implements [datasource.DataSource].
func (g *group) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var name types.String
	if resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...); resp.Diagnostics.HasError() {
		return
	}
	reading := lifecycle.Reading{Title: "group", Name: name.ValueString(), Schema: groupSchema}
	_, reading.System, _ = g.run.Store(record.KindMembership)
	found, err := g.run.Find(ctx, record.KindMembership, "group", name.ValueString())
	if err != nil {
		resp.Diagnostics.Append(reading.Failure(err))
		return
	}
	members := []string{}
	for _, f := range found {
		if m := f.(*record.Membership); !m.Expired(time.Now()) {
			members = append(members, m.Member)
		}
	}
	slices.Sort(members)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), name)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("members"), slices.Compact(members))...)
}
