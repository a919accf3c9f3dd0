// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

type relationship = *record.Relationship

// relationshipStore keeps relationships at their parents. RT knows three types of links only, so the type itself is in a custom
// field. The link beside it is for people; one that somebody has removed has ended the relationship.
type relationshipStore struct{ items *itemStore }

// linkKind is a kind of link, as RT writes and shows it on the parent.
type linkKind struct{ field, ref string }

func kindOfLink(typ string) linkKind {
	switch typ {
	case "depends_on", "hosted_on", "runs_on":
		return linkKind{"DependsOn", "depends-on"}
	case "contains":
		return linkKind{"Members", "child"}
	default:
		return linkKind{"RefersTo", "refers-to"}
	}
}

// relation is a value of the custom field: "<type> <child> <stack>".
type relation struct{ typ, child, stack string }

func (r relation) String() string { return r.typ + " " + r.child + " " + r.stack }

// relations reads those values. What is none is kept and not shown.
func (s *relationshipStore) relations(r *row) (known []relation, all []string) {
	all = r.CustomFields[s.items.custom(relationships)]
	for _, value := range all {
		typ, rest, _ := strings.Cut(value, " ")
		child, stack, ok := strings.Cut(rest, " ")
		if _, numeric := number(child); ok && numeric && slices.Contains(record.RelationshipTypes(), typ) {
			known = append(known, relation{typ, child, stack})
		}
	}
	return known, all
}

// of lists the relationships of which an asset is the parent.
func (s *relationshipStore) of(r *row) []relationship {
	known, _ := s.relations(r)
	var found []relationship
	for _, k := range known {
		if !slices.Contains(r.linked(kindOfLink(k.typ).ref, asset), k.child) {
			continue
		}
		one := &record.Relationship{ParentID: string(r.ID), ChildID: k.child, Type: k.typ}
		one.System, one.Stack, one.ID = name, k.stack, one.NaturalName()
		one.CorrelationID = keyOf(one)
		one.URL = s.items.url + "/Asset/Display.html?id=" + one.ParentID
		found = append(found, one)
	}
	return found
}

// parsed is the relationship that an id names; nil where it names none.
func parsed(id string) relationship {
	part := strings.Split(id, "/")
	if len(part) != 3 {
		return nil
	}
	return &record.Relationship{Meta: record.Meta{ID: id}, ParentID: part[0], Type: part[1], ChildID: part[2]}
}

// Get implements [record.Store].
func (s *relationshipStore) Get(ctx context.Context, ids []string) (map[string]relationship, error) {
	var parents []string
	for _, id := range ids {
		if r := parsed(id); r != nil {
			parents = append(parents, r.ParentID)
		}
	}
	rows, err := s.items.rows(ctx, linkedList, parents)
	if err != nil {
		return nil, err
	}
	found := map[string]relationship{}
	for i := range rows {
		for _, r := range s.of(&rows[i]) {
			if slices.Contains(ids, r.ID) {
				found[r.ID] = r
			}
		}
	}
	return found, nil
}

