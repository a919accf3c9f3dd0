// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package monitoring

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Target is the resource infraops_monitoring_target.
var Target = lifecycle.Type{
	Kind: record.KindMonitoringTarget,
	Description: "Something that is watched, such as a virtual machine. Where the built-in registry keeps the targets, " +
		"`terraform-provider-infraops monitoring export --format prometheus` hands them to Prometheus.",
	Attributes: map[string]schema.Attribute{
		"name":    schema.StringAttribute{Required: true, MarkdownDescription: "The natural name, unique in the stack."},
		"address": schema.StringAttribute{Required: true, MarkdownDescription: "The IP address or host name, without a port. Host names are compared without regard to case."},
		"port": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(1, 65535)},
			MarkdownDescription: "The port. Default: the monitoring system's own, which is `9100` in the export for Prometheus.",
		},
		"profiles":              schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "How the target is watched, in the words of the system: Zabbix's templates, Icinga's imports, Prometheus' jobs."},
		"groups":                schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "The groups that the target belongs to."},
		"labels":                schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Labels. Only the keys in the configuration are owned; others are left alone."},
		"interval":              schema.StringAttribute{Optional: true, MarkdownDescription: "How often the target is watched, in whole seconds from `1s` to `24h`. Default: the monitoring system's own."},
		"enabled":               schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether the target is watched. Default: `true`."},
		"configuration_item_id": schema.StringAttribute{Optional: true, MarkdownDescription: "The `id` of the configuration item that is watched."},
		"on_destroy":            schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("delete"), MarkdownDescription: "What destroying does: `delete` removes the target, `disable` keeps it and watches it no longer. Default: `delete`."},
	},
	Immutable: []string{"name"},
	Plan:      planTarget,
}

// planTarget refuses an interval of "0s", which a record cannot tell from none.
func planTarget(_ context.Context, p *lifecycle.Plan) error {
	if p.Known("interval") && p.Configured("interval") && p.Planned.(*record.MonitoringTarget).Interval == 0 {
		return record.Errorf(record.ErrInvalid, "interval must be between %s and %s, is 0s", record.MinMonitoringInterval, record.MaxMonitoringInterval).On("interval").
			Advise("Leave it out to have the monitoring system's own")
	}
	return nil
}
