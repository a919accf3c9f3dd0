// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"fmt"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// calendar is what takes times, asked once in a run: a plan of many changes asks for one calendar.
type calendar struct {
	kinds []record.ConflictKind
	once  sync.Once
	taken record.Calendar
	err   error
}

// Calendar says what of these kinds takes times, in the system that keeps change requests. A system that knows of none has an
// empty calendar.
func (r *Run) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	b, err := r.bind(record.KindChangeRequest)
	if err != nil {
		return nil, err
	}
	finder, ok := record.Capability[record.ConflictFinder](b.store)
	if !ok {
		return nil, nil
	}
	r.mu.Lock()
	key := fmt.Sprint(kinds)
	c, ok := r.calendars[key]
	if !ok {
		c = &calendar{kinds: kinds}
		r.calendars[key] = c
	}
	r.mu.Unlock()
	c.once.Do(func() {
		c.err = guarded(func() (err error) { c.taken, err = finder.Calendar(ctx, kinds...); return err })
	})
	return c.taken, c.err
}

// Records reads records by id, whatever stack owns them: from the run's listing, and those that it lacks with one more request.
func (r *Run) Records(ctx context.Context, kind record.Kind, ids []string) (map[string]record.Record, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	if err := b.reader.list(ctx); err != nil {
		return nil, err
	}
	found := map[string]record.Record{}
	var missing []string
	for _, id := range ids {
		if known := b.reader.known(id); known != nil {
			found[id] = known
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	others, err := b.store.Get(ctx, missing)
	for id, other := range others {
		found[id] = other
	}
	return found, err
}
