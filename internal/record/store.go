// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"errors"
)

// Store is where the records of one kind are kept. Every system implements it for the kinds that it serves,
// and package systemtest holds all of them to the guarantees written here.
//
// For every method: the context's end stops the work, and an error is an [*Error]. Success means that the
// system has kept what it returned: a store reads back what it wrote and never echoes its input. Records that
// are returned are canonical, complete, and the caller's own to change.
type Store[T Record] interface {
	// Get reads records by id, in as few requests as the system allows. An id that is absent from the map does
	// not exist. It never returns part of an answer: unreachable, refused or hidden is an error, not an absence.
	Get(ctx context.Context, ids []string) (map[string]T, error)

	// Find lists the records that match, sorted by id, page by page until the end. A store whose system can lose
	// rows to permissions or paging may leave some out, so an absence here is confirmed by Get before it is believed.
	Find(ctx context.Context, q Query) ([]T, error)

	// Create keeps a new record. Its stack and natural name make the correlation key: where a record that holds the
	// key exists, nothing is written and the error is [ErrConflict] with the holder's ID, so a repeated Create never
	// makes a second one. [ErrAmbiguous] says that the record may exist; the caller looks it up before it tries again.
	// Where a record that it [Definition.Uses] is not there, or has ended, the error is [ErrNotFound] on that field.
	Create(ctx context.Context, r T) (T, error)

	// Update writes the named fields of r, and no others, to the record with r's ID. A map's entry is named
	// "attributes.cpu": it is set where r has it, else removed, and entries that are not named are left alone. What it is
	// to use is judged as by Create.
	Update(ctx context.Context, r T, fields []string) (T, error)

	// Retire ends the record's life in the way that d asks for. A record that is already at its end, or that does
	// not exist, is success. A record is erased only for [Erase]; evidence stays even then where the system keeps a history.
	// What a live record of any stack uses does not end: that is [ErrConflict], and names who uses it.
	Retire(ctx context.Context, id string, d Disposal) error
}

// Query selects records. All conditions must hold; the zero value selects every live record of the kind.
type Query struct {
	// Stack limits the answer to one stack; empty for any.
	Stack string
	// Names limits the answer to these natural names.
	Names []string
	// Where compares fields in canonical form; a map's entry is named "attributes.cpu".
	Where map[string]string
	// Gone includes records that are retired, released or removed.
	Gone bool
}

// Matches applies the query to r. Stores whose system filters for them use it to re-check every returned row,
// since several systems ignore a misspelt condition and return everything.
func (q Query) Matches(r Record) bool {
	m := r.Metadata()
	if q.Stack != "" && q.Stack != m.Stack {
		return false
	}
	if !q.Gone && Gone(r) {
		return false
	}
	if len(q.Names) > 0 {
		found := false
		for _, n := range q.Names {
			found = found || n == r.NaturalName()
		}
		if !found {
			return false
		}
	}
	for path, want := range q.Where {
		if got, ok := Text(r, path); !ok || got != want {
			return false
		}
	}
	return true
}

// Disposal is how a record's life ends.
type Disposal string

// The ways in which a record's life can end.
const (
	// Conclude uses the kind's own end: a configuration item is retired, a change cancelled, an address released.
	Conclude Disposal = "conclude"
	// Erase removes the record from the system.
	Erase Disposal = "delete"
)

// maxSends is how often a call is made whose outcome stays unknown.
const maxSends = 3

// surely makes a call that done twice is done once, again where its outcome is unknown.
func surely[A any](call func() (A, error)) (answer A, err error) {
	for range maxSends {
		if answer, err = call(); !errors.Is(err, ErrAmbiguous) {
			break
		}
	}
	return answer, err
}

// Allocator is the capability of a store whose system chooses a free value itself, atomically.
type Allocator[T Record] interface {
	// Allocate is Create for a [Pooled] record that left its value open, with all of Create's guarantees. However many
	// processes call it, no value is given out twice. A pool without a free value is [ErrExhausted].
	Allocate(ctx context.Context, r T) (T, error)
}

