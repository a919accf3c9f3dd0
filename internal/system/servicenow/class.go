// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// classes remembers which class of ours a table stands for.
type classes struct {
	ours sync.Map // of table to class
}

// tableOf is the table of a class.
func (u setup) tableOf(class string) (string, error) {
	if table, ok := u.classes[class]; ok {
		return table, nil
	}
	if strings.HasPrefix(class, "cmdb_ci") || strings.HasPrefix(class, "u_") || strings.HasPrefix(class, "x_") {
		return class, nil
	}
	return "", record.Errorf(record.ErrInvalid, "%q is no class that ServiceNow has a table for", class).On("class").
		Advise("Give it one in the provider block: servicenow = { classes = { %s = \"cmdb_ci_...\" } }", class)
}

// tableTables is the table of tables.
const tableTables = "sys_db_object"

// levels is how many generations of a table are looked at for one that has a class.
const levels = 7

// find tells the classes of tables. Discovery moves an item to a more special table when it learns what it is, such as from
// cmdb_ci_server to cmdb_ci_linux_server: for a configuration it is still what it was.
func (k *classes) find(ctx context.Context, c *connection, rows []row) error {
	byTable := map[string]string{}
	for class, table := range c.setup.classes {
		byTable[table] = class
	}
	var unknown []string
	for _, r := range rows {
		table := r["sys_class_name"]
		if _, ok := k.ours.Load(table); ok {
			continue
		}
		if class, ok := byTable[table]; ok {
			k.ours.Store(table, class)
		} else if isName(table) && !slices.Contains(unknown, table) {
			unknown = append(unknown, table)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	learned, err := c.generations(ctx, unknown, byTable)
	if err != nil {
		return err
	}
	for _, table := range unknown {
		k.ours.Store(table, learned[table])
	}
	return nil
}

// generations asks which tables others extend, and returns the class of each of them: that of the closest table that has one, or else
// its own name. A table that is not shown is an error: a class that is guessed would replace the item.
func (c *connection) generations(ctx context.Context, tables []string, byTable map[string]string) (map[string]string, error) {
	fields := []string{"sys_id"}
	for level := range levels {
		fields = append(fields, strings.Repeat("super_class.", level)+"name")
	}
	found, hidden, err := c.listEach(ctx, listing{table: tableTables, fields: fields}, tables, func(q query, some []string) query { return q.in("name", some) })
	var refused *record.Error
	switch {
	case errors.As(err, &refused) && isReason(err, record.ErrUnauthorized) && !refused.Everything:
		return nil, again(refused, record.ErrUnauthorized, refused.Answer, adviceTables)
	case err != nil:
		return nil, err
	case hidden > 0:
		return nil, untold(tables)
	}
	learned := map[string]string{}
	for _, r := range found {
		if r["super_class.name"] == "" {
			continue // Each table of items extends another one, so that this is hidden.
		}
		learned[r["name"]] = r["name"]
		for _, path := range fields[1:] {
			if class, ok := byTable[r[path]]; ok {
				learned[r["name"]] = class
				break
			}
		}
	}
	if missing := slices.DeleteFunc(slices.Clone(tables), func(table string) bool { return learned[table] != "" }); len(missing) > 0 {
		return nil, untold(missing)
	}
	return learned, nil
}

const adviceTables = "Give the account read on " + tableTables + ", which says of which class an item is whose table is a special one"

func untold(tables []string) error {
	return record.Errorf(record.ErrUnauthorized, "%s does not show the account the tables %s, which items are in", tableTables, strings.Join(tables, ", ")).Advise(adviceTables)
}

// of is the class of a row that find has seen.
func (k *classes) of(r row) string {
	if class, ok := k.ours.Load(r["sys_class_name"]); ok {
		return class.(string)
	}
	return r["sys_class_name"]
}
