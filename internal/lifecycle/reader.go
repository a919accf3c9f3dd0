// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// reader serves the reads of one kind for one run. Terraform reads record by record, ten at a time; the reader lists
// the stack's records once and answers from that. A record that the listing lacks is asked for by id before it is
// called gone, together with all others that are waiting: a listing can miss what permissions or paging hide.
//
// Records that it returns are shared and must not be changed.
type reader struct {
	store record.Store[record.Record]
	stack string

	mu      sync.Mutex
	listed  bool
	records map[string]record.Record // by id
	ids     map[string]string        // by natural name
	// written marks records that this run wrote, also while the listing was in flight, which must not bring back what was there before.
	written map[string]bool
	listing *flight
	asking  *batch
	next    *batch
}

func newReader(store record.Store[record.Record], stack string) *reader {
	return &reader{
		store: store, stack: stack,
		records: map[string]record.Record{}, ids: map[string]string{}, written: map[string]bool{},
	}
}

// flight is one request that several callers wait for. It ends early only when the last of them has gone, so that
// one cancelled call does not fail the others.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	err     error
}

func newFlight(ctx context.Context) (*flight, context.Context) {
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &flight{done: make(chan struct{}), cancel: cancel}, detached
}

// wait is called with one waiting more, and takes it back.
func (r *reader) wait(ctx context.Context, f *flight) error {
	var err error
	select {
	case <-f.done:
		err = f.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		r.abandon(f)
	}
	return err
}

// abandon keeps later callers from joining a request that has been cancelled, however long it takes to notice. It is
// called with the lock held.
func (r *reader) abandon(f *flight) {
	if r.listing == f {
		r.listing = nil
	}
	if r.next != nil && r.next.flight == f {
		r.next = nil
	}
}

// get returns the record with that id, or nil where it does not exist.
func (r *reader) get(ctx context.Context, id string) (record.Record, error) {
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	found, ok := r.records[id]
	r.mu.Unlock()
	if ok {
		return found, nil
	}
	return r.ask(ctx, id)
}

// gather returns those of the ids that there are. What nothing has been read of yet is asked for in one request, and kept.
func (r *reader) gather(ctx context.Context, ids []string) (map[string]record.Record, error) {
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	found := map[string]record.Record{}
	var missing []string
	for _, id := range ids {
		if known := r.known(id); known != nil {
			found[id] = known
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return found, nil
	}
	others, err := r.store.Get(ctx, missing)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, other := range others {
		found[id] = other
		if !r.written[id] {
			r.keep(other)
		}
	}
	return found, nil
}

// known returns a record that get would find without asking; nil where it would have to.
func (r *reader) known(id string) record.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.listed {
		return nil
	}
	return r.records[id]
}

// named returns the record of this stack with that natural name, or nil where the listing has none.
func (r *reader) named(ctx context.Context, name string) (record.Record, error) {
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id, ok := r.ids[name]; ok {
		return r.records[id], nil
	}
	return nil, nil
}

// list reads the stack's records, once in a run. An error is not kept: the next caller tries again.
func (r *reader) list(ctx context.Context) error {
	r.mu.Lock()
	if r.listed {
		r.mu.Unlock()
		return nil
	}
	if r.listing == nil {
		f, detached := newFlight(ctx)
		r.listing = f
		go r.fetchListing(detached, f)
	}
	f := r.listing
	f.waiting++
	r.mu.Unlock()
	return r.wait(ctx, f)
}

func (r *reader) fetchListing(ctx context.Context, f *flight) {
	var found []record.Record
	err := guarded(func() (err error) {
		found, err = r.store.Find(ctx, record.Query{Stack: r.stack})
		return err
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.abandon(f)
	if f.err = err; err == nil {
		r.listed = true
		for _, rec := range found {
			if !r.written[rec.Metadata().ID] {
				r.keep(rec)
			}
		}
	}
	close(f.done)
}

// keep files a record. Of two with one name the one that holds the key counts: a change request may have closed predecessors.
func (r *reader) keep(rec record.Record) {
	m := rec.Metadata()
	r.records[m.ID] = rec
	if m.Stack == r.stack && record.HoldsKey(rec) {
		r.ids[rec.NaturalName()] = m.ID
	}
}

// batch is one request by id for everybody who waits.
type batch struct {
	*flight
	ctx   context.Context
	ids   []string
	found map[string]record.Record
}

// ask reads a record by id. While a request is under way, further ids gather for the next one, so that reads never
// wait for a timer and never go one by one.
func (r *reader) ask(ctx context.Context, id string) (record.Record, error) {
	r.mu.Lock()
	b := r.next
	if b == nil {
		f, detached := newFlight(ctx)
		b = &batch{flight: f, ctx: detached}
		r.next = b
	}
	b.ids = append(b.ids, id)
	b.waiting++
	if r.asking == nil {
		r.start()
	}
	r.mu.Unlock()
	if err := r.wait(ctx, b.flight); err != nil {
		return nil, err
	}
	return b.found[id], nil
}

// start sends the gathered ids. It is called with the lock held.
func (r *reader) start() {
	b := r.next
	r.asking, r.next = b, nil
	go func() {
		b.err = guarded(func() (err error) {
			b.found, err = r.store.Get(b.ctx, b.ids)
			return err
		})
		r.mu.Lock()
		defer r.mu.Unlock()
		for id, rec := range b.found {
			if !r.written[id] {
				r.keep(rec)
			}
		}
		if r.asking = nil; r.next != nil {
			r.start()
		}
		close(b.done)
	}()
}

// wrote files what a write returned, so that later look-ups in this run see it.
func (r *reader) wrote(rec record.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgetLocked(rec.Metadata().ID)
	r.keep(rec)
}

// forget drops a record, so that the next look-up asks for it.
func (r *reader) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgetLocked(id)
}

func (r *reader) forgetLocked(id string) {
	r.written[id] = true
	if was, ok := r.records[id]; ok {
		delete(r.records, id)
		if r.ids[was.NaturalName()] == id {
			delete(r.ids, was.NaturalName())
		}
	}
}
