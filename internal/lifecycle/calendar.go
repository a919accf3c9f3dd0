// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Calendar says what of these kinds takes times, in the systems that keep change requests and downtimes: a plan of many changes asks for one
// calendar. A system that knows of none has an empty one. The calendar that most ask for has freezes only, so that a change that is
// written leaves it.
func (r *Run) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	b, err := r.bind(record.KindChangeRequest)
	if err != nil {
		return nil, err
	}
	finder, ok := record.Capability[record.ConflictFinder](b.store)
	if !ok {
		return nil, nil
	}
	about := make([]record.Kind, len(kinds))
	for i, kind := range kinds {
		about[i] = kind.Records()
	}
	calendar, err := ask(r, fmt.Sprint("calendar ", kinds), about, func() (record.Calendar, error) { return finder.Calendar(ctx, kinds...) })
	if err != nil || !slices.Contains(kinds, record.ConflictMaintenance) {
		return calendar, err
	}
	elsewhere, err := r.maintenance(ctx, b)
	return slices.Concat(calendar, elsewhere), err
}

// maintenance is the calendar of what is being worked on, where another system than that of the changes serves monitoring. The
// system of the changes knows nothing of it.
func (r *Run) maintenance(ctx context.Context, changes *binding) (record.Calendar, error) {
	b, err := r.bind(record.KindMonitoringDowntime)
	switch {
	case errors.Is(err, record.ErrUnsupported): // nobody serves monitoring
		return nil, nil
	case err != nil || b.system.Name == changes.system.Name:
		return nil, err
	}
	about := []record.Kind{record.KindMonitoringDowntime, record.KindMonitoringTarget}
	return ask(r, "maintenance", about, func() (record.Calendar, error) {
		return record.CalendarOf(ctx, b.connection.Stores(), record.ConflictMaintenance)
	})
}

// Records reads records by id, whatever stack owns them: from what the run has read, and those that it lacks with one more request.
func (r *Run) Records(ctx context.Context, kind record.Kind, ids []string) (map[string]record.Record, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	return b.reader.gather(ctx, ids)
}
