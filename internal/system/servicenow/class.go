// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
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
			continue
		}
		k.ours.Store(table, table) // Until something better is known.
		if isName(table) {
			unknown = append(unknown, table)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	fields := []string{"sys_id"}
	for level := range levels {
		fields = append(fields, strings.Repeat("super_class.", level)+"name")
	}
	found, _, err := c.listEach(ctx, listing{table: "sys_db_object", fields: fields}, unknown, func(q query, some []string) query { return q.in("name", some) })
	if err != nil && !isReason(err, record.ErrUnauthorized) {
		return err
	}
	for _, r := range found {
		for _, path := range fields[1:] {
			if class, ok := byTable[r[path]]; ok {
				k.ours.Store(r["name"], class)
				break
			}
		}
	}
	return nil
}

// of is the class of a row that find has seen.
func (k *classes) of(r row) string {
	if class, ok := k.ours.Load(r["sys_class_name"]); ok {
		return class.(string)
	}
	return r["sys_class_name"]
}
