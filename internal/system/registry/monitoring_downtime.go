// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// monitoringDowntimeRules: a downtime is of a live target, and what has happened is not edited and never erased.
type monitoringDowntimeRules struct{ plain }

func (monitoringDowntimeRules) erasable() bool { return false }

func (monitoringDowntimeRules) created(ctx context.Context, tx *transaction, _ int64, r record.Record) error {
	return tx.live(ctx, record.KindMonitoringTarget, "target_id", r.(*record.MonitoringDowntime).TargetID)
}

func (monitoringDowntimeRules) updating(ctx context.Context, tx *transaction, _ int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.MonitoringDowntime), nowRecord.(*record.MonitoringDowntime)
	if err := was.CheckEdit(now, tx.at); err != nil {
		return err
	}
	if was.TargetID == now.TargetID {
		return nil
	}
	return tx.live(ctx, record.KindMonitoringTarget, "target_id", now.TargetID)
}