// Find implements [record.Store].
func (s *relationshipStore) Find(ctx context.Context, q record.Query) ([]relationship, error) {
	field := "CF.{" + s.items.custom(relationships) + "}"
	condition := field + " IS NOT NULL"
	if q.Stack != "" && len(q.Stack) < maxSearched {
		condition = field + " LIKE " + quoted(q.Stack)
	}
	rows, err := s.items.search(ctx, linkedList, s.items.inCatalogs()+" AND "+condition)
	if err != nil {
		return nil, err
	}
	var found []relationship
	for i := range rows {
		found = append(found, s.of(&rows[i])...)
	}
	found = slices.DeleteFunc(found, func(r relationship) bool { return !q.Matches(r) })
	slices.SortFunc(found, func(a, b relationship) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

// Create implements [record.Store].
func (s *relationshipStore) Create(ctx context.Context, r relationship) (relationship, error) {
	if err := record.Check(r); err != nil {
		return nil, err
	}
	if !slices.Contains(record.RelationshipTypes(), r.Type) {
		return nil, record.Errorf(record.ErrInvalid, "must be one of %s in %s, is %q", strings.Join(record.RelationshipTypes(), ", "), title, r.Type).On("type")
	}
	if err := s.endsLive(ctx, r); err != nil {
		return nil, err
	}
	entry := relation{r.Type, r.ChildID, r.Stack}
	return s.rewrite(ctx, r, func(parent *row, all []string) ([]string, error) {
		known, _ := s.relations(parent)
		for _, k := range known {
			if k.typ != r.Type || k.child != r.ChildID {
				continue
			}
			if slices.Contains(parent.linked(kindOfLink(k.typ).ref, asset), k.child) {
				e := record.Errorf(record.ErrConflict, "asset %s has this relationship already, of stack %q", r.ParentID, k.stack)
				e.ID = r.NaturalName()
				return nil, e
			}
			all = slices.DeleteFunc(all, func(v string) bool { return v == k.String() }) // Somebody has removed its link.
		}
		return append(all, entry.String()), nil
	})
}

// endsLive refuses ends that are no live configuration items.
func (s *relationshipStore) endsLive(ctx context.Context, r relationship) error {
	found, err := s.items.Get(ctx, []string{r.ParentID, r.ChildID})
	if err != nil {
		return err
	}
	for _, end := range []struct{ field, id string }{{"parent_id", r.ParentID}, {"child_id", r.ChildID}} {
		if i, ok := found[end.id]; !ok || record.Gone(i) {
			return record.Errorf(record.ErrNotFound, "there is no live configuration item with id %q in %s", end.id, title).On(end.field).
				Advise("Refer to the id attribute of an infraops_cmdb_configuration_item")
		}
	}
	return nil
}

// rewrite changes the values of the parent's custom field, and the link beside them, in one request. It returns the relationship
// as it is then; nil where it is no more.
func (s *relationshipStore) rewrite(ctx context.Context, r relationship, change func(parent *row, all []string) ([]string, error)) (relationship, error) {
	c := s.items
	release, err := c.lock(ctx, asset, r.ParentID)
	if err != nil {
		return nil, err
	}
	defer release()
	for range maxAttempts {
		_, parent, err := c.current(ctx, r.ParentID)
		if err != nil {
			return nil, err
		}
		_, all := s.relations(parent)
		wanted, err := change(parent, slices.Clone(all))
		if err != nil {
			return nil, err
		}
		body := map[string]any{"CustomFields": map[string]any{c.custom(relationships): wanted}}
		k := kindOfLink(r.Type)
		linked, want := slices.Contains(parent.linked(k.ref, asset), r.ChildID), needsLink(wanted, k, r.ChildID)
		switch {
		case want && !linked:
			body["Add"+k.field] = []string{asset + ":" + r.ChildID}
		case linked && !want:
			body["Delete"+k.field] = []string{asset + ":" + r.ChildID}
		}
		said, err := c.put(ctx, asset, r.ParentID, parent.etag, body)
		if errors.Is(err, errStale) {
			continue
		}
		if err != nil {
			return nil, err
		}
		expected := slices.ContainsFunc(wanted, func(v string) bool { return strings.HasPrefix(v, r.Type+" "+r.ChildID+" ") })
		return s.rewritten(ctx, r, expected, said)
	}
	return nil, record.Errorf(record.ErrConflict, "others change asset %s at the same time again and again", r.ParentID).Advise("Apply again")
}

// needsLink says whether a value wants the link.
func needsLink(values []string, k linkKind, child string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		typ, rest, _ := strings.Cut(v, " ")
		to, _, _ := strings.Cut(rest, " ")
		return to == child && kindOfLink(typ) == k
	})
}

// rewritten reads the relationship back, and judges what RT has made of it.
func (s *relationshipStore) rewritten(ctx context.Context, r relationship, expected bool, said []string) (relationship, error) {
	_, parent, err := s.items.current(ctx, r.ParentID)
	if err != nil {
		return nil, ambiguous(err, "asset %s was written and could not be read back", r.ParentID)
	}
	id := r.NaturalName()
	for _, kept := range s.of(parent) {
		if kept.ID == id {
			return kept, nil
		}
	}
	if !expected {
		return nil, nil
	}
	e := record.Errorf(record.ErrDropped, "asset %s did not keep the relationship to %s: %s answered %q", r.ParentID, r.ChildID, title, strings.Join(said, "; ")).On("type")
	if _, visible := parent.CustomFields[s.items.custom(relationships)]; !visible {
		return nil, e.Advise("%s", s.items.missingField(s.items.custom(relationships), s.items.inCatalog(parent)))
	}
	return nil, e.Advise("Give the account the rights ModifyAsset and ModifyCustomField in the catalogs of both assets")
}

// Update implements [record.Store]. What makes up a relationship makes up its name, so there is nothing to update.
func (s *relationshipStore) Update(ctx context.Context, r relationship, fields []string) (relationship, error) {
	found, err := s.Get(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	kept, ok := found[r.ID]
	if !ok {
		return nil, record.Errorf(record.ErrNotFound, "there is no relationship %q", r.ID)
	}
	wanted := record.Clone(kept)
	record.Apply(wanted, r, fields)
	if changed := record.Changes(kept, wanted); len(changed) > 0 {
		return nil, record.Errorf(record.ErrUnsupported, "a relationship in %s is not edited", title).On(changed[0]).
			Advise("Replace the relationship: remove this one and make another")
	}
	return kept, nil
}

// Retire implements [record.Store]. RT's history of the parent is the evidence.
func (s *relationshipStore) Retire(ctx context.Context, id string, _ record.Disposal) error {
	found, err := s.Get(ctx, []string{id})
	if err != nil || found[id] == nil {
		return err
	}
	left, err := s.rewrite(ctx, found[id], func(_ *row, all []string) ([]string, error) {
		return slices.DeleteFunc(all, func(v string) bool {
			return strings.HasPrefix(v, found[id].Type+" "+found[id].ChildID+" ")
		}), nil
	})
	if err == nil && left != nil {
		err = record.Errorf(record.ErrUnauthorized, "asset %s has kept the relationship to %s", left.ParentID, left.ChildID).
			Advise("Give the account the rights ModifyAsset and ModifyCustomField in the catalogs of both assets")
	}
	if errors.Is(err, record.ErrNotFound) {
		return nil // The parent has gone, and its relationships with it.
	}
	return err
}
