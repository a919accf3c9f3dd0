// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// ErrNotConfigured says that a part of the provider's configuration is not known yet, as can be while planning.
var ErrNotConfigured = errors.New("the provider's configuration is not known yet")

// Serving is the system that serves a kind in this configuration.
type Serving struct {
	System     record.System
	Connection record.Connection
}

// Run is what one walk of Terraform shares: the stack, the systems in use, what has been read and what has been claimed.
// The provider makes one in Configure. Nothing in it connects before it is needed.
type Run struct {
	// Stack is the provider's stack; empty while it is not known.
	Stack string
	// Resolve finds the system that serves a kind. Its error is for a person; [ErrNotConfigured] while that is not known.
	Resolve func(record.Kind) (Serving, error)

	mu        sync.Mutex
	bindings  map[record.Kind]*binding
	ready     map[string]*readiness
	claims    claims
	taken     map[string]string
	warned    map[string]bool
	counts    map[string]int64
	questions map[string]*question
}

// question is what a system is asked once in a run, whoever wants to know.
type question struct {
	// about are the kinds that the answer is made of: a record of one of them that is written makes it old.
	about  []record.Kind
	once   sync.Once
	answer any
	err    error
}

// ask puts a question unless the run has its answer already. An error is not kept: the next caller tries again.
func ask[T any](r *Run, key string, about []record.Kind, put func() (T, error)) (T, error) {
	r.mu.Lock()
	q, ok := r.questions[key]
	if !ok {
		q = &question{about: about}
		r.questions[key] = q
	}
	r.mu.Unlock()
	q.once.Do(func() { q.err = guarded(func() (err error) { q.answer, err = put(); return err }) })
	if q.err == nil {
		return q.answer.(T), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.questions[key] == q {
		delete(r.questions, key)
	}
	var none T
	return none, q.err
}

// found asks for the records with a field's value, whatever their stack.
func (r *Run) found(ctx context.Context, b *binding, field, value string) ([]record.Record, error) {
	kind := b.definition.Kind
	return ask(r, string(kind)+" "+field+" "+value, []record.Kind{kind}, func() ([]record.Record, error) {
		q := record.Query{Where: map[string]string{field: value}}
		if slices.Equal(b.definition.Key, []string{field}) {
			q = record.Query{Names: []string{value}} // which systems have an index for
		}
		return b.store.Find(ctx, q)
	})
}

// kept notes a record that has been written.
func (r *Run) kept(b *binding, written record.Record) {
	b.reader.wrote(written)
	r.changed(b)
}

// ended notes a record that has come to its end.
func (r *Run) ended(b *binding, id string) {
	b.reader.forget(id)
	r.changed(b)
}

// changed forgets the answers that are made of records of the kind.
func (r *Run) changed(b *binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.questions, func(_ string, q *question) bool { return slices.Contains(q.about, b.definition.Kind) })
}

// NewRun makes a run.
func NewRun(stack string, resolve func(record.Kind) (Serving, error)) *Run {
	return &Run{
		Stack: stack, Resolve: resolve,
		bindings: map[record.Kind]*binding{}, ready: map[string]*readiness{}, claims: claims{}, taken: map[string]string{}, warned: map[string]bool{}, counts: map[string]int64{}, questions: map[string]*question{},
	}
}

// binding is a kind in use: its definition, its store, and the reader that all its reads go through.
type binding struct {
	definition record.Definition
	system     record.System
	connection record.Connection
	store      record.Store[record.Record]
	reader     *reader
}

// readiness is the answer of one system, asked once in a run.
type readiness struct {
	once sync.Once
	err  error
}

// bind finds who serves a kind.
func (r *Run) bind(kind record.Kind) (*binding, error) {
	if r == nil {
		return nil, ErrNotConfigured
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, ok := r.bindings[kind]; ok {
		return b, nil
	}
	if r.Stack == "" {
		return nil, ErrNotConfigured
	}
	serving, err := r.Resolve(kind)
	if err != nil {
		return nil, err
	}
	store, err := serving.Connection.Stores().Of(kind)
	if err != nil {
		return nil, err
	}
	b := &binding{
		definition: record.Define(kind), system: serving.System, connection: serving.Connection,
		store: store, reader: newReader(store, r.Stack),
	}
	r.bindings[kind] = b
	return b, nil
}

// checkReady asks a system once whether it could be written to.
func (r *Run) checkReady(ctx context.Context, b *binding) error {
	r.mu.Lock()
	state, ok := r.ready[b.system.Name]
	if !ok {
		state = &readiness{}
		r.ready[b.system.Name] = state
	}
	r.mu.Unlock()
	state.once.Do(func() { state.err = b.connection.Ready(ctx) })
	return state.err
}

// once says true the first time that it is asked about a topic, for warnings that concern the whole run.
func (r *Run) once(topic string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.warned[topic]
	r.warned[topic] = true
	return first
}

// take notes that a block created in this run has taken over an existing record, so that another block's
// destroy in the same run, for the same record, leaves it alone.
func (r *Run) take(kind record.Kind, id, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken[string(kind)+"/"+id] = name
}

func (r *Run) wasTaken(kind record.Kind, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.taken[string(kind)+"/"+id]
	return ok
}

// claims are the correlation keys that the blocks of a walk stand for, each with the record that its block already has.
type claims map[string]claim

// claim is one block's. Blocks cannot be told apart by address, which Terraform does not tell a provider. They are told
// apart by the record that they have in state: none for a new block. A block that is being replaced is planned
// twice, first with its state and then without; the second time it brings its private data, which a new block does not have.
type claim struct{ id string }

// claim files a key for a block and says whether another block has filed it before.
func (r *Run) claim(kind record.Kind, name, id string, again bool) (free bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := record.CorrelationKey(r.Stack, kind, name)
	earlier, taken := r.claims[key]
	if taken && (!again || earlier.id != id) {
		return false
	}
	r.claims[key] = claim{id: id}
	return true
}