// Ender is the capability of a store whose records end only with permission.
type Ender interface {
	// End is Retire for such a record, which says itself what it needs permission for. [ErrPending] means that asking again
	// can succeed, [ErrRefused] that it cannot. Whatever else it answers is no permission either, [ErrNotFound] included.
	End(ctx context.Context, r Record) error
}

// Transitioner is the capability of a change store to move a change through its states.
type Transitioner interface {
	// Transition moves the change to a state by one legal step. An illegal one is [ErrRefused], and nothing changed.
	// A change that is already in that state is success.
	Transition(ctx context.Context, id string, t Transition) (*ChangeRequest, error)
}

// Transition is one step of a change, with what is recorded beside it.
type Transition struct {
	To ChangeState
	// Outcome, Notes and Evidence are recorded when a change is closed.
	Outcome  ChangeOutcome
	Notes    string
	Evidence map[string]string
}

// Approver is the capability of a change store to ask for approval and to say who decided what.
type Approver interface {
	// RequestApproval submits the change for approval. One that is already submitted or decided is returned as it is.
	RequestApproval(ctx context.Context, id string) (*ChangeRequest, error)
	// Approvals lists the decisions about each change, oldest first, undecided ones included. An empty list is not an approval.
	Approvals(ctx context.Context, ids []string) (map[string][]Decision, error)
	// HowToApprove tells a person where and how this change is approved, as a sentence. A command stands on a line of its own,
	// indented by two spaces, which the CLI does not wrap: it is copied.
	HowToApprove(c *ChangeRequest) string
}

// Stores are the stores of one system, by kind.
type Stores map[Kind]Store[Record]

// Serve adds a typed store. It is how a system says that it keeps a kind.
func Serve[T Record](s Stores, store Store[T]) {
	var zero T
	e := erased[T]{store}
	if a, ok := store.(Allocator[T]); ok {
		s[zero.Kind()] = erasedAllocator[T]{e, a}
		return
	}
	s[zero.Kind()] = e
}

// Of returns the store of a kind, with what holds for the kind in every system, and derived from another kind's where the
// kind is a view.
func (s Stores) Of(k Kind) (Store[Record], error) {
	d := Define(k)
	if store, ok := s[k]; ok {
		if d.Extend != nil {
			store = d.Extend(store)
		}
		return store, nil
	}
	if d.Derive != nil {
		return d.Derive(s)
	}
	return nil, Errorf(ErrUnsupported, "the system does not keep records of kind %q", k)
}

// Capability finds an optional interface on a store, through whatever wraps it.
func Capability[C any](store any) (C, bool) {
	for store != nil {
		if c, ok := store.(C); ok {
			return c, true
		}
		w, ok := store.(interface{ Unwrap() any })
		if !ok {
			break
		}
		store = w.Unwrap()
	}
	var none C
	return none, false
}

// erased makes a typed store usable where the kind is only known at run time. The conversions cannot fail:
// [Serve] files it under the kind of its own type.
type erased[T Record] struct{ store Store[T] }

func (e erased[T]) Unwrap() any { return e.store }

func (e erased[T]) Get(ctx context.Context, ids []string) (map[string]Record, error) {
	typed, err := e.store.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	records := make(map[string]Record, len(typed))
	for id, r := range typed {
		records[id] = r
	}
	return records, nil
}

func (e erased[T]) Find(ctx context.Context, q Query) ([]Record, error) {
	typed, err := e.store.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	records := make([]Record, len(typed))
	for i, r := range typed {
		records[i] = r
	}
	return records, nil
}

func (e erased[T]) Create(ctx context.Context, r Record) (Record, error) {
	return widen(e.store.Create(ctx, r.(T)))
}

func (e erased[T]) Update(ctx context.Context, r Record, fields []string) (Record, error) {
	return widen(e.store.Update(ctx, r.(T), fields))
}

func (e erased[T]) Retire(ctx context.Context, id string, d Disposal) error {
	return e.store.Retire(ctx, id, d)
}

type erasedAllocator[T Record] struct {
	erased[T]
	allocator Allocator[T]
}

func (e erasedAllocator[T]) Allocate(ctx context.Context, r Record) (Record, error) {
	return widen(e.allocator.Allocate(ctx, r.(T)))
}

// widen keeps a nil pointer from becoming a non-nil interface.
func widen[T Record](r T, err error) (Record, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}
