// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// changeStore keeps change requests. What hangs on them, such as approvals and affected items, is read for many at once.
type changeStore struct {
	*table[*record.ChangeRequest]
	items *itemStore
}

// change is a change request with what it was read from.
type change struct {
	*record.ChangeRequest
	row       row
	approvals []approval
	affected  []row
}

// changeBesides are the columns that are no single field.
var changeBesides = []string{"cmdb_ci", "approval", "sys_created_on"}

// Get implements [record.Store].
func (s *changeStore) Get(ctx context.Context, ids []string) (map[string]*record.ChangeRequest, error) {
	changes, err := s.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*record.ChangeRequest, len(changes))
	for _, c := range changes {
		byID[c.ID] = c.ChangeRequest
	}
	return byID, nil
}

// load reads changes by id, and their files as they are now.
func (s *changeStore) load(ctx context.Context, ids []string) ([]*change, error) {
	asked := *s.table
	asked.more = changeBesides
	rows, err := asked.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	changes, err := s.read(ctx, rows, "")
	if err != nil {
		return nil, err
	}
	if err := s.verifyFiles(ctx, changes); err != nil {
		return nil, err
	}
	for _, c := range changes {
		c.Canonicalise()
	}
	return changes, nil
}

// one loads a change that must be there.
func (s *changeStore) one(ctx context.Context, id string) (*change, error) {
	changes, err := s.load(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return nil, s.absent(id)
	}
	return changes[0], nil
}

// read makes changes of rows. Where all are of one stack, what hangs on them is asked for by stack: that takes as many requests for a
// thousand as for one.
func (s *changeStore) read(ctx context.Context, rows []row, stack string) ([]*change, error) {
	changes := make([]*change, 0, len(rows))
	byID := map[string]*change{}
	for _, r := range rows {
		c := &change{ChangeRequest: &record.ChangeRequest{}, row: r}
		if err := s.fill(r, c.ChangeRequest); err != nil {
			return nil, err
		}
		c.Attachments = unpacked(r[s.column("attachments").name])
		if c.State != record.ChangeClosed {
			c.Outcome, c.CloseNotes, c.Evidence, c.ClosedAt = "", "", nil, time.Time{}
		}
		s.stacks.Store(c.ID, c.Stack)
		changes, byID[c.ID] = append(changes, c), c
	}
	affected, err := s.hanging(ctx, listing{table: "task_ci", fields: []string{"sys_id", "task", "ci_item"}}, "task", rows, stack)
	if err != nil {
		return nil, err
	}
	for _, r := range affected {
		if c := byID[r["task"]]; c != nil {
			c.affected = append(c.affected, r)
		}
	}
	approvals, err := s.approvalsOf(ctx, rows, stack)
	if err != nil {
		return nil, err
	}
	for _, a := range approvals {
		if c := byID[a.change]; c != nil {
			c.approvals = append(c.approvals, a)
		}
	}
	for _, c := range changes {
		c.ConfigurationItemIDs = c.itemIDs()
		if _, shown := c.row["requested_by"]; !shown {
			return nil, notShown(s.name + ".requested_by")
		}
		superseded, err := s.superseded(c.row)
		if err != nil {
			return nil, err
		}
		c.Approval = c.standing(superseded)
		c.Canonicalise()
	}
	return changes, nil
}

// few is how many changes are asked about by id. More of one stack are asked about by stack.
const few = 30

// hanging lists the rows that refer to changes.
func (s *changeStore) hanging(ctx context.Context, l listing, reference string, changes []row, stack string) ([]row, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	if stack != "" && len(changes) > few {
		l.query = l.query.is(reference+"."+s.column(fieldStack).name, stack)
		rows, hidden, err := s.list(ctx, l)
		return rows, cmp.Or(err, unseen(l.table, hidden))
	}
	ids := make([]string, len(changes))
	for i, r := range changes {
		ids[i] = r["sys_id"]
	}
	rows, hidden, err := s.listEach(ctx, l, ids, func(q query, some []string) query { return q.in(reference, some) })
	return rows, cmp.Or(err, unseen(l.table, hidden))
}

// unseen is the error where rows exist that would change the answer, and are not shown; nil where there are none.
func unseen(table string, hidden int) error {
	if hidden == 0 {
		return nil
	}
	return record.Errorf(record.ErrUnauthorized, "%d records of %s that matter here exist and are not shown to the account", hidden, table).
		Advise("Give the account the right to read them: an access rule of %s hides them", table)
}

// itemIDs are the affected items and the one that the change names itself.
func (c *change) itemIDs() []string {
	var ids []string
	if id := c.row["cmdb_ci"]; id != "" {
		ids = append(ids, id)
	}
	for _, r := range c.affected {
		if r["ci_item"] != "" {
			ids = append(ids, r["ci_item"])
		}
	}
	return ids
}

// Find implements [record.Store].
func (s *changeStore) Find(ctx context.Context, q record.Query) ([]*record.ChangeRequest, error) {
	rows, err := s.search(ctx, q)
	if err != nil {
		return nil, err
	}
	changes, err := s.read(ctx, rows, q.Stack)
	if err != nil {
		return nil, err
	}
	var found []*record.ChangeRequest
	for _, c := range changes {
		if q.Matches(c.ChangeRequest) {
			found = append(found, c.ChangeRequest)
		}
	}
	slices.SortFunc(found, func(a, b *record.ChangeRequest) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(found, func(a, b *record.ChangeRequest) bool { return a.ID == b.ID }), nil
}

func (s *changeStore) search(ctx context.Context, q record.Query) ([]row, error) {
	l := s.listing(s.conditions(q))
	l.fields = append(l.fields, changeBesides...)
	if len(q.Names) == 0 {
		rows, _, err := s.list(ctx, l)
		return rows, err
	}
	var names []string
	for _, n := range q.Names {
		names = append(names, n)
		if i := strings.LastIndex(n, "#"); i > 0 { // What follows is of the triggers.
			names = append(names, n[:i])
		}
	}
	slices.Sort(names)
	columns := []string{s.column("name").name, s.column("summary").name}
	rows, _, err := s.listEach(ctx, l, slices.Compact(names), func(q query, some []string) query { return q.oneOf(columns, some) })
	return rows, err
}
