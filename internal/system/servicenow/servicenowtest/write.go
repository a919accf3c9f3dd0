// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rule is what an instance does around a write: it may abort it, change it, and do more after it.
type rule struct {
	// before sees the record as it will be, and as it was, which is nil for a new one.
	before func(next, was *row) error
	after  func(r, was *row)
	// leaving sees a record that is about to be deleted.
	leaving func(r *row) error
}

// abort is why a write is not done.
type abort struct {
	table     string
	rule      string   // a business rule
	mandatory []string // a data policy: the labels of what is missing
	access    string   // access control: Insert, Update, Delete
	message   string   // a script
}

// Error is the text that the interfaces give. SND: api-reference/rest-api-explorer/r_RESTAPIHTTPResponseCodes.md says which status they
// have; the texts are those that practitioners quote.
func (a *abort) Error() string {
	switch {
	case a.message != "":
		return a.message
	case len(a.mandatory) > 0:
		return "Data Policy Exception: \n\tThe following fields are mandatory: " + strings.Join(a.mandatory, ", ")
	case a.access != "":
		return "ACL Exception " + a.access + " Failed due to security constraints"
	}
	return fmt.Sprintf("Operation against file '%s' was aborted by Business Rule '%s^%s'. Business Rule Stack:%s", a.table, a.rule, ruleID(a.rule), a.rule)
}

// create adds a record the way all interfaces do.
func (i *Instance) create(t *table, values map[string]string) (*row, error) {
	entries := takeJournal(t, values)
	next := &row{table: t, values: make(map[string]string)}
	for _, c := range t.columns {
		if c.Default != "" {
			next.values[c.Name] = c.Default
		}
	}
	maps.Copy(next.values, values)
	next.values["sys_id"] = newID()
	if err := i.before(next, nil); err != nil {
		return nil, err
	}
	r := i.store.insert(t.name, next.values)
	i.addJournal(r, entries)
	i.after(r, nil)
	return r, nil
}

// modify changes a record the way all interfaces do.
func (i *Instance) modify(r *row, values map[string]string) error {
	entries := takeJournal(r.table, values)
	was, next := r.copy(), r.copy()
	maps.Copy(next.values, values)
	if err := i.before(next, was); err != nil {
		return err
	}
	if class := i.store.dictionary.tables[next.get("sys_class_name")]; class != nil && class != r.table && class.root() == r.table.root() {
		r.table = class
	}
	i.addJournal(r, entries)
	if i.store.update(r, next.values) {
		i.after(r, was)
	}
	return nil
}

// remove deletes a record the way all interfaces do.
func (i *Instance) remove(r *row) error {
	for name, rule := range i.store.rules {
		if rule.leaving != nil && r.table.is(name) {
			if err := rule.leaving(r); err != nil {
				return err
			}
		}
	}
	i.store.delete(r)
	delete(i.contents, r.id())
	return nil
}

func (i *Instance) before(next, was *row) error {
	for _, custom := range i.behaviour.BusinessRules {
		t := i.store.dictionary.tables[custom.Table]
		if t != nil && next.table.is(custom.Table) && i.matches(next, i.parseQuery(t, custom.When)) {
			return &abort{table: next.table.name, rule: custom.Name}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.store.rules)) {
		if rule := i.store.rules[name]; rule.before != nil && next.table.is(name) {
			if err := rule.before(next, was); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *Instance) after(r, was *row) {
	for _, name := range slices.Sorted(maps.Keys(i.store.rules)) {
		if rule := i.store.rules[name]; rule.after != nil && r.table.is(name) {
			rule.after(r, was)
		}
	}
}

// takeJournal takes the entries of journals out of values: a record does not keep them.
func takeJournal(t *table, values map[string]string) map[string]string {
	entries := make(map[string]string)
	for name, value := range values {
		if c := t.byName[name]; c != nil && c.Type == "journal_input" {
			if value != "" {
				entries[name] = value
			}
			delete(values, name)
		}
	}
	return entries
}

func (i *Instance) addJournal(r *row, entries map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		i.store.insert("sys_journal_field", map[string]string{"name": r.table.name, "element_id": r.id(), "element": name, "value": entries[name]})
	}
}

// accepted are the values of a request that the instance keeps, and the names of those it drops without an error: columns that the table
// lacks, that nobody may write, and that an access control rule keeps the user from writing.
// https://www.buildforce.io/fix/servicenow-acl-blocking-update: "HTTP 200 but the field values not persisting".
func (c *call) accepted(t *table, body map[string]any, display bool) (values map[string]string, ignored []string) {
	values = make(map[string]string, len(body))
	for _, name := range slices.Sorted(maps.Keys(body)) {
		column := t.byName[name]
		if column == nil || column.ReadOnly || c.unwritable(t, name) {
			ignored = append(ignored, name)
			continue
		}
		value, ok := text(body[name])
		if !ok {
			ignored = append(ignored, name)
			continue
		}
		if display {
			value = c.in.undisplayed(t, column, value)
		}
		if column.Type == "integer" && value != "" {
			if _, err := strconv.Atoi(value); err != nil {
				ignored = append(ignored, name)
				continue
			}
		}
		values[name] = stored(column, value)
	}
	return values, ignored
}

// text is a JSON value as an instance stores it: all values are strings.
func text(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	case map[string]any: // as in an answer: {"value": ...}
		return text(v["value"])
	}
	return "", false
}

// stored is what a column makes of a value.
func stored(c *Column, value string) string {
	switch c.Type {
	case "string":
		// Longer text is cut off without an error, as practitioners report.
		if cut := []rune(value); c.MaxLength > 0 && len(cut) > c.MaxLength {
			return string(cut[:c.MaxLength])
		}
	case "boolean":
		return strconv.FormatBool(value == "true" || value == "1")
	case "glide_date_time":
		// SND: api-reference/rest-apis/c_TableAPI.md: UTC, yyyy-MM-dd HH:mm:ss. What is not of that form does not become a time.
		if _, err := time.Parse(timeLayout, value); err != nil {
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return ""
			}
			return day.Format(timeLayout)
		}
	}
	return value
}

// undisplayed is the value that a display value stands for.
func (i *Instance) undisplayed(t *table, c *Column, value string) string {
	if chosen, ok := i.store.chosen(t, c.Name, value); ok {
		return chosen
	}
	target := i.store.dictionary.tables[c.Reference]
	if target == nil || i.store.find(c.Reference, value) != nil {
		return value
	}
	if r := i.store.first(c.Reference, target.display(), value); r != nil {
		return r.id()
	}
	return ""
}

// refused answers a write that was aborted.
func refused(err error) answer {
	return failure(http.StatusForbidden, "Operation Failed", err.Error())
}
