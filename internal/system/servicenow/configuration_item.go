// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// itemStore keeps configuration items. They are created by the engine that identifies them, read in bulk, and changed by id.
type itemStore struct {
	*table[*record.ConfigurationItem]
}

// besides are the columns that make up a status and a class.
var besides = []string{"sys_class_name", "install_status", "operational_status", "sys_created_on"}

func (s *itemStore) list(ctx context.Context, l listing) (rows []row, hidden int, err error) {
	l.fields = append(l.fields, besides...)
	return s.table.list(ctx, l)
}

// Get implements [record.Store].
func (s *itemStore) Get(ctx context.Context, ids []string) (map[string]*record.ConfigurationItem, error) {
	rows, err := s.rows(ctx, ids)
	if err != nil {
		return nil, err
	}
	items, err := s.items(ctx, rows)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*record.ConfigurationItem, len(items))
	for _, item := range items {
		byID[item.ID] = item
	}
	return byID, nil
}

func (s *itemStore) rows(ctx context.Context, ids []string) ([]row, error) {
	asked := *s.table
	asked.more = besides
	return asked.byID(ctx, ids)
}

// items reads rows.
func (s *itemStore) items(ctx context.Context, rows []row) ([]*record.ConfigurationItem, error) {
	if err := s.classes.find(ctx, s.connection, rows); err != nil {
		return nil, err
	}
	items := make([]*record.ConfigurationItem, 0, len(rows))
	for _, r := range rows {
		item := &record.ConfigurationItem{Class: s.classes.of(r), Status: s.setup.statusOf(r)}
		if err := s.fill(r, item); err != nil {
			return nil, err
		}
		item.Canonicalise()
		items = append(items, item)
	}
	return items, nil
}

// Find implements [record.Store].
func (s *itemStore) Find(ctx context.Context, q record.Query) ([]*record.ConfigurationItem, error) {
	asked := s.conditions(q)
	if !q.Gone {
		asked = append(asked, "install_status!="+s.setup.pair(record.StatusRetired)[0]+"^ORinstall_statusISEMPTY")
	}
	var rows []row
	var err error
	if names := itemNames(q.Names); len(names) > 0 {
		l := s.listing(asked)
		l.fields = append(l.fields, besides...)
		rows, _, err = s.listEach(ctx, l, names, func(q query, some []string) query { return q.oneOf([]string{"name"}, some) })
	} else {
		rows, _, err = s.list(ctx, s.listing(asked))
	}
	if err != nil {
		return nil, err
	}
	items, err := s.items(ctx, rows)
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(item *record.ConfigurationItem) bool { return !q.Matches(item) })
	slices.SortFunc(items, func(a, b *record.ConfigurationItem) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(items, func(a, b *record.ConfigurationItem) bool { return a.ID == b.ID }), nil
}

// itemNames are the different names in natural names.
func itemNames(natural []string) []string {
	var names []string
	for _, n := range natural {
		if _, itemName, ok := strings.Cut(n, "/"); ok {
			names = append(names, itemName)
		} else {
			names = append(names, n) // It has no class, so nothing will match.
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pair is install_status and operational_status of a status.
func (u setup) pair(status string) [2]string {
	install, operational, _ := strings.Cut(u.statuses[status], "/")
	return [2]string{install, operational}
}

// statusOf tells the status of a row. A pair that stands for none is read by its install_status, and then by whether it works.
func (u setup) statusOf(r row) string {
	install, operational := r["install_status"], r["operational_status"]
	var closest string
	for _, status := range record.Statuses() {
		pair := u.pair(status)
		if pair == [2]string{install, operational} {
			return status
		}
		if pair[0] == install && closest == "" {
			closest = status
		}
	}
	switch {
	case closest != "":
		return closest
	case operational == u.pair("operational")[1]:
		return "operational"
	}
	return "maintenance"
}
