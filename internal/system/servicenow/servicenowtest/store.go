// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
)

// row is a record.
type row struct {
	table  *table
	values map[string]string
}

func (r *row) id() string { return r.values["sys_id"] }

func (r *row) get(column string) string { return r.values[column] }

// copy is r as it is now.
func (r *row) copy() *row { return &row{table: r.table, values: maps.Clone(r.values)} }

// store keeps the rows. A record is a row of its table and of all tables that this one extends.
type store struct {
	dictionary *dictionary
	rows       map[string][]*row // by the table that the others extend
	byID       map[string]*row
	stamp      func() string
	actor      string // the user name that writes are in
	rules      map[string]rule
}

func newStore(stamp func() string) *store {
	return &store{
		dictionary: &dictionary{tables: make(map[string]*table)},
		rows:       make(map[string][]*row),
		byID:       make(map[string]*row),
		stamp:      stamp,
		actor:      "admin",
	}
}

// newID returns a sys_id.
func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// insert adds a record as it is given: no rule and no access control sees it.
func (s *store) insert(tableName string, values map[string]string) *row {
	t := s.dictionary.tables[tableName]
	r := &row{table: t, values: make(map[string]string, len(values)+8)}
	for _, c := range t.columns {
		if c.Default != "" {
			r.values[c.Name] = c.Default
		}
	}
	now := s.stamp()
	r.values["sys_created_on"], r.values["sys_updated_on"] = now, now
	r.values["sys_created_by"], r.values["sys_updated_by"] = s.actor, s.actor
	r.values["sys_mod_count"] = "0"
	maps.Copy(r.values, values)
	if r.values["sys_id"] == "" {
		r.values["sys_id"] = newID()
	}
	if t.byName["sys_class_name"] != nil {
		r.values["sys_class_name"] = t.name
	}
	root := t.root().name
	s.rows[root] = append(s.rows[root], r)
	s.byID[r.id()] = r
	return r
}

// update changes values of r, and says whether any of them is another one now. An update that changes nothing leaves no trace.
func (s *store) update(r *row, values map[string]string) bool {
	changed := false
	for column, value := range values {
		if r.values[column] != value {
			r.values[column] = value
			changed = true
		}
	}
	if changed {
		count, _ := strconv.Atoi(r.values["sys_mod_count"])
		r.values["sys_mod_count"] = strconv.Itoa(count + 1)
		r.values["sys_updated_on"], r.values["sys_updated_by"] = s.stamp(), s.actor
	}
	return changed
}

// delete removes r and what cannot be without it.
func (s *store) delete(r *row) {
	root := r.table.root().name
	s.rows[root] = slices.DeleteFunc(s.rows[root], func(other *row) bool { return other == r })
	delete(s.byID, r.id())
	id := r.id()
	for _, dependent := range dependents {
		for _, other := range slices.Clone(s.rows[dependent.table]) {
			if other.values[dependent.column] == id {
				s.delete(other)
			}
		}
	}
}

// dependents are deleted with the record that they refer to.
var dependents = []struct{ table, column string }{
	{"cmdb_rel_ci", "parent"},
	{"cmdb_rel_ci", "child"},
	{"sys_object_source", "target_sys_id"},
	{"sys_attachment", "table_sys_id"},
	{"sysapproval_approver", "sysapproval"},
	{"task_ci", "task"},
	{"task_ci", "ci_item"},
}

// find returns the record of a table, or of one that extends it.
func (s *store) find(tableName, id string) *row {
	if r := s.byID[id]; r != nil && r.table.is(tableName) {
		return r
	}
	return nil
}

// all are the records of a table and of those that extend it.
func (s *store) all(tableName string) []*row {
	t := s.dictionary.tables[tableName]
	if t == nil {
		return nil
	}
	rows := s.rows[t.root().name]
	if t.parent == nil {
		return slices.Clone(rows)
	}
	var found []*row
	for _, r := range rows {
		if r.table.is(tableName) {
			found = append(found, r)
		}
	}
	return found
}

// where are the records of a table that have a value.
func (s *store) where(tableName, column, value string) []*row {
	var found []*row
	for _, r := range s.all(tableName) {
		if r.values[column] == value {
			found = append(found, r)
		}
	}
	return found
}

func (s *store) first(tableName, column, value string) *row {
	if found := s.where(tableName, column, value); len(found) > 0 {
		return found[0]
	}
	return nil
}

// display is what stands for a value where people read it.
func (s *store) display(r *row, c *Column) string {
	value := r.values[c.Name]
	switch {
	case value == "":
		return ""
	case c.Name == "sys_class_name":
		if t := s.dictionary.tables[value]; t != nil {
			return t.label
		}
	case c.Reference != "":
		if target := s.byID[value]; target != nil {
			return target.values[target.table.display()]
		}
		return ""
	}
	if label, ok := s.choice(r.table, c.Name, value); ok {
		return label
	}
	return value
}

// choice is the label of a value.
func (s *store) choice(t *table, column, value string) (string, bool) {
	for _, r := range s.rows["sys_choice"] {
		if r.values["element"] == column && r.values["value"] == value && t.is(r.values["name"]) {
			return r.values["label"], true
		}
	}
	return "", false
}

// chosen is the value of a label.
func (s *store) chosen(t *table, column, label string) (string, bool) {
	for _, r := range s.rows["sys_choice"] {
		if r.values["element"] == column && r.values["label"] == label && t.is(r.values["name"]) {
			return r.values["value"], true
		}
	}
	return "", false
}
