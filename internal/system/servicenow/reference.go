// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"strings"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// references remembers what names refer to, for as long as the connection lives.
type references struct {
	known sync.Map // of reference to sys_id
}

type reference struct{ table, column, value string }

// others are the columns by which people also call what is referred to. They help with the wording of an error only: what is read
// back must be what was written, so a configuration uses the one column that the record is read by.
var others = map[string][]string{"sys_user": {"name", "email"}}

// resolve finds the sys_id that a column of references is to have. An empty name empties the column.
func (r *references) resolve(ctx context.Context, c *connection, col column, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	_, key, _ := strings.Cut(col.name, ".")
	wanted := reference{col.table, key, value}
	if id, ok := r.known.Load(wanted); ok {
		return id.(string), nil
	}
	if !askable(value) {
		return "", record.Errorf(record.ErrInvalid, "%q cannot be the %s of a record of %s that ServiceNow can be asked for", value, key, col.table).On(col.field)
	}
	keys := append([]string{key}, others[col.table]...)
	rows, hidden, err := c.list(ctx, listing{
		table: col.table, query: query{}.oneOf(keys, []string{value}), fields: append([]string{"sys_id"}, keys...),
	})
	if err != nil {
		return "", err
	}
	id, err := chosen(col, key, value, rows)
	if err != nil {
		if hidden > 0 {
			return "", record.Errorf(record.ErrUnauthorized, "a record of %s that is called %q is not shown to the account", col.table, value).On(col.field).
				Advise("Give the account the right to read %s", col.table)
		}
		return "", err
	}
	r.known.Store(wanted, id)
	return id, nil
}

// chosen is the one row that is called so.
func chosen(col column, key, value string, rows []row) (string, error) {
	var ids, also []string
	for _, r := range rows {
		switch {
		case r[key] == value && isSysID(r["sys_id"]):
			ids = append(ids, r["sys_id"])
		case called(r, col.table, value):
			also = append(also, r[key])
		}
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", record.Errorf(record.ErrInvalid, "there are %d records of %s whose %s is %q", len(ids), col.table, key, value).On(col.field).
			Advise("Have the names made different in ServiceNow, or keep the field as text in a column of its own: see the option columns")
	case len(also) > 0:
		return "", record.Errorf(record.ErrInvalid, "%q is not a %s of %s", value, key, col.table).On(col.field).
			Advise("Write it as ServiceNow's %s: %s", key, strings.Join(also, " or "))
	}
	return "", record.Errorf(record.ErrInvalid, "ServiceNow has no record of %s whose %s is %q, or access rules hide it", col.table, key, value).On(col.field).
		Advise("Add it in ServiceNow or correct the spelling, or keep the field as text in a column of its own: see the option columns")
}

func called(r row, table, value string) bool {
	for _, column := range others[table] {
		if strings.EqualFold(r[column], value) {
			return true
		}
	}
	return false
}
