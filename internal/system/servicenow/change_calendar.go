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

// Calendar implements [record.ConflictFinder]: the open changes of all stacks, and of people, that have a window. Freezes and
// downtimes are not kept here.
func (s *changeStore) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k record.ConflictKind) bool { return k != record.ConflictChange })
	return record.CalendarOf(ctx, record.Stores{record.KindChangeRequest: planned{changes: s}}, kinds...)
}

// planned are the open changes that have a window, as far as a calendar is concerned.
type planned struct {
	record.Store[record.Record]
	changes *changeStore
}

// Find lists them. What was decided about them takes no time, so it is not asked for.
func (p planned) Find(ctx context.Context, _ record.Query) ([]record.Record, error) {
	s := p.changes
	l := s.listing(query{"stateIN" + strings.Join(openStates(), ","), s.column("planned_start").name + "ISNOTEMPTY", s.column("planned_end").name + "ISNOTEMPTY"})
	l.fields = append(l.fields, changeBesides...)
	rows, hidden, err := s.list(ctx, l)
	if err = cmp.Or(err, unseen(s.name, hidden)); err != nil || len(rows) == 0 {
		return nil, err
	}
	affected, err := s.affectedByOpen(ctx, rows)
	if err != nil {
		return nil, err
	}
	var found []record.Record
	for _, r := range rows {
		c := &change{ChangeRequest: &record.ChangeRequest{}, row: r, affected: affected[r["sys_id"]]}
		if err := s.fill(r, c.ChangeRequest); err != nil {
			return nil, err
		}
		c.ConfigurationItemIDs = c.itemIDs()
		c.Canonicalise()
		found = append(found, c.ChangeRequest)
	}
	return found, nil
}

// affectedByOpen are the affected items of open changes, by change.
func (s *changeStore) affectedByOpen(ctx context.Context, changes []row) (map[string][]row, error) {
	l := listing{table: "task_ci", fields: []string{"sys_id", "task", "ci_item"}}
	var rows []row
	var err error
	if len(changes) > few {
		var hidden int
		l.query = query{"task.active=true", "task.sys_class_name=" + tableChanges}
		rows, hidden, err = s.list(ctx, l)
		err = cmp.Or(err, unseen(l.table, hidden))
	} else {
		rows, err = s.hanging(ctx, l, "task", changes, "")
	}
	byChange := map[string][]row{}
	for _, r := range rows {
		byChange[r["task"]] = append(byChange[r["task"]], r)
	}
	return byChange, err
}

func openStates() []string {
	var open []string
	for state, value := range states {
		if c := (&record.ChangeRequest{State: record.ChangeState(state)}); c.Open() {
			open = append(open, value)
		}
	}
	slices.Sort(open)
	return open
}
