// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

type item = *record.ConfigurationItem

// itemStore keeps configuration items as assets.
type itemStore struct{ *objects[item] }

func newItemStore(c *connection) *itemStore {
	s := &itemStore{}
	s.objects = &objects[item]{
		connection: c, object: asset, list: assetList, places: itemPlaces(), within: c.inCatalogs, outside: c.outsideCatalogs,
		alive: " AND Status != " + quoted(c.items.to[record.StatusRetired]), complete: s.completed,
	}
	return s
}

func (c *connection) inCatalogs() string {
	var catalogs []string
	for _, catalog := range c.allCatalogs() {
		catalogs = append(catalogs, "Catalog = "+quoted(catalog))
	}
	return anyOf(catalogs)
}

func (c *connection) outsideCatalogs(r *row) error {
	if slices.ContainsFunc(c.allCatalogs(), func(catalog string) bool { return strings.EqualFold(catalog, r.Catalog.Name) }) {
		return nil
	}
	return record.Errorf(record.ErrInvalid, "asset %s is in the catalog %q, which is none of %s", r.ID, r.Catalog, strings.Join(quotedAll(c.allCatalogs()), ", ")).
		Advise("Move the asset back, or name its catalog in the option catalog or catalogs of %s", name)
}

func (s *itemStore) completed(_ context.Context, rows []row) ([]item, error) {
	items := make([]item, len(rows))
	for i := range rows {
		items[i] = s.decoded(&rows[i])
	}
	return items, nil
}

func (s *itemStore) decoded(r *row) item {
	i := &record.ConfigurationItem{Name: r.Name, Status: s.items.ours(r.Status)}
	s.decode(i, r, s.places)
	if i.Class == "" {
		i.Class = s.classIn(r.Catalog.Name)
	}
	i.URL = s.url + "/Asset/Display.html?id=" + i.ID
	i.Canonicalise()
	unfold(i)
	return i
}

// check refuses what RT would not keep of the named fields. Plans have refused it already.
func (s *itemStore) check(i item, fields []string) error {
	if err := s.ownField(i, s.places); err != nil {
		return err
	}
	return refusal(about(fields, append(i.Validate(), refusesItem(i)...)))
}

// ownField refuses an extension in a custom field that is for an attribute.
func (c *connection) ownField(r record.Record, places []place) error {
	for field := range r.Metadata().Extensions {
		for _, p := range append([]place{relationships}, places...) {
			if p.custom != "" && c.custom(p) == field {
				return record.Errorf(record.ErrInvalid, "the custom field %q is for %s", field, p.field).On("extensions." + field).
					Advise("Set the attribute instead")
			}
		}
	}
	return nil
}

// Create implements [record.Store].
func (s *itemStore) Create(ctx context.Context, i item) (item, error) {
	i = record.Clone(i)
	i.Canonicalise()
	fields := filled(i)
	if err := s.check(i, fields); err != nil {
		return nil, err
	}
	custom := map[string]any{s.custom(stack): i.Stack, s.custom(correlation): folded(keyOf(i))}
	s.encode(custom, i, fields, s.places)
	body := map[string]any{"Catalog": s.catalogOf(i.Class), "Name": i.Name, "CustomFields": custom}
	if i.Status != "" {
		body["Status"] = s.items.to[i.Status]
	}
	return settled(s.create(ctx, i, body, fields, s.erase))
}

// settled gives no record beside an error.
func settled[T record.Record](r T, err error) (T, error) {
	if err != nil {
		var none T
		return none, err
	}
	return r, nil
}

// Update implements [record.Store].
func (s *itemStore) Update(ctx context.Context, i item, fields []string) (item, error) {
	return settled(s.update(ctx, i.ID, func(was item, r *row) (edit[item], error) {
		wanted := record.Clone(was)
		record.Apply(wanted, i, fields)
		wanted.Canonicalise()
		changed := record.Changes(was, wanted)
		if len(changed) == 0 {
			return edit[item]{}, nil
		}
		if err := s.check(wanted, changed); err != nil {
			return edit[item]{}, err
		}
		custom := map[string]any{}
		s.encode(custom, wanted, changed, s.places)
		body := map[string]any{}
		if slices.Contains(changed, "name") {
			body["Name"] = wanted.Name
		}
		if slices.Contains(changed, "status") {
			body["Status"] = s.items.to[wanted.Status]
		}
		if catalog := s.catalogOf(wanted.Class); slices.Contains(changed, "class") && catalog != r.Catalog.Name {
			body["Catalog"] = catalog
		}
		if was.NaturalName() != wanted.NaturalName() {
			if err := s.holder(ctx, keyOf(wanted), was.ID); err != nil {
				return edit[item]{}, err
			}
			custom[s.custom(correlation)] = folded(keyOf(wanted))
		}
		if len(custom) > 0 {
			body["CustomFields"] = custom
		}
		return edit[item]{body: body, wanted: wanted, fields: changed}, nil
	}))
}

// Retire implements [record.Store].
func (s *itemStore) Retire(ctx context.Context, id string, d record.Disposal) error {
	r, err := s.single(ctx, id)
	switch {
	case err != nil || r == nil:
		return err
	case d == record.Erase:
		return s.erase(ctx, id)
	case s.items.ours(r.Status) == record.StatusRetired:
		return nil
	}
	_, err = s.Update(ctx, &record.ConfigurationItem{Meta: record.Meta{ID: id}, Status: record.StatusRetired}, []string{"status"})
	return err
}

// erase deletes an asset. RT has no other way for one than a status, and shows who reads it by its number what it was.
func (s *itemStore) erase(ctx context.Context, id string) error {
	said, err := s.put(ctx, asset, id, "", map[string]any{"Status": statusDeleted})
	if err != nil {
		return err
	}
	after, err := s.one(ctx, asset, id)
	if err != nil || after == nil || after.Status == statusDeleted {
		return err
	}
	return record.Errorf(record.ErrUnauthorized, "asset %s was not deleted: %s", id, strings.Join(said, "; ")).
		Advise("Give the account the right ModifyAsset %s, and check that the lifecycle leads from %s to deleted", s.inCatalog(after), after.Status)
}

func (s *itemStore) inCatalog(r *row) string { return fmt.Sprintf("in the catalog %q", r.Catalog) }
