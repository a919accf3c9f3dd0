// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// wrap keeps the capabilities of a store: a wrapper that only unwraps would let their calls pass uncounted and unharmed,
// and one that had all of them would claim what the store cannot do.
func (c *FaultyConnection) wrap(kind record.Kind, inner record.Store[record.Record]) record.Store[record.Record] {
	store := faultyStore{c, kind, inner}
	allocator, allocates := record.Capability[record.Allocator[record.Record]](inner)
	transitioner, moves := record.Capability[record.Transitioner](inner)
	approver, approves := record.Capability[record.Approver](inner)
	finder, finds := record.Capability[record.ConflictFinder](inner)
	switch {
	case allocates:
		return struct {
			faultyStore
			faultyAllocator
		}{store, faultyAllocator{c, kind, allocator}}
	case moves && approves && finds:
		return struct {
			faultyStore
			faultyTransitioner
			faultyApprover
			faultyFinder
		}{store, faultyTransitioner{c, kind, transitioner}, faultyApprover{c, kind, approver}, faultyFinder{c, kind, finder}}
	case moves && approves:
		return struct {
			faultyStore
			faultyTransitioner
			faultyApprover
		}{store, faultyTransitioner{c, kind, transitioner}, faultyApprover{c, kind, approver}}
	case moves:
		return struct {
			faultyStore
			faultyTransitioner
		}{store, faultyTransitioner{c, kind, transitioner}}
	case approves:
		return struct {
			faultyStore
			faultyApprover
		}{store, faultyApprover{c, kind, approver}}
	}
	return store
}

type faultyStore struct {
	c     *FaultyConnection
	kind  record.Kind
	inner record.Store[record.Record]
}

// Unwrap lets capabilities that this package does not know through.
func (s faultyStore) Unwrap() any { return s.inner }

func (s faultyStore) at(m Method) Call { return Call{s.kind, m} }

// Get implements [record.Store].
func (s faultyStore) Get(ctx context.Context, ids []string) (map[string]record.Record, error) {
	return call(ctx, s.c, s.at(Get), func([]string) (map[string]record.Record, error) { return s.inner.Get(ctx, ids) })
}

// Find implements [record.Store].
func (s faultyStore) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	return call(ctx, s.c, s.at(Find), func([]string) ([]record.Record, error) { return s.inner.Find(ctx, q) })
}

// Create implements [record.Store].
func (s faultyStore) Create(ctx context.Context, r record.Record) (record.Record, error) {
	return call(ctx, s.c, s.at(Create), func(drop []string) (record.Record, error) {
		r, _ := lose(r, nil, drop)
		return s.inner.Create(ctx, r)
	})
}

// Update implements [record.Store].
func (s faultyStore) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	return call(ctx, s.c, s.at(Update), func(drop []string) (record.Record, error) {
		r, fields := lose(r, fields, drop)
		return s.inner.Update(ctx, r, fields)
	})
}

// Retire implements [record.Store].
func (s faultyStore) Retire(ctx context.Context, id string, d record.Disposal) error {
	_, err := call(ctx, s.c, s.at(Retire), func([]string) (any, error) { return nil, s.inner.Retire(ctx, id, d) })
	return err
}

type faultyAllocator struct {
	c     *FaultyConnection
	kind  record.Kind
	inner record.Allocator[record.Record]
}

// Allocate implements [record.Allocator].
func (s faultyAllocator) Allocate(ctx context.Context, r record.Record) (record.Record, error) {
	return call(ctx, s.c, Call{s.kind, Allocate}, func(drop []string) (record.Record, error) {
		r, _ := lose(r, nil, drop)
		return s.inner.Allocate(ctx, r)
	})
}

type faultyTransitioner struct {
	c     *FaultyConnection
	kind  record.Kind
	inner record.Transitioner
}

// Transition implements [record.Transitioner].
func (s faultyTransitioner) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	return call(ctx, s.c, Call{s.kind, Transition}, func([]string) (*record.ChangeRequest, error) { return s.inner.Transition(ctx, id, t) })
}

type faultyApprover struct {
	c     *FaultyConnection
	kind  record.Kind
	inner record.Approver
}

// RequestApproval implements [record.Approver].
func (s faultyApprover) RequestApproval(ctx context.Context, id string) (*record.ChangeRequest, error) {
	return call(ctx, s.c, Call{s.kind, RequestApproval}, func([]string) (*record.ChangeRequest, error) { return s.inner.RequestApproval(ctx, id) })
}

// Approvals implements [record.Approver].
func (s faultyApprover) Approvals(ctx context.Context, ids []string) (map[string][]record.Decision, error) {
	return call(ctx, s.c, Call{s.kind, Approvals}, func([]string) (map[string][]record.Decision, error) { return s.inner.Approvals(ctx, ids) })
}

// HowToApprove implements [record.Approver]. It asks no system, so nothing can fail.
func (s faultyApprover) HowToApprove(c *record.ChangeRequest) string { return s.inner.HowToApprove(c) }

type faultyFinder struct {
	c     *FaultyConnection
	kind  record.Kind
	inner record.ConflictFinder
}

// Calendar implements [record.ConflictFinder].
func (s faultyFinder) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	return call(ctx, s.c, Call{s.kind, Calendar}, func([]string) (record.Calendar, error) { return s.inner.Calendar(ctx, kinds...) })
}
