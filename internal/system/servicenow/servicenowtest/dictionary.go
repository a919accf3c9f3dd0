// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Column is a column of a table, as a row of sys_dictionary says it.
type Column struct {
	Name string
	// Label is made from the name if it is empty.
	Label string
	// Type is the internal type: string, integer, boolean, glide_date_time, glide_date, reference, glide_list, journal_input. Empty is string.
	Type string
	// Reference is the table that a reference points to.
	Reference string
	// MaxLength cuts strings off silently. 0 is 40 for strings, as for a column that an administrator adds.
	MaxLength int
	// Default is the value of a new record.
	Default string
	// ReadOnly columns cannot be written by anybody.
	ReadOnly bool
}

// table is a row of sys_db_object with its columns.
type table struct {
	name, label string
	parent      *table
	own         []*Column
	columns     []*Column // with those of the parents
	byName      map[string]*Column
}

// dictionary is what tables there are.
type dictionary struct {
	tables map[string]*table
}

// is tells whether t is the table name or extends it.
func (t *table) is(name string) bool {
	for ; t != nil; t = t.parent {
		if t.name == name {
			return true
		}
	}
	return false
}

// root is the table that t extends in the end.
func (t *table) root() *table {
	for t.parent != nil {
		t = t.parent
	}
	return t
}

// display is the column that stands for a record of t.
func (t *table) display() string {
	switch {
	case t.is("task"), t.name == "sysapproval_group":
		return "number"
	case t.byName["name"] != nil:
		return "name"
	case t.byName["label"] != nil:
		return "label"
	}
	return "sys_id"
}

func (d *dictionary) add(name, label, extends string) {
	t := &table{name: name, label: label, parent: d.tables[extends], byName: make(map[string]*Column)}
	if t.parent != nil {
		t.columns = slices.Clone(t.parent.columns)
		maps.Copy(t.byName, t.parent.byName)
	}
	d.tables[name] = t
}

// addColumn adds c to t and to all tables that extend it.
func (d *dictionary) addColumn(t *table, c Column) {
	if c.Type == "" {
		c.Type = "string"
	}
	if c.Label == "" {
		c.Label = label(c.Name)
	}
	if c.MaxLength == 0 && c.Type == "string" {
		c.MaxLength = 40
	}
	t.own = append(t.own, &c)
	for _, other := range d.tables {
		if other.is(t.name) {
			other.byName[c.Name] = &c
			other.columns = append(other.columns, &c)
		}
	}
}

// label makes "Assignment group" of assignment_group.
func label(name string) string {
	words := strings.TrimSpace(strings.ReplaceAll(strings.TrimPrefix(name, "u_"), "_", " "))
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// parseColumn reads "name type(argument) =default", as the definitions of the tables out of the box are written.
func parseColumn(text string) Column {
	var c Column
	spec, value, _ := strings.Cut(text, " =")
	c.Default = value
	words := strings.Fields(spec)
	c.Name = words[0]
	c.MaxLength = 255
	if len(words) > 1 {
		kind, argument, _ := strings.Cut(strings.TrimSuffix(words[1], ")"), "(")
		c.Type = kind
		if n, err := strconv.Atoi(argument); err == nil {
			c.MaxLength = n
		} else {
			c.Reference = argument
		}
	}
	return c
}

// AddColumn adds a column to a table and all that extend it, as an administrator would.
func (i *Instance) AddColumn(table string, c Column) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.insertColumn(table, c)
}

func (i *Instance) insertColumn(table string, c Column) {
	t := i.store.dictionary.tables[table]
	if t == nil || t.byName[c.Name] != nil {
		return
	}
	i.store.dictionary.addColumn(t, c)
	i.store.insert("sys_dictionary", dictionaryRow(table, t.byName[c.Name]))
}

// dictionaryRow describes a column.
func dictionaryRow(table string, c *Column) map[string]string {
	return map[string]string{
		"name": table, "element": c.Name, "column_label": c.Label, "internal_type": c.Type, "reference": c.Reference,
		"max_length": strconv.Itoa(c.MaxLength), "default_value": c.Default, "read_only": strconv.FormatBool(c.ReadOnly), "active": "true",
	}
}
