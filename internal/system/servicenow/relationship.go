// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// relationshipStore keeps relationships in cmdb_rel_ci. A relationship has no name of its own: two items and a type are its key,
// which the instance does not keep unique.
type relationshipStore struct {
	*table[*record.Relationship]
	items *itemStore
}

var relationshipBesides = []string{"sys_created_on"}

// Get implements [record.Store].
func (s *relationshipStore) Get(ctx context.Context, ids []string) (map[string]*record.Relationship, error) {
	rows, err := s.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*record.Relationship, len(rows))
	for _, r := range rows {
		if byID[r["sys_id"]], err = s.read(r); err != nil {
			return nil, err
		}
	}
	return byID, nil
}

func (s *relationshipStore) read(r row) (*record.Relationship, error) {
	rel := &record.Relationship{}
	if err := s.fill(r, rel); err != nil {
		return nil, err
	}
	if rel.Stack != "" {
		rel.CorrelationID = record.CorrelationKey(rel.Stack, s.kind, rel.NaturalName())
	}
	return rel, nil
}

// Find implements [record.Store].
func (s *relationshipStore) Find(ctx context.Context, q record.Query) ([]*record.Relationship, error) {
	asked := s.conditions(q)
	var parents []string
	for _, n := range q.Names {
		parent, _, _ := strings.Cut(n, "/")
		parents = append(parents, parent)
	}
	var rows []row
	var err error
	if parents = sysIDs(parents); len(parents) > 0 {
		rows, _, err = s.listEach(ctx, s.listing(asked), parents, func(q query, some []string) query { return q.in("parent", some) })
	} else if len(q.Names) == 0 {
		rows, _, err = s.list(ctx, s.listing(asked))
	}
	if err != nil {
		return nil, err
	}
	found := make([]*record.Relationship, 0, len(rows))
	for _, r := range rows {
		rel, err := s.read(r)
		if err != nil {
			return nil, err
		}
		if q.Matches(rel) {
			found = append(found, rel)
		}
	}
	slices.SortFunc(found, func(a, b *record.Relationship) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

// Create implements [record.Store].
func (s *relationshipStore) Create(ctx context.Context, r *record.Relationship) (*record.Relationship, error) {
	r = record.Clone(r)
	if err := record.Check(r); err != nil {
		return nil, err
	}
	if err := holdable(r.Stack); err != nil {
		return nil, err
	}
	done, err := s.alone(ctx, record.CorrelationKey(r.Stack, s.kind, r.NaturalName()))
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.endsLive(ctx, r); err != nil {
		return nil, err
	}
	holders, err := s.holders(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(holders) > 0 {
		return nil, held(r, holders[0]["sys_id"])
	}
	paths := all(r)
	values, err := s.values(ctx, r, paths)
	if err != nil {
		return nil, err
	}
	values[s.column(fieldStack).name] = r.Stack
	id, err := s.insert(ctx, s.name, values)
	if err != nil {
		return nil, err
	}
	return s.made(ctx, r, id, paths)
}

// made confirms that the relationship is there as it was sent, and that no other process has made the same one before.
func (s *relationshipStore) made(ctx context.Context, r *record.Relationship, id string, paths []string) (*record.Relationship, error) {
	found, err := s.Get(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	kept, ok := found[id]
	if !ok {
		return nil, s.absent(id)
	}
	if kept.Stack != r.Stack {
		if err := s.remove(ctx, s.name, id); err != nil {
			return nil, err
		}
		return nil, s.dropped(fieldStack, s.name+"."+s.column(fieldStack).name, kept, r)
	}
	if err := s.confirm(kept, r, paths); err != nil {
		return nil, err
	}
	holders, err := s.holders(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(holders) > 0 && holders[0]["sys_id"] != id {
		if err := s.remove(ctx, s.name, id); err != nil {
			return nil, err
		}
		return nil, held(r, holders[0]["sys_id"])
	}
	return kept, nil
}

// holders are the rows of the same relationship of the stack, the eldest first.
func (s *relationshipStore) holders(ctx context.Context, r *record.Relationship) ([]row, error) {
	l := s.listing(query{}.is("parent", r.ParentID).is("child", r.ChildID))
	l.fields = append(l.fields, relationshipBesides...)
	rows, hidden, err := s.list(ctx, l)
	if err = cmp.Or(err, unseen(s.name, hidden)); err != nil {
		return nil, err
	}
	var holders []row
	for _, found := range rows {
		rel, err := s.read(found)
		if err != nil {
			return nil, err
		}
		if rel.NaturalName() == r.NaturalName() && rel.Stack == r.Stack {
			holders = append(holders, found)
		}
	}
	eldest(holders, "sys_id")
	return holders, nil
}

// endsLive refuses a relationship to what is not there, or retired: the instance would keep a reference to nothing.
func (s *relationshipStore) endsLive(ctx context.Context, r *record.Relationship) error {
	items, err := s.items.Get(ctx, []string{r.ParentID, r.ChildID})
	if err != nil {
		return err
	}
	for _, end := range []struct{ field, id string }{{"parent_id", r.ParentID}, {"child_id", r.ChildID}} {
		item, ok := items[end.id]
		switch {
		case !ok:
			return record.Errorf(record.ErrNotFound, "there is no configuration item with sys_id %q in ServiceNow", end.id).On(end.field).
				Advise("Refer to the id attribute of an infraops_cmdb_configuration_item")
		case record.Gone(item):
			return record.Errorf(record.ErrNotFound, "configuration item %q (sys_id %s) is retired", item.NaturalName(), end.id).On(end.field).
				Advise("Refer to a live configuration item, or remove the relationship")
		}
	}
	return nil
}

// Update implements [record.Store].
func (s *relationshipStore) Update(ctx context.Context, r *record.Relationship, paths []string) (*record.Relationship, error) {
	found, err := s.Get(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	was, ok := found[r.ID]
	if !ok {
		return nil, s.absent(r.ID)
	}
	next := record.Clone(was)
	record.Apply(next, record.Clone(r), paths)
	if err := check(next, paths); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return was, nil
	}
	if next.NaturalName() != was.NaturalName() {
		if err := s.endsLive(ctx, next); err != nil {
			return nil, err
		}
	}
	values, err := s.values(ctx, next, paths)
	if err != nil {
		return nil, err
	}
	if err := s.patch(ctx, s.name, r.ID, values); err != nil {
		return nil, err
	}
	if found, err = s.Get(ctx, []string{r.ID}); err != nil {
		return nil, err
	}
	kept, ok := found[r.ID]
	if !ok {
		return nil, s.absent(r.ID)
	}
	return kept, s.confirm(kept, next, paths)
}

// Retire implements [record.Store]. A relationship that is no longer true has no evidence to give: it is deleted in either case.
func (s *relationshipStore) Retire(ctx context.Context, id string, _ record.Disposal) error {
	found, err := s.Get(ctx, []string{id})
	if err != nil || found[id] == nil {
		return err
	}
	return s.erase(ctx, id)
}
