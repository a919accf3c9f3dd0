// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Write is a create or an update that is about to be sent, or an end that has come, as a [Type]'s hooks see it.
type Write struct {
	// Record is what will be sent; of a record that has ended, what the state had.
	Record record.Record
	// Prior is what the state has; nil for a create.
	Prior record.Record
	// Create says that the record is to be created, or adopted.
	Create bool
	// Changed names the fields that an update sends; without any, none is sent. The hook adds to them what it fills in,
	// which an adoption then writes too.
	Changed []string

	run *Run
}

// Send adds fields to those that are sent.
func (w *Write) Send(fields ...string) {
	for _, f := range fields {
		if !slices.Contains(w.Changed, f) {
			w.Changed = append(w.Changed, f)
		}
	}
}

// Stack is the provider's stack.
func (w *Write) Stack() string { return w.run.Stack }

// Store returns the store of another kind, whichever system serves it, with the system's name.
func (w *Write) Store(kind record.Kind) (record.Store[record.Record], string, error) {
	b, err := w.run.bind(kind)
	if err != nil {
		return nil, "", err
	}
	return b.store, b.system.Name, nil
}

// Put creates a record of another kind in the stack, or writes the named fields to the one that holds its key, so that
// doing it again after an interruption makes no second one.
func (w *Write) Put(ctx context.Context, wanted record.Record, fields ...string) (record.Record, error) {
	b, err := w.run.bind(wanted.Kind())
	if err != nil {
		return nil, err
	}
	wanted.Metadata().Stack = w.run.Stack
	wanted.Canonicalise()
	for attempt := 1; ; attempt++ {
		kept, err := put(ctx, b, wanted, fields)
		if err == nil {
			w.run.kept(b, kept)
			return kept, nil
		}
		// After either, what is there now has to be looked up.
		var e *record.Error
		lost := errors.Is(err, record.ErrConflict) && errors.As(err, &e) && e.ID != "" && e.Field == ""
		if attempt == maxSends || !lost && !errors.Is(err, record.ErrAmbiguous) {
			return nil, err
		}
	}
}

func put(ctx context.Context, b *binding, wanted record.Record, fields []string) (record.Record, error) {
	found, err := b.store.Find(ctx, record.Query{Stack: wanted.Metadata().Stack, Names: []string{wanted.NaturalName()}, Gone: true})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found, record.HoldsKey)
	if i < 0 {
		return b.store.Create(ctx, record.Clone(wanted))
	}
	if rule := b.definition.Adopt; rule != nil {
		more, err := rule(found[i], wanted)
		if err != nil {
			return nil, err
		}
		fields = append(more, fields...)
	}
	change := record.Clone(wanted)
	change.Metadata().ID = found[i].Metadata().ID
	return update(ctx, b, change, fields)
}

// End ends a record of another kind in its kind's own way.
func (w *Write) End(ctx context.Context, r record.Record) error {
	b, err := w.run.bind(r.Kind())
	if err != nil {
		return err
	}
	if err := b.end(ctx, r, record.Conclude); err != nil {
		return err
	}
	w.run.ended(b, r.Metadata().ID)
	return nil
}

// before runs the type's hook.
func (r *Resource) before(ctx context.Context, w *Write) error {
	if r.Type.Before == nil {
		return nil
	}
	w.run = r.run
	return r.Type.Before(ctx, w)
}

// Vet refuses a record of another kind that the apply will write, where its system would not keep it as it is.
func (p *Plan) Vet(r record.Record) error {
	b, err := p.resource.run.bind(r.Kind())
	if err != nil {
		return err
	}
	for _, problem := range b.refuses(r) {
		return record.Errorf(record.ErrInvalid, "it %s", problem.Problem).On(problem.Field)
	}
	return nil
}

// Claim says that this block writes a record of another kind too. It is an error where another block stands for that
// record, or writes it as well. It can be said once in a plan, so not by a type that may take shortcuts.
func (p *Plan) Claim(kind record.Kind, name, field string) error {
	if _, err := p.resource.run.bind(kind); err != nil {
		return err
	}
	if p.resource.run.claim(kind, name, p.claimant(), p.Replacement) {
		return nil
	}
	return record.Errorf(record.ErrConflict, "another block of this configuration stands for the same %s, %q, in stack %q", record.Define(kind).Title, shortened(name), p.resource.run.Stack).
		On(field).Advise("Give one of the two another name, or remove it")
}

// claimant tells this block from others: see [claim].
func (p *Plan) claimant() string {
	switch {
	case p.Prior != nil:
		return string(privateValue(p.Prior.Metadata().ID))
	case p.Replacement:
		return p.private
	}
	return ""
}
