// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"errors"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// monitoringTargetRules: the registry watches nothing, so it knows nobody's health.
type monitoringTargetRules struct{ plain }

func (monitoringTargetRules) ending(context.Context, *transaction, int64, record.Record) (string, error) {
	return actionDisable, nil
}

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

// targetStore keeps even what is deleted as evidence, since downtimes speak of it.
type targetStore struct{ *store }

// Retire implements [record.Store].
func (s *targetStore) Retire(ctx context.Context, id string, d record.Disposal) error {
	if d != record.Erase {
		return s.store.Retire(ctx, id, d)
	}
	_, err := s.change(ctx, id, actionRetire, func(_ *transaction, _ int64, _, now record.Record) error {
		now.Metadata().Retired = true
		return nil
	})
	if errors.Is(err, record.ErrNotFound) {
		return nil // at its end already
	}
	return err
}
