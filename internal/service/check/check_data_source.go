// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// report is the data source infraops_check.
type report struct{}

var _ datasource.DataSourceWithValidateConfig = (*report)(nil)

// newDataSource makes the data source infraops_check.
func newDataSource() datasource.DataSource { return &report{} }

// reportFailureLimit makes a report look once: a plan should not wait for what it only reports.
const reportFailureLimit = 1

// Metadata implements [datasource.DataSource].
func (*report) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + name
}

// Schema implements [datasource.DataSource].
func (*report) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := reported(sharedAttributes())
	limit := attributes[attrFailureLimit].(dschema.Int64Attribute)
	limit.MarkdownDescription += " Default: `1`, so that a plan does not wait."
	attributes[attrFailureLimit] = limit
	resp.Schema = dschema.Schema{
		Attributes: attributes,
		MarkdownDescription: "Looks whether something is as it should be, at every plan, and only reports: a failed check is `passed = false` and no error. " +
			"Exactly one of `tcp`, `http`, `tls`, `dns`, `icmp`, `ssh_command` says what to look at, from where the provider runs.\n\n" +
			"`duration`, `message` and `checked_at` are others at every plan. For evidence that stays, and for a gate, use the resource.",
	}
}

// ValidateConfig implements [datasource.DataSourceWithValidateConfig].
func (*report) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validate(ctx, req.Config, reportFailureLimit)...)
}

// Read implements [datasource.DataSource].
func (*report) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	d, diags := define(ctx, req.Config, reportFailureLimit)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	result, err := check.Run(ctx, d.probe, d.schedule)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root(d.form), fmt.Sprintf("Check %q was interrupted", d.name), fmt.Sprintf("%s of %s was interrupted: %s.", d.title(), d.probe.Target(), err))
		return
	}
	resp.State.Raw = req.Config.Raw
	resp.Diagnostics.Append(save(ctx, &resp.State, result)...)
}
