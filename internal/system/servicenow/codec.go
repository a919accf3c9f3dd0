// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// moment is how the instance writes times, in UTC.
const moment = "2006-01-02 15:04:05"

// read takes one column of a row into its field.
func (c column) read(rows row, r record.Record) error {
	f, ok := record.FieldNamed(r, c.field)
	if !ok {
		return nil
	}
	text, err := c.text(rows)
	if err != nil {
		return err
	}
	v := f.In(r)
	switch {
	case f.Type == record.TimeType:
		if text == "" {
			return nil
		}
		t, err := time.Parse(moment, text)
		if err != nil {
			return record.Errorf(record.ErrUnavailable, "%s is %q, which is not a time", c.name, text).On(c.field)
		}
		v.Set(reflect.ValueOf(t))
	case f.Type == record.MapType:
		v.Set(reflect.ValueOf(entriesIn(text)))
	case v.Kind() == reflect.String:
		v.SetString(text)
	}
	return nil
}

// text is the value of a column in our own words. A column that is not shown is an error: it is not the same as one that is empty.
func (c column) text(r row) (string, error) {
	text, shown := r[c.name]
	if !shown && r[c.base()] == "" && c.name != c.base() {
		// Of a reference that is empty, nothing can be shown.
		_, shown = r[c.base()]
	}
	if !shown && c.name == c.base() {
		return "", record.Errorf(record.ErrUnauthorized, "the column %s is not shown to the account: it may not read it, or there is no such column", c.name).On(c.field).
			Advise("Give the account the right to read the column, or add the column as the guide says; terraform-provider-infraops system validate servicenow tells which")
	}
	if text == "" && c.name != c.base() {
		text = r[c.base()] // What the record referred to is called is hidden; that there is one is not.
	}
	for ours, theirs := range c.values {
		if theirs == text {
			return ours, nil
		}
	}
	return text, nil
}

// entriesIn reads a map that is kept as a JSON object; nil where there is none.
func entriesIn(text string) map[string]string {
	var entries map[string]string
	if json.Unmarshal([]byte(text), &entries) != nil || len(entries) == 0 {
		return nil
	}
	return entries
}

// written is what is sent for a field, before references are resolved.
func (c column) written(r record.Record) string {
	f, ok := record.FieldNamed(r, c.field)
	if !ok {
		return ""
	}
	switch v := f.In(r).Interface().(type) {
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(moment)
	case map[string]string:
		return entriesText(v)
	}
	text := f.In(r).String()
	if theirs, ok := c.values[text]; ok {
		return theirs
	}
	return text
}

// entriesText is a map as a JSON object that a person can read; empty where there are no entries.
func entriesText(entries map[string]string) string {
	if len(entries) == 0 {
		return ""
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if encoder.Encode(entries) != nil {
		return ""
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// named are the fields of paths, without the entries of maps.
func named(paths []string) map[string]bool {
	fields := map[string]bool{}
	for _, path := range paths {
		field, _, _ := strings.Cut(path, ".")
		fields[field] = true
	}
	return fields
}

// all are the paths of everything that is set in r.
func all(r record.Record) []string {
	var paths []string
	for _, f := range record.Fields(r) {
		switch {
		case f.Input || f.In(r).IsZero():
		case f.IsMap():
			for _, key := range f.Keys(r) {
				paths = append(paths, f.Name+"."+key)
			}
		default:
			paths = append(paths, f.Name)
		}
	}
	return paths
}

// check judges the named fields of a record; others may be what somebody else has written.
func check(r record.Record, paths []string) error {
	fields := named(paths)
	for _, p := range r.Validate() {
		field, _, _ := strings.Cut(p.Field, ".")
		if fields[field] || slices.ContainsFunc(p.Others, func(o string) bool { return fields[o] }) {
			return record.Errorf(record.ErrInvalid, "%s", p.Problem).On(p.Field)
		}
	}
	return nil
}

// extensionValues are what is sent for the vendor fields that are named.
func extensionValues(m *record.Meta, paths []string, allowed []string, table string) (map[string]string, error) {
	values := map[string]string{}
	for _, path := range paths {
		key, ok := strings.CutPrefix(path, "extensions.")
		if !ok {
			continue
		}
		if !slices.Contains(allowed, key) {
			return nil, record.Errorf(record.ErrInvalid, "%q is not among the columns of %s that configurations may set", key, table).On(path).
				Advise("List it in the provider block: servicenow = { extension_columns = { %s = %q } }", table, strings.Join(append(slices.Clone(allowed), key), ","))
		}
		values[key] = m.Extensions[key]
	}
	return values, nil
}

// readExtensions takes the columns that are no field of ours.
func readExtensions(r row, columns []string) map[string]string {
	entries := map[string]string{}
	for _, column := range columns {
		if value := r[column]; value != "" {
			entries[column] = value
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return maps.Clone(entries)
}
