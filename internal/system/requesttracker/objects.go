// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// statusDeleted is the status of what RT shows nobody who searches.
const statusDeleted = "deleted"

// objects are the records of a kind that is kept one by one as assets or tickets.
type objects[T record.Record] struct {
	*connection
	// object is what they are: an asset or a ticket; list is how they are searched for.
	object string
	list   listing
	places []place
	// within limits a search to the catalogs or the queue; outside is the error for an object that is not in them.
	within  func() string
	outside func(*row) error
	// live limits a search to what can hold a correlation key, and unless gone is wanted to what is alive.
	holding, alive string
	// complete makes the records of rows, in the same order.
	complete func(context.Context, []row) ([]T, error)
}

// Get implements [record.Store].
func (s *objects[T]) Get(ctx context.Context, ids []string) (map[string]T, error) {
	rows, err := s.rows(ctx, s.list, ids)
	if err != nil {
		return nil, err
	}
	records, err := s.complete(ctx, rows)
	if err != nil {
		return nil, err
	}
	found := make(map[string]T, len(records))
	for _, r := range records {
		found[r.Metadata().ID] = r
	}
	return found, nil
}

// rows reads objects by id, those left out that do not exist. Searches leave out what was deleted and what the account may not
// see, so whatever they do not show is read by itself.
func (s *objects[T]) rows(ctx context.Context, of listing, ids []string) ([]row, error) {
	found, err := s.byIDs(ctx, of, "id", " AND "+s.within(), ids)
	if err != nil {
		return nil, err
	}
	shown := map[string]bool{}
	rows := found[:0]
	for _, r := range found {
		if id := string(r.ID); slices.Contains(ids, id) && !shown[id] { // RT can ignore a condition and show everything.
			shown[id] = true
			rows = append(rows, r)
		}
	}
	for _, id := range ids {
		if shown[id] {
			continue
		}
		shown[id] = true
		r, err := s.single(ctx, id)
		if err != nil {
			return nil, err
		}
		if r != nil {
			rows = append(rows, *r)
		}
	}
	return rows, nil
}

// single reads one object; nil where it does not exist or was deleted.
func (s *objects[T]) single(ctx context.Context, id string) (*row, error) {
	if _, ok := number(id); !ok {
		return nil, nil
	}
	r, err := s.one(ctx, s.object, id)
	if err != nil || r == nil || r.Status == statusDeleted {
		return nil, err
	}
	return r, s.outside(r)
}

// Find implements [record.Store].
func (s *objects[T]) Find(ctx context.Context, q record.Query) ([]T, error) {
	conditions := s.within()
	if q.Stack != "" && len(q.Stack) <= maxSearched {
		conditions += " AND " + equals(s.custom(stack), q.Stack)
	}
	if !q.Gone {
		conditions += s.alive
	}
	var rows []row
	if q.Stack != "" && len(q.Names) > 0 {
		var zero T
		for chunk := range slices.Chunk(q.Names, idsPerSearch) {
			var keys []string
			for _, n := range chunk {
				keys = append(keys, equals(s.custom(correlation), folded(record.CorrelationKey(q.Stack, zero.Kind(), n))))
			}
			found, err := s.search(ctx, s.list, conditions+" AND "+anyOf(keys))
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		}
	} else {
		var err error
		if rows, err = s.search(ctx, s.list, conditions); err != nil {
			return nil, err
		}
	}
	records, err := s.complete(ctx, rows)
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(r T) bool { return !q.Matches(r) })
	slices.SortFunc(records, func(a, b T) int { return byNumber(a.Metadata().ID, b.Metadata().ID) })
	return slices.CompactFunc(records, func(a, b T) bool { return a.Metadata().ID == b.Metadata().ID }), nil
}

func byNumber(a, b string) int {
	x, _ := strconv.ParseInt(a, 10, 64)
	y, _ := strconv.ParseInt(b, 10, 64)
	return cmp.Compare(x, y)
}

// holders lists the records that hold a correlation key, the oldest first.
func (s *objects[T]) holders(ctx context.Context, key string) ([]T, []row, error) {
	rows, err := s.few(ctx, s.list, s.within()+s.holding+" AND "+equals(s.custom(correlation), folded(key)))
	if err != nil {
		return nil, nil, err
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.CustomFields.first(s.custom(correlation)) != folded(key) })
	records, err := s.complete(ctx, rows)
	return records, rows, err
}

// holder is the conflict with whatever record holds the key already, but the one with that id.
func (s *objects[T]) holder(ctx context.Context, key, but string) error {
	held, _, err := s.holders(ctx, key)
	if err != nil {
		return err
	}
	for _, r := range held {
		if record.HoldsKey(r) && r.Metadata().ID != but {
			return s.taken(r)
		}
	}
	return nil
}

func (s *objects[T]) taken(by T) error {
	e := record.Errorf(record.ErrConflict, "%s %s is there already under the name %q", s.object, by.Metadata().ID, by.NaturalName())
	e.ID = by.Metadata().ID
	return e
}

