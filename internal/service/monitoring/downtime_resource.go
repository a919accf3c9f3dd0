// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package monitoring

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Downtime is the resource infraops_monitoring_downtime.
var Downtime = lifecycle.Type{
	Kind: record.KindMonitoringDowntime,
	Description: "A time during which a target's alarms count for nothing. One that is to come can be edited. Once it runs, its start is a fact: moving it plans another downtime, " +
		"while its end and reason can still be changed. Once it is over it is evidence, and any edit plans another one. Destroying cancels a downtime that is to come, " +
		"ends one that runs, and leaves one that is over as it is.",
	Attributes: map[string]schema.Attribute{
		"target_id": schema.StringAttribute{Required: true, MarkdownDescription: "The `id` of the monitoring target."},
		"start":     schema.StringAttribute{Required: true, MarkdownDescription: "When it begins (RFC 3339). A target has one downtime that begins at a time."},
		"end":       schema.StringAttribute{Required: true, MarkdownDescription: "When it ends (RFC 3339), after `start`."},
		"reason":    schema.StringAttribute{Required: true, MarkdownDescription: "Why, such as the number of the change request."},
	},
	Immutable:  []string{"target_id"},
	References: map[string]record.Kind{"target_id": record.KindMonitoringTarget},
	Plan:       planDowntime,
}

// planDowntime turns an edit of what has happened into another downtime, and refuses one that would be over before it is made.
func planDowntime(_ context.Context, p *lifecycle.Plan) error {
	now := time.Now()
	planned := p.Planned.(*record.MonitoringDowntime)
	prior, _ := p.Prior.(*record.MonitoringDowntime)
	edited := slices.Clone(p.Changed)
	for _, field := range []string{"start", "end", "reason"} {
		// What is not known yet may turn out to be another value.
		if !p.Known(field) {
			edited = append(edited, field)
		}
	}
	switch {
	case prior == nil:
	case prior.Over(now):
		p.Replace(edited...)
	case prior.Running(now):
		p.Replace("start")
	}
	written := len(edited) > 0 || prior == nil && p.Existing == nil
	if written && p.Known("end") && planned.Over(now) {
		return record.Errorf(record.ErrInvalid, "end must be in the future, is %s", record.FormatTime(planned.End)).On("end").
			Advise("A downtime that is over changes nothing. Move its end, or remove the block")
	}
	return nil
}
