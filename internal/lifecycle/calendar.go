// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"fmt"
	"maps"
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
	if c.err != nil {
		// It is not kept: the next caller tries again.
		r.mu.Lock()
		defer r.mu.Unlock()
		maps.DeleteFunc(r.calendars, func(_ string, other *calendar) bool { return other == c })
	}
	return c.taken, c.err
}

// Records reads records by id, whatever stack owns them: from what the run has read, and those that it lacks with one more request.
func (r *Run) Records(ctx context.Context, kind record.Kind, ids []string) (map[string]record.Record, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	return b.reader.gather(ctx, ids)
}