// create makes an object unless its key is held. RT makes no key unique, so whoever finds another one afterwards withdraws its own.
func (s *objects[T]) create(ctx context.Context, r T, body map[string]any, fields []string, withdraw func(context.Context, string) error) (T, error) {
	var none T
	key := keyOf(r)
	release, err := s.lock(ctx, "key", key)
	if err != nil {
		return none, err
	}
	defer release()
	if err := s.holder(ctx, key, ""); err != nil {
		return none, err
	}
	id, err := s.post(ctx, "/"+s.object, body)
	if err != nil {
		return none, s.unmade(err, r)
	}
	found, err := s.settle(ctx, key, id)
	switch {
	case err != nil:
		return none, ambiguous(err, "%s %s was made and could not be read back", s.object, id)
	case found.row == nil:
		return none, s.keyless(ctx, id, withdraw)
	case found.other != nil:
		other := (*found.other).Metadata().ID
		if err := withdraw(ctx, id); err != nil {
			return none, record.Errorf(record.ErrConflict, "%s %s was made at the same time as %s under the same name, and could not be withdrawn", s.object, id, other).
				Because(err).Advise("Delete %s %s in %s by hand", s.object, id, title)
		}
		return none, s.taken(*found.other)
	}
	return found.own, s.lost(r, found.own, fields, found.row, nil)
}

// How often and how long the elder of two waits for the younger one to be withdrawn.
const (
	settlingLooks = 5
	settlingPause = 300 * time.Millisecond
)

// settlement is what a key is held by after a create: the object that was made, with no row where it does not hold the key, and
// the other one that stays in its place.
type settlement[T record.Record] struct {
	own   T
	row   *row
	other *T
}

// settle looks who holds the key after the object with the id was made. The younger of two gives way at once. It may not have seen
// the elder, though, whose number was given earlier and which appeared later: then the younger one stays, and the elder gives way.
func (s *objects[T]) settle(ctx context.Context, key, id string) (settlement[T], error) {
	for look := 1; ; look++ {
		var found settlement[T]
		held, rows, err := s.holders(ctx, key)
		if err != nil {
			return found, err
		}
		younger := false
		for i := range rows {
			switch {
			case string(rows[i].ID) == id:
				found.own, found.row = held[i], &rows[i]
			case record.HoldsKey(held[i]) && found.other == nil:
				found.other, younger = &held[i], found.row != nil
			}
		}
		if !younger || look == settlingLooks {
			return found, nil
		}
		select {
		case <-time.After(settlingPause):
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// unmade words the refusal of a create.
func (s *objects[T]) unmade(err error, r T) error {
	var e *record.Error
	if !errors.As(err, &e) || e.Advice != "" {
		return err
	}
	worded := *e
	switch {
	case errors.Is(err, record.ErrUnauthorized):
		worded.Advice = fmt.Sprintf("Give the account the right %s %s", map[string]string{asset: "CreateAsset", ticket: "CreateTicket"}[s.object], s.place(r))
	case errors.Is(err, record.ErrInvalid):
		for _, p := range s.places {
			if p.custom != "" && saysOf(e.Answer, s.custom(p)) {
				worded.Field, worded.Advice = p.field, s.missingField(s.custom(p), s.place(r))
			}
		}
	}
	return &worded
}

// keyless withdraws an object whose key RT did not keep: nothing would ever find it again.
func (s *objects[T]) keyless(ctx context.Context, id string, withdraw func(context.Context, string) error) error {
	e := record.Errorf(record.ErrDropped, "%s did not keep the custom field %q of %s %s", title, s.custom(correlation), s.object, id).
		Advise("%s. The object was withdrawn", s.missingField(s.custom(correlation), "of this kind"))
	if err := withdraw(ctx, id); err != nil {
		return e.Because(err).Advise("%s. Then delete %s %s by hand", s.missingField(s.custom(correlation), "of this kind"), s.object, id)
	}
	return e
}

// edit is what an update makes of a record.
type edit[T record.Record] struct {
	// body is what RT is sent; nothing is where it is empty.
	body   map[string]any
	wanted T
	// fields are those that must come back as they are in wanted.
	fields []string
	// before is done once before the first attempt; it may be nil.
	before func(context.Context) error
}

// maxAttempts bounds how often an object that others change at the same time is read again.
const maxAttempts = 8

// update reads an object, changes it unless somebody else does at the same time, and reads it back.
func (s *objects[T]) update(ctx context.Context, id string, change func(was T, r *row) (edit[T], error)) (T, error) {
	var none T
	release, err := s.lock(ctx, s.object, id)
	if err != nil {
		return none, err
	}
	defer release()
	prepared := false
	for range maxAttempts {
		was, r, err := s.current(ctx, id)
		if err != nil {
			return none, err
		}
		e, err := change(was, r)
		if err != nil || len(e.body) == 0 {
			return was, err
		}
		if e.before != nil && !prepared {
			if err := e.before(ctx); err != nil {
				return none, err
			}
			prepared = true
			continue // It has changed the object.
		}
		said, err := s.put(ctx, s.object, id, r.etag, e.body)
		if errors.Is(err, errStale) {
			continue
		}
		if err != nil {
			return none, err
		}
		now, after, err := s.current(ctx, id)
		if err != nil {
			return none, ambiguous(err, "%s %s was written and could not be read back", s.object, id)
		}
		return now, s.lost(e.wanted, now, e.fields, after, said)
	}
	return none, record.Errorf(record.ErrConflict, "others change %s %s at the same time again and again", s.object, id).Advise("Apply again")
}

// current reads one record that must be there.
func (s *objects[T]) current(ctx context.Context, id string) (T, *row, error) {
	var none T
	r, err := s.single(ctx, id)
	if err != nil {
		return none, nil, err
	}
	if r == nil {
		return none, nil, record.Errorf(record.ErrNotFound, "there is no %s %q", record.Define(none.Kind()).Title, id)
	}
	records, err := s.complete(ctx, []row{*r})
	if err != nil {
		return none, nil, err
	}
	return records[0], r, nil
}
