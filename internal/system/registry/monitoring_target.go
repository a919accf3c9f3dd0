// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// monitoringTargetRules: the registry watches nothing, so it knows nobody's health. A target is never erased, since downtimes speak of it.
type monitoringTargetRules struct{ plain }

func (monitoringTargetRules) erasable() bool { return false }

func (monitoringTargetRules) stored(r record.Record) record.Record {
	t := record.Clone(r.(*record.MonitoringTarget))
	t.Health = ""
	return t
}

func (monitoringTargetRules) complete(_ context.Context, _ session, records []record.Record) error {
	for _, r := range records {
		r.(*record.MonitoringTarget).Health = record.HealthUnknown
	}
	return nil
}
