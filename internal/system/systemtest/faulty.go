// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Method is an operation of a store or connection, as faults and counts name it.
type Method string

// The methods of stores, of their capabilities and of connections.
const (
	Get             Method = "Get"
	Find            Method = "Find"
	Create          Method = "Create"
	Update          Method = "Update"
	Retire          Method = "Retire"
	Allocate        Method = "Allocate"
	Transition      Method = "Transition"
	RequestApproval Method = "RequestApproval"
	Approvals       Method = "Approvals"
	Calendar        Method = "Calendar"
	Ready           Method = "Ready"
)

// writes says whether a call that broke off may have changed something.
func (m Method) writes() bool {
	return !slices.Contains([]Method{Get, Find, Approvals, Calendar, Ready}, m)
}

// Fault is one way in which a system misbehaves. The first fault of the plan that matches a call is the one that happens.
type Fault struct {
	// Kind and Method select the calls; empty selects any.
	Kind   record.Kind
	Method Method
	// After lets so many of the selected calls through first.
	After int
	// Times is how many of the selected calls are hit; 0: all.
	Times int

	// Delay passes before anything else happens, unless the context ends.
	Delay time.Duration
	// Hang blocks until the context ends.
	Hang bool
	// Panic, where not nil, is what the call panics with.
	Panic any
	// Drop names fields, or map entries such as "attributes.cpu", that are lost on the way while the system answers success.
	Drop []string
	// Err is the answer.
	Err error
	// Committed says that the system did the work before Err was answered, so that only the answer was lost.
	Committed bool
}

// Call names an operation on the store of a kind. Kind is empty for a method of the connection.
type Call struct {
	Kind   record.Kind
	Method Method
}

// FaultyConnection is a connection that fails where its plan says so, and that counts.
type FaultyConnection struct {
	inner record.Connection

	mu    sync.Mutex
	plan  []*plannedFault
	calls map[Call]int
}

type plannedFault struct {
	Fault
	seen int
}

// Faulty puts faults in front of a connection. Optional capabilities of its stores are kept, and fail like the rest.
func Faulty(conn record.Connection, plan ...Fault) *FaultyConnection {
	c := &FaultyConnection{inner: conn, calls: map[Call]int{}}
	c.Inject(plan...)
	return c
}

// Inject adds to the plan. Calls are counted for [Fault.After] and [Fault.Times] from now on.
func (c *FaultyConnection) Inject(plan ...Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range plan {
		c.plan = append(c.plan, &plannedFault{Fault: f})
	}
}

// Heal forgets the plan: from now on nothing fails.
func (c *FaultyConnection) Heal() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plan = nil
}

// Calls returns how often each operation was called, failed calls included.
func (c *FaultyConnection) Calls() map[Call]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Count returns how often the calls with this kind and method were made; empty counts any.
func (c *FaultyConnection) Count(kind record.Kind, method Method) int {
	sum := 0
	for call, n := range c.Calls() {
		if (kind == "" || kind == call.Kind) && (method == "" || method == call.Method) {
			sum += n
		}
	}
	return sum
}

// Reset sets all counts to zero, and leaves the plan alone.
func (c *FaultyConnection) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.calls)
}

// Ready implements [record.Connection].
func (c *FaultyConnection) Ready(ctx context.Context) error {
	_, err := call(ctx, c, Call{Method: Ready}, func([]string) (any, error) { return nil, c.inner.Ready(ctx) })
	return err
}

// Close implements [record.Connection].
func (c *FaultyConnection) Close() error { return c.inner.Close() }

// Stores implements [record.Connection].
func (c *FaultyConnection) Stores() record.Stores {
	stores := record.Stores{}
	for kind, store := range c.inner.Stores() {
		stores[kind] = c.wrap(kind, store)
	}
	return stores
}

// next counts a call and finds the fault that happens to it.
func (c *FaultyConnection) next(at Call) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[at]++
	for _, f := range c.plan {
		if f.Kind != "" && f.Kind != at.Kind || f.Method != "" && f.Method != at.Method {
			continue
		}
		f.seen++
		if f.seen > f.After && (f.Times == 0 || f.seen <= f.After+f.Times) {
			return f.Fault
		}
	}
	return Fault{}
}

// call makes one call under the plan. It passes the fields to lose, and does the work unless the fault says that the work is not reached.
func call[A any](ctx context.Context, c *FaultyConnection, at Call, work func(drop []string) (A, error)) (A, error) {
	var none A
	f := c.next(at)
	if f.Delay > 0 || f.Hang {
		if err := f.pause(ctx, at.Method); err != nil {
			return none, err
		}
	}
	if f.Panic != nil {
		panic(f.Panic)
	}
	if f.Err != nil && !f.Committed {
		return none, f.Err
	}
	answer, err := work(f.Drop)
	if err == nil {
		err = f.Err
	}
	if err != nil {
		return none, err
	}
	return answer, nil
}

// pause waits for the delay or for the context's end. What a hanging write has done is not known.
func (f Fault) pause(ctx context.Context, m Method) error {
	var done <-chan time.Time
	if !f.Hang {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		done = timer.C
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	reason := record.ErrUnavailable
	if m.writes() {
		reason = record.ErrAmbiguous
	}
	return record.Errorf(reason, "no answer").Because(ctx.Err())
}

// lose removes the fields from a copy of r and from the list of fields to write.
func lose(r record.Record, fields, drop []string) (record.Record, []string) {
	if len(drop) == 0 {
		return r, fields
	}
	r = record.Clone(r)
	record.Apply(r, record.Define(r.Kind()).New(), drop)
	fields = slices.DeleteFunc(slices.Clone(fields), func(field string) bool {
		return slices.ContainsFunc(drop, func(lost string) bool { return field == lost || strings.HasPrefix(field, lost+".") })
	})
	return r, fields
}
