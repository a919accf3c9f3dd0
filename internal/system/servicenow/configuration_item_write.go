// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Create implements [record.Store].
func (s *itemStore) Create(ctx context.Context, r *record.ConfigurationItem) (*record.ConfigurationItem, error) {
	r = record.Clone(r)
	r.Canonicalise()
	if err := record.Check(r); err != nil {
		return nil, err
	}
	if err := holdable(r.Stack); err != nil {
		return nil, err
	}
	key := keyOf(r.Stack, s.kind, r.NaturalName())
	done, err := s.alone(ctx, key)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.free(ctx, r, key, ""); err != nil {
		return nil, err
	}
	paths := all(r)
	values, err := s.written(ctx, r, paths)
	if err != nil {
		return nil, err
	}
	values[s.column(fieldCorrelation).name], values[s.column(fieldStack).name] = key, r.Stack
	id, inserted, err := s.make(ctx, r, key, values)
	if err != nil {
		return nil, err
	}
	kept, err := s.one(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.claimed(ctx, r, kept, key, inserted); err != nil {
		return nil, err
	}
	if err := s.confirm(kept, r, paths); err != nil {
		return nil, err
	}
	return kept, nil
}

// make adds the item, or takes the one that the engine recognises. What was not inserted was somebody else's before, and is never
// deleted.
func (s *itemStore) make(ctx context.Context, r *record.ConfigurationItem, key string, values map[string]string) (id string, inserted bool, err error) {
	class, err := s.setup.tableOf(r.Class)
	if err != nil {
		return "", false, err
	}
	if s.setup.through == throughTable {
		id, err = s.insert(ctx, class, values)
		return id, err == nil, err
	}
	item := payload{Class: class, Values: values, Source: source{s.setup.source, key}}
	before, err := s.unclaimed(ctx, item, r, key)
	if err != nil {
		return "", false, err
	}
	id, inserted, err = s.reconcile(ctx, item)
	return id, inserted && id != before, err
}

// unclaimed asks the engine which item it would take the new one for. One of somebody else is not taken over; one that nobody has
// claimed, such as a discovered one, is the same thing, and becomes the stack's.
func (s *itemStore) unclaimed(ctx context.Context, item payload, r *record.ConfigurationItem, key string) (string, error) {
	id, err := s.simulate(ctx, item)
	if err != nil || id == "" {
		return "", err
	}
	rows, err := s.rows(ctx, []string{id})
	if err != nil || len(rows) == 0 {
		return id, err
	}
	if holder := rows[0][s.column(fieldCorrelation).name]; holder != "" && holder != key {
		e := record.Errorf(record.ErrConflict, "by its identification rules ServiceNow takes %q for the configuration item %q, whose correlation ID is %q", r.NaturalName(), rows[0]["name"], holder).
			Advise("Give it another name or serial number, or import the item that is there")
		e.ID = id
		return "", e
	}
	return id, s.ours(rows[0])
}

// ours refuses to overwrite attributes that somebody has written by hand.
func (s *itemStore) ours(r row) error {
	text := r[s.column("attributes").name]
	if text == "" || text == "{}" || entriesIn(text) != nil {
		return nil
	}
	e := record.Errorf(record.ErrConflict, "the column %s.%s of %q holds a text that is not a JSON object of attributes", s.name, s.column("attributes").name, r["name"]).On("attributes").
		Advise("Move the text elsewhere, and empty the column")
	e.ID = r["sys_id"]
	return e
}

// claimed makes sure that the item holds the key, and that it is the only one. Without the key it could not be found again, so that
// the next apply would make another.
func (s *itemStore) claimed(ctx context.Context, r, kept *record.ConfigurationItem, key string, inserted bool) error {
	id, c := kept.ID, s.column(fieldCorrelation)
	if kept.CorrelationID == key {
		c = s.column(fieldStack)
	}
	switch {
	case kept.CorrelationID == key && kept.Stack == r.Stack:
		return s.only(ctx, r, key, id, inserted)
	case !inserted:
		return record.Errorf(record.ErrDropped, "ServiceNow recognised %q as the item %s, which was there before, and did not keep %s.%s of it", r.NaturalName(), id, s.name, c.name).On(c.field).
			Advise("Let the source %q write the column in the reconciliation rules, and the account in its access rules (ACL, operation write: %s)", s.setup.source, roleFor[s.name])
	}
	if err := s.remove(ctx, s.name, id); err != nil {
		return record.Errorf(record.ErrDropped, "ServiceNow did not keep %s.%s, and the item %s, which cannot be found again without, could not be deleted", s.name, c.name, id).
			Because(err).On(c.field).Advise("Delete the item, and give the account the right to write the column")
	}
	return s.dropped(c.field, s.name+"."+c.name, kept, r)
}

// only withdraws the item where another process has made one with the same key at the same time, and that one was first. An item
// that was there before loses the key alone.
func (s *itemStore) only(ctx context.Context, r *record.ConfigurationItem, key, id string, inserted bool) error {
	rows, err := s.holders(ctx, key, r.Stack)
	if err != nil || len(rows) < 2 {
		return err
	}
	if eldest(rows, "sys_id"); rows[0]["sys_id"] == id {
		return nil
	}
	if inserted {
		err = s.remove(ctx, s.name, id)
	} else {
		err = s.patch(ctx, s.name, id, map[string]string{s.column(fieldCorrelation).name: "", s.column(fieldStack).name: ""})
	}
	if err != nil {
		return err
	}
	return held(r, rows[0]["sys_id"])
}

// holders are the items that hold a key, retired ones included: they are revived.
func (s *itemStore) holders(ctx context.Context, key, stack string) ([]row, error) {
	correlation, stackColumn := s.column(fieldCorrelation).name, s.column(fieldStack).name
	rows, hidden, err := s.list(ctx, s.listing(query{}.is(correlation, key)))
	if err = cmp.Or(err, unseen(s.name, hidden)); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(r row) bool { return r[correlation] != key || r[stackColumn] != stack }), nil
}

