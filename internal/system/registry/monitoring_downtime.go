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
	return targetLive(ctx, tx, r.(*record.MonitoringDowntime).TargetID)
}

func (monitoringDowntimeRules) updating(ctx context.Context, tx *transaction, _ int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.MonitoringDowntime), nowRecord.(*record.MonitoringDowntime)
	if err := was.CheckEdit(now, tx.at); err != nil {
		return err
	}
	if was.TargetID == now.TargetID {
		return nil
	}
	return targetLive(ctx, tx, now.TargetID)
}

func targetLive(ctx context.Context, tx *transaction, target string) error {
	targets := tx.r.stores[record.KindMonitoringTarget].(*targetStore)
	if id, ok := numeric(target); ok {
		found, err := targets.single(ctx, tx.session, id, tx.r.engine.held(true))
		if err != nil || found != nil && !record.Gone(found) {
			return err
		}
	}
	return record.Errorf(record.ErrNotFound, "there is no live monitoring target with id %q in the registry", target).On("target_id").
		Advise("Refer to the id attribute of an infraops_monitoring_target")
}
