// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	// pageSize is how many rows a listing reads with one statement.
	pageSize = 1000
	// idsPerStatement is how many ids or names one statement asks for.
	idsPerStatement = 500
)

// rules are what a kind has beside its document. All methods but complete run inside the transaction that writes.
type rules interface {
	// creating fills what the system gives at creation. The record has no id yet.
	creating(ctx context.Context, tx *transaction, r record.Record) error
	// created writes what the kind keeps outside the document and checks what must hold. It may change the record.
	created(ctx context.Context, tx *transaction, id int64, r record.Record) error
	// updating checks an update. It may change now.
	updating(ctx context.Context, tx *transaction, id int64, was, now record.Record) error
	// ending undoes what created wrote. It returns the word for history.
	ending(ctx context.Context, tx *transaction, id int64, r record.Record) (action string, err error)
	// erasable says whether [record.Erase] removes the row; otherwise it is a [record.Conclude].
	erasable() bool
	// complete fills what follows from other records, with a constant number of statements.
	complete(ctx context.Context, s session, records []record.Record) error
	// stored is the record without what complete fills.
	stored(r record.Record) record.Record
}

// plain are the rules of a kind that is nothing but its document.
type plain struct{}

func (plain) creating(context.Context, *transaction, record.Record) error       { return nil }
func (plain) created(context.Context, *transaction, int64, record.Record) error { return nil }
func (plain) updating(context.Context, *transaction, int64, record.Record, record.Record) error {
	return nil
}

func (plain) ending(context.Context, *transaction, int64, record.Record) (string, error) {
	return actionRetire, nil
}
func (plain) erasable() bool                                           { return true }
func (plain) complete(context.Context, session, []record.Record) error { return nil }
func (plain) stored(r record.Record) record.Record                     { return r }

// store is the [record.Store] of every kind.
type store struct {
	r     *Registry
	kind  record.Kind
	title string
	rules rules
	// values are the fields that the registry limits.
	values map[string][]string
	// uses are the kinds that this one refers to, by field; users are the kinds that refer to it.
	uses  map[string]record.Kind
	users []reference
}

func newStore(r *Registry, kind record.Kind, rules rules) *store {
	d := record.Define(kind)
	return &store{r: r, kind: kind, title: d.Title, rules: rules, values: support(kind).Values, uses: d.Uses, users: usersOf(kind)}
}

// Get implements [record.Store].
func (s *store) Get(ctx context.Context, ids []string) (map[string]record.Record, error) {
	if len(ids) == 0 {
		return map[string]record.Record{}, nil
	}
	var numbers []int64
	for _, id := range ids {
		if n, ok := numeric(id); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	found := map[string]record.Record{}
	err := s.r.read(ctx, func(q session) error {
		clear(found)
		var all []record.Record
		for chunk := range slices.Chunk(numbers, idsPerStatement) {
			records, err := s.list(ctx, q, "id IN ("+placeholders(len(chunk))+")", anys(chunk))
			if err != nil {
				return err
			}
			all = append(all, records...)
		}
		for _, r := range all {
			found[r.Metadata().ID] = r
		}
		return s.rules.complete(ctx, q, all)
	})
	if errors.Is(err, errAbsent) {
		return nil, s.r.absent()
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// list reads the rows of this kind that meet the condition, without what the rules complete.
func (s *store) list(ctx context.Context, q session, condition string, args []any) ([]record.Record, error) {
	var records []record.Record
	err := q.each(ctx, func(rows *sql.Rows) error {
		row, err := scanRow(rows)
		if err != nil {
			return err
		}
		r, err := row.decode()
		if err != nil {
			return err
		}
		records = append(records, r)
		return nil
	}, "SELECT "+rowColumns+" FROM infraops_record WHERE kind = ? AND "+condition, append([]any{string(s.kind)}, args...)...)
	return records, err
}

// Find implements [record.Store]. No registry yet has no records.
func (s *store) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	var found []record.Record
	err := s.r.read(ctx, func(via session) error {
		found = nil
		var last int64
		for more := true; more; {
			condition, args := narrow(q, last)
			page, err := s.list(ctx, via, condition, args)
			if err != nil {
				return err
			}
			// One row more than a page says whether there is another, without asking again.
			if more = len(page) > pageSize; more {
				page = page[:pageSize]
				last, _ = numeric(page[pageSize-1].Metadata().ID)
			}
			found = append(found, page...)
		}
		if err := s.rules.complete(ctx, via, found); err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(r record.Record) bool { return !q.Matches(r) })
		return nil
	})
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// narrow is the part of a query that the database answers; [record.Query.Matches] answers the rest.
func narrow(q record.Query, after int64) (condition string, args []any) {
	conditions, args := []string{"id > ?"}, []any{after}
	if q.Stack != "" {
		conditions, args = append(conditions, "stack = ?"), append(args, q.Stack)
	}
	if !q.Gone {
		conditions = append(conditions, "gone = 0")
	}
	if n := len(q.Names); n > 0 && n <= idsPerStatement {
		conditions, args = append(conditions, "name IN ("+placeholders(n)+")"), append(args, anys(q.Names)...)
	}
	return strings.Join(conditions, " AND ") + " ORDER BY id LIMIT " + strconv.Itoa(pageSize+1), args
}

// check is asked before anything is written.
func (s *store) check(r record.Record) error {
	if err := record.Check(r); err != nil {
		return err
	}
	if r.Metadata().Stack == "" {
		return record.Errorf(record.ErrInvalid, "the record names no stack").Advise("Set stack in the provider block")
	}
	if r.NaturalName() == "" {
		return record.Errorf(record.ErrInvalid, "the %s has no name", s.title).On("name")
	}
	for field, allowed := range s.values {
		if value, _ := record.Text(r, field); !slices.Contains(allowed, value) {
			return record.Errorf(record.ErrInvalid, "must be one of %s, is %q", strings.Join(allowed, ", "), value).On(field)
		}
	}
	return nil
}

// held reads a record for writing: nobody else changes it before the transaction ends.
func (s *store) held(ctx context.Context, tx *transaction, id string) (int64, record.Record, error) {
	n, ok := numeric(id)
	if !ok {
		return 0, nil, nil
	}
	r, err := s.single(ctx, tx.session, n, s.r.engine.held(false))
	return n, r, err
}

// single reads one record; nil where there is none.
func (s *store) single(ctx context.Context, q session, id int64, suffix string) (record.Record, error) {
	found, err := s.list(ctx, q, "id = ?"+suffix, []any{id})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// kept reads back what was written, complete.
func (s *store) kept(ctx context.Context, tx *transaction, id int64) (record.Record, error) {
	r, err := s.single(ctx, tx.session, id, "")
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, record.Errorf(record.ErrUnavailable, "%s %d was written and could not be read back", s.title, id)
	}
	return r, s.rules.complete(ctx, tx.session, []record.Record{r})
}

func (s *store) notFound(id string) error {
	return record.Errorf(record.ErrNotFound, "there is no %s with id %q in the registry", s.title, id)
}
