// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// table is where the records of a kind are kept.
type table[T record.Record] struct {
	*connection
	kind    record.Kind
	title   string
	name    string
	columns []column
	// extensions are the columns that configurations may set besides.
	extensions []string
	// more are columns that are read and are no single field.
	more []string
}

func newTable[T record.Record](c *connection, kind record.Kind) *table[T] {
	m := mapped[kind]
	return &table[T]{
		connection: c, kind: kind, title: record.Define(kind).Title, name: m.table,
		columns: c.setup.columnsOf(kind), extensions: c.setup.extensions[m.table],
	}
}

// column is the one of a field.
func (t *table[T]) column(field string) column {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.field == field })
	if i < 0 {
		return column{}
	}
	return t.columns[i]
}

// fields are all columns that a record is read from.
func (t *table[T]) fields() []string {
	fields := []string{"sys_id"}
	for _, c := range t.columns {
		fields = append(fields, c.base())
		if c.name != c.base() {
			fields = append(fields, c.name)
		}
	}
	return slices.Concat(fields, t.more, t.extensions)
}

func (t *table[T]) listing(q query) listing {
	return listing{table: t.name, query: q, fields: t.fields()}
}

// fill reads the columns of a row into a record, and its metadata.
func (t *table[T]) fill(r row, rec T) error {
	for _, c := range t.columns {
		if err := c.read(r, rec); err != nil {
			return err
		}
	}
	m := rec.Metadata()
	m.ID, m.System = r["sys_id"], name
	m.URL = t.url + "/nav_to.do?uri=" + url.QueryEscape(t.name+".do?sys_id="+m.ID)
	if c := t.column(fieldCorrelation); c.name != "" {
		m.CorrelationID = r[c.name]
	}
	stack, err := t.column(fieldStack).text(r)
	if err != nil {
		return err
	}
	m.Stack, m.Extensions = stack, readExtensions(r, t.extensions)
	return nil
}

// byID lists the rows with these ids. A row that exists and cannot be seen is an error, since it is not absent.
func (t *table[T]) byID(ctx context.Context, ids []string) ([]row, error) {
	ids = sysIDs(ids)
	rows, hidden, err := t.listEach(ctx, t.listing(nil), ids, func(q query, some []string) query { return q.in("sys_id", some) })
	if err = cmp.Or(err, unseen(t.name, hidden)); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(r row) bool { return !slices.Contains(ids, r["sys_id"]) }), nil
}

// sysIDs are the different ones that can be ids of an instance.
func sysIDs(ids []string) []string {
	valid := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !isSysID(id) })
	slices.Sort(valid)
	return slices.Compact(valid)
}

// values are what is sent for the fields that are named, by column. References are resolved.
func (t *table[T]) values(ctx context.Context, r record.Record, paths []string) (map[string]string, error) {
	values, err := extensionValues(r.Metadata(), paths, t.extensions, t.name)
	if err != nil {
		return nil, err
	}
	fields := named(paths)
	for _, c := range t.columns {
		if !fields[c.field] || c.fixed {
			continue
		}
		value := c.written(r)
		if c.table != "" {
			if value, err = t.references.resolve(ctx, t.connection, c, value); err != nil {
				return nil, err
			}
		}
		values[c.base()] = value
	}
	return values, nil
}

// conditions narrow a listing down by what a query asks for. What cannot be asked for is sorted out by [record.Query.Matches].
func (t *table[T]) conditions(q record.Query) query {
	var asked query
	if q.Stack != "" {
		asked = asked.is(t.column(fieldStack).name, q.Stack)
	}
	for field, value := range q.Where {
		c := t.column(field)
		if f, ok := record.FieldNamed(record.Define(t.kind).New(), field); !ok || f.Type == record.TimeType || f.IsMap() || c.name == "" || value == "" {
			continue
		}
		if theirs, ok := c.values[value]; ok {
			value = theirs
		}
		asked = asked.is(c.name, value)
	}
	return asked
}

// absent is the error where a record that is to be changed is not there.
func (t *table[T]) absent(id string) *record.Error {
	return record.Errorf(record.ErrNotFound, "there is no %s with sys_id %q in ServiceNow, or access rules hide it", t.title, id)
}

// confirm compares what was written with what is there now. The instance answers success to a write that an access rule, a business
// rule or a data policy has undone.
func (t *table[T]) confirm(kept, wanted record.Record, paths []string) error {
	fields := named(paths)
	for _, path := range record.Changes(wanted, kept) {
		field, key, entry := strings.Cut(path, ".")
		if !fields[field] || entry && !slices.Contains(paths, path) && !slices.Contains(paths, field) {
			continue
		}
		c := t.column(field)
		where := t.name + "." + c.base()
		switch {
		case field == "extensions":
			where = t.name + "." + key
		case c.name == "":
			where = t.name + " (" + strings.ReplaceAll(elsewhere[t.kind][field], "`", "") + ")"
		}
		return t.dropped(path, where, kept, wanted)
	}
	return nil
}

func (t *table[T]) dropped(path, where string, kept, wanted record.Record) error {
	const limit = 60
	has, _ := record.Text(kept, path)
	wants, _ := record.Text(wanted, path)
	e := record.Errorf(record.ErrDropped, "ServiceNow answered that it has written %s, and it has not", where).On(path)
	if has != "" && strings.HasPrefix(wants, has) {
		return e.Advise("It kept the first %d characters only: the column %s is too short for the value. Have its maximum length raised in the dictionary, or shorten the value", len([]rune(has)), where)
	}
	if r := []rune(has); len(r) > limit {
		has = string(r[:limit]) + "…"
	}
	return e.Advise("It holds %q. Most often an access rule (ACL, operation write) on %s wants a role that the account lacks: %s. It can also be a business rule, a reconciliation rule or a data policy", has, where, roleFor[t.name])
}

// roleFor are the roles out of the box that let an account write a table.
var roleFor = map[string]string{
	tableItems: "itil or asset", tableRelationships: "itil or asset", tableChanges: "sn_change_write or itil",
}
