// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Calendar says what of these kinds takes times, in the system that keeps change requests: a plan of many changes asks for one
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
	return ask(r, fmt.Sprint("calendar ", kinds), about, func() (record.Calendar, error) { return finder.Calendar(ctx, kinds...) })
}

// Records reads records by id, whatever stack owns them: from what the run has read, and those that it lacks with one more request.
func (r *Run) Records(ctx context.Context, kind record.Kind, ids []string) (map[string]record.Record, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	return b.reader.gather(ctx, ids)
}