// free says whether another item than the one that is excepted holds the key.
func (s *itemStore) free(ctx context.Context, r *record.ConfigurationItem, key, except string) error {
	rows, err := s.holders(ctx, key, r.Stack)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r["sys_id"] == except })
	if len(rows) == 0 {
		return nil
	}
	eldest(rows, "sys_id")
	return held(r, rows[0]["sys_id"])
}

func held(r record.Record, id string) *record.Error {
	e := record.Errorf(record.ErrConflict, "%q of stack %q exists already", r.NaturalName(), r.Metadata().Stack)
	e.ID = id
	return e
}

// one reads an item that must be there.
func (s *itemStore) one(ctx context.Context, id string) (*record.ConfigurationItem, error) {
	found, err := s.Get(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if item, ok := found[id]; ok {
		return item, nil
	}
	return nil, s.absent(id)
}

// written are the columns of the fields that are named.
func (s *itemStore) written(ctx context.Context, r *record.ConfigurationItem, paths []string) (map[string]string, error) {
	values, err := s.values(ctx, r, paths)
	if err != nil {
		return nil, err
	}
	if named(paths)["status"] {
		pair := s.setup.pair(r.Status)
		values["install_status"], values["operational_status"] = pair[0], pair[1]
	}
	return values, nil
}

// Update implements [record.Store]. It goes to the item by its id and not through the engine, which identifies anew, changes what the
// reconciliation rules allow, and cannot empty a column.
func (s *itemStore) Update(ctx context.Context, r *record.ConfigurationItem, paths []string) (*record.ConfigurationItem, error) {
	rows, err := s.rows(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	items, err := s.items(ctx, rows)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, s.absent(r.ID)
	}
	was, next := items[0], record.Clone(items[0])
	record.Apply(next, record.Clone(r), paths)
	next.Canonicalise()
	if err := check(next, paths); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return was, nil
	}
	if named(paths)["attributes"] {
		if err := s.ours(rows[0]); err != nil {
			return nil, err
		}
	}
	values, err := s.written(ctx, next, paths)
	if err != nil {
		return nil, err
	}
	if err := s.rename(ctx, was, next, values); err != nil {
		return nil, err
	}
	if err := s.patch(ctx, s.name, r.ID, values); err != nil {
		return nil, err
	}
	kept, err := s.one(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return kept, s.confirm(kept, next, paths)
}

// rename gives the item the key of its new name.
func (s *itemStore) rename(ctx context.Context, was, next *record.ConfigurationItem, values map[string]string) error {
	if next.Class != was.Class {
		class, err := s.setup.tableOf(next.Class)
		if err != nil {
			return err
		}
		values["sys_class_name"] = class
	}
	if next.NaturalName() == was.NaturalName() || was.Stack == "" {
		return nil
	}
	key := keyOf(was.Stack, s.kind, next.NaturalName())
	if err := s.free(ctx, next, key, was.ID); err != nil {
		return err
	}
	maps.Copy(values, map[string]string{s.column(fieldCorrelation).name: key})
	return nil
}

// Retire implements [record.Store].
func (s *itemStore) Retire(ctx context.Context, id string, d record.Disposal) error {
	found, err := s.Get(ctx, []string{id})
	if err != nil {
		return err
	}
	item, ok := found[id]
	switch {
	case !ok:
		return nil
	case d == record.Erase:
		return s.erase(ctx, id)
	case record.Gone(item):
		return nil
	}
	item.Retire()
	_, err = s.Update(ctx, item, []string{"status"})
	return err
}

// erase deletes a record that is there, and makes sure of it: an answer that there is none can mean that one must not.
func (t *table[T]) erase(ctx context.Context, id string) error {
	if err := t.remove(ctx, t.name, id); err != nil {
		return err
	}
	rows, err := t.byID(ctx, []string{id})
	if err == nil && len(rows) > 0 {
		return record.Errorf(record.ErrUnauthorized, "the %s is still there after ServiceNow was told to delete it", t.title).
			Advise("Give the account the right to delete records of %s", t.name)
	}
	return err
}
