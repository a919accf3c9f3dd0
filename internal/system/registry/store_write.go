// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Create implements [record.Store].
func (s *store) Create(ctx context.Context, r record.Record) (record.Record, error) {
	if p, ok := r.(record.Pooled); ok && p.NeedsAllocation() {
		return nil, record.Errorf(record.ErrInvalid, "the %s leaves its value open, so it must be allocated", s.title)
	}
	return s.create(ctx, r, actionCreate)
}

func (s *store) create(ctx context.Context, r record.Record, action string) (record.Record, error) {
	wanted := record.Clone(r)
	wanted.Metadata().Retired = false
	wanted.Canonicalise()
	if err := s.check(wanted); err != nil {
		return nil, err
	}
	var kept record.Record
	err := s.r.write(ctx, true, func(tx *transaction) error {
		r := record.Clone(wanted)
		if err := s.rules.creating(ctx, tx, r); err != nil {
			return err
		}
		r.Canonicalise()
		id, first, err := s.insert(ctx, tx, r)
		if err != nil {
			return err
		}
		if err := s.usedLive(ctx, tx, nil, r); err != nil {
			return err
		}
		if err := s.rules.created(ctx, tx, id, r); err != nil {
			return err
		}
		r.Canonicalise()
		if err := s.rewriteIfOther(ctx, tx, id, first, r); err != nil {
			return err
		}
		if kept, err = s.kept(ctx, tx, id); err != nil {
			return err
		}
		return tx.log(ctx, entry{action: action, id: id, was: record.Define(s.kind).New(), now: kept})
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// insert writes the row. Where the key is held it says by whom.
func (s *store) insert(ctx context.Context, tx *transaction, r record.Record) (id int64, c columns, err error) {
	if c, err = columnsOf(r, s.rules.stored(r)); err != nil {
		return 0, c, err
	}
	stack, at := r.Metadata().Stack, formatTime(tx.at)
	inserted, err := tx.one(ctx, []any{&id}, `INSERT INTO infraops_record
		(kind, stack, name, version, revision, retired, holds_key, gone, reference, document, created_by, created_at, updated_at)
		VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, stack, name) WHERE holds_key = 1 DO NOTHING RETURNING id`,
		string(s.kind), stack, c.name, c.version, c.retired, c.holdsKey, c.gone, referenceOf(r), c.document, s.r.actor, at, at)
	if err != nil || inserted {
		return id, c, err
	}
	if err := s.keyFree(ctx, tx, stack, c.name, 0); err != nil {
		return 0, c, err
	}
	return 0, c, errRaced // the holder has gone since
}

// keyFree is the conflict with whoever holds a key, except the record itself; nil where nobody does.
func (s *store) keyFree(ctx context.Context, tx *transaction, stack, natural string, except int64) error {
	var holder int64
	held, err := tx.one(ctx, []any{&holder}, "SELECT id FROM infraops_record WHERE kind = ? AND stack = ? AND name = ? AND holds_key = 1 AND id <> ?",
		string(s.kind), stack, natural, except)
	if err != nil || !held {
		return err
	}
	conflict := record.Errorf(record.ErrConflict, "stack %q already has a %s named %q, id %d", stack, s.title, natural, holder).
		Advise("Import the existing one, or choose another name")
	conflict.ID = strconv.FormatInt(holder, 10)
	return conflict
}

// rewriteIfOther writes the row again where the rules changed the record after it was inserted.
func (s *store) rewriteIfOther(ctx context.Context, tx *transaction, id int64, first columns, r record.Record) error {
	now, err := columnsOf(r, s.rules.stored(r))
	if err != nil || now == first {
		return err
	}
	return s.write(ctx, tx, id, now)
}

func (s *store) write(ctx context.Context, tx *transaction, id int64, c columns) error {
	_, err := tx.exec(ctx, `UPDATE infraops_record SET name = ?, version = ?, revision = revision + 1, retired = ?, holds_key = ?, gone = ?,
		document = ?, updated_at = ? WHERE id = ?`, c.name, c.version, c.retired, c.holdsKey, c.gone, c.document, formatTime(tx.at), id)
	return err
}

// Update implements [record.Store].
func (s *store) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	wanted := record.Clone(r)
	wanted.Canonicalise()
	if err := s.known(fields); err != nil {
		return nil, err
	}
	id := wanted.Metadata().ID
	return s.change(ctx, id, actionUpdate, func(tx *transaction, n int64, was, now record.Record) error {
		record.Apply(now, wanted, fields)
		now.Canonicalise()
		if err := s.check(now); err != nil {
			return err
		}
		if err := s.usedLive(ctx, tx, was, now); err != nil {
			return err
		}
		return s.rules.updating(ctx, tx, n, was, now)
	})
}

// known refuses a misspelt field, which would otherwise be dropped silently.
func (s *store) known(fields []string) error {
	empty := record.Define(s.kind).New()
	for _, path := range fields {
		field, _, isEntry := strings.Cut(path, ".")
		if f, ok := record.FieldNamed(empty, field); !ok || isEntry && !f.IsMap() {
			return record.Errorf(record.ErrInvalid, "a %s has no such field", s.title).On(path)
		}
	}
	return nil
}

// change turns a copy of the record into what it shall be, and logs it as one action. Without a difference nothing is written.
func (s *store) change(ctx context.Context, id, action string, f func(tx *transaction, n int64, was, now record.Record) error) (record.Record, error) {
	return s.within(ctx, id, func(tx *transaction, n int64, was record.Record) error {
		now := record.Clone(was)
		if err := f(tx, n, was, now); err != nil {
			return err
		}
		return s.save(ctx, tx, entry{action: action, id: n, was: was, now: now})
	})
}

// within is every write to an existing record: it holds the record, does the work and reads back what was kept.
func (s *store) within(ctx context.Context, id string, work func(tx *transaction, n int64, was record.Record) error) (record.Record, error) {
	var kept record.Record
	err := s.r.write(ctx, false, func(tx *transaction) error {
		n, was, err := s.held(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case was == nil:
			return s.notFound(id)
		case was.Metadata().Retired:
			return record.Errorf(record.ErrNotFound, "the %s with id %q has been retired and is kept as evidence only", s.title, id)
		}
		if err := work(tx, n, was); err != nil {
			return err
		}
		kept, err = s.kept(ctx, tx, n)
		return err
	})
	if errors.Is(err, errAbsent) {
		return nil, s.r.absent()
	}
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// save writes the difference between two states of a record, and logs it.
func (s *store) save(ctx context.Context, tx *transaction, e entry) error {
	e.now.Canonicalise()
	before, err := columnsOf(e.was, s.rules.stored(e.was))
	if err != nil {
		return err
	}
	after, err := columnsOf(e.now, s.rules.stored(e.now))
	if err != nil || before == after {
		return err
	}
	if after.holdsKey == 1 && (before.name != after.name || before.holdsKey == 0) {
		if err := s.keyFree(ctx, tx, e.now.Metadata().Stack, after.name, e.id); err != nil {
			return err
		}
	}
	if err := s.write(ctx, tx, e.id, after); err != nil {
		return err
	}
	return tx.log(ctx, e)
}

// Retire implements [record.Store].
func (s *store) Retire(ctx context.Context, id string, d record.Disposal) error {
	err := s.r.write(ctx, false, func(tx *transaction) error {
		n, was, err := s.held(ctx, tx, id)
		if err != nil || was == nil {
			return err
		}
		if d == record.Erase && s.rules.erasable() {
			return s.erase(ctx, tx, n, was)
		}
		return s.conclude(ctx, tx, n, was)
	})
	if errors.Is(err, errAbsent) {
		return s.r.absent()
	}
	return err
}

func (s *store) conclude(ctx context.Context, tx *transaction, id int64, was record.Record) error {
	now := record.Clone(was)
	record.Retire(now)
	if record.Gone(was) || now.Metadata().Retired == was.Metadata().Retired && len(record.Changes(was, now)) == 0 {
		return nil // at its end already
	}
	action, err := s.ending(ctx, tx, id, was)
	if err != nil {
		return err
	}
	return s.save(ctx, tx, entry{action: action, id: id, was: was, now: now})
}

// ending refuses the end of what others use, and does what the kind wants done.
func (s *store) ending(ctx context.Context, tx *transaction, id int64, was record.Record) (action string, err error) {
	if err := s.notInUse(ctx, tx, id, was); err != nil {
		return "", err
	}
	return s.rules.ending(ctx, tx, id, was)
}

func (s *store) erase(ctx context.Context, tx *transaction, id int64, was record.Record) error {
	if !was.Metadata().Retired {
		if _, err := s.ending(ctx, tx, id, was); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, "DELETE FROM infraops_record WHERE id = ?", id); err != nil {
		return err
	}
	gone := record.Define(s.kind).New()
	gone.Metadata().Stack = was.Metadata().Stack
	return tx.log(ctx, entry{action: actionDelete, id: id, name: was.NaturalName(), was: was, now: gone})
}
