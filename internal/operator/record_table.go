// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	// maxColumns is how many of a kind's own fields a table shows, so that it fits a wide terminal.
	maxColumns = 7
	// maxCell is the longest value that a table shows. A field that has a longer one is prose.
	maxCell = 40
)

// foremost are the fields that a person looks for first, in whatever kind they are.
var foremost = []string{"number", "status", "state", "approval"}

// recordTables prints sorted records, a table for each kind.
func recordTables(records []record.Record, names map[string]string, withStack bool) string {
	var b strings.Builder
	for start := 0; start < len(records); {
		end := start
		for end < len(records) && records[end].Kind() == records[start].Kind() {
			end++
		}
		if start > 0 {
			b.WriteString("\n")
		}
		b.WriteString(kindTable(records[start:end], names, withStack))
		start = end
	}
	return b.String()
}

func kindTable(records []record.Record, names map[string]string, withStack bool) string {
	columns := columnsOf(records)
	headings := []string{"RECORD"} // not NAME, which may be one of the fields
	for _, f := range columns {
		headings = append(headings, heading(f))
	}
	if withStack {
		headings = append(headings, "STACK")
	}
	t := newTable(append(headings, "ID")...)
	for _, r := range records {
		cells := []string{readableName(r, names)}
		for _, f := range columns {
			cells = append(cells, cell(r, f, names))
		}
		if withStack {
			cells = append(cells, r.Metadata().Stack)
		}
		t.row(append(cells, r.Metadata().ID)...)
	}
	return fmt.Sprintf("%s: %s\n%s", records[0].Kind(), count(len(records), "record"), t)
}

// columnsOf chooses the fields worth a column from what the records hold, so that a new kind needs no code here.
func columnsOf(records []record.Record) []record.Field {
	var first, rest []record.Field
	for _, f := range record.Fields(records[0]) {
		switch {
		case !worthShowing(f, records):
		case slices.Contains(foremost, f.Name):
			first = append(first, f)
		default:
			rest = append(rest, f)
		}
	}
	slices.SortStableFunc(first, func(a, b record.Field) int {
		return slices.Index(foremost, a.Name) - slices.Index(foremost, b.Name)
	})
	columns := append(first, rest...)
	return columns[:min(len(columns), maxColumns)]
}

// worthShowing says that the field is short, set somewhere, and says more than the records' names do.
func worthShowing(f record.Field, records []record.Record) bool {
	if f.Input {
		return false
	}
	news := false
	for _, r := range records {
		value, scalar := record.Text(r, f.Name)
		if !scalar || utf8.RuneCountInString(value) > maxCell || strings.Contains(value, "\n") {
			return false
		}
		news = news || !f.In(r).IsZero() && !named(r, f, value)
	}
	return news
}

// named says that the natural name already tells the field's value. A number or an id that appears somewhere
// inside a name does so by chance.
func named(r record.Record, f record.Field, value string) bool {
	if isReference(f) || f.Type.Kind() != reflect.String {
		return slices.Contains(strings.Split(r.NaturalName(), "/"), value)
	}
	return strings.Contains(r.NaturalName(), value)
}

// isReference says that the field holds the id of another record.
func isReference(f record.Field) bool { return strings.HasSuffix(f.Name, "_id") }

func heading(f record.Field) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(f.Name, "_id"), "_", " "))
}

// cell is a field's value; the name of a record where the value is its id.
func cell(r record.Record, f record.Field, names map[string]string) string {
	value, _ := record.Text(r, f.Name)
	if t, ok := f.In(r).Interface().(time.Time); ok {
		return localTime(t)
	}
	if name, ok := names[value]; ok && isReference(f) {
		return name
	}
	return value
}

// namesByID finds the natural name of every record.
func namesByID(records []record.Record) map[string]string {
	names := make(map[string]string, len(records))
	for _, r := range records {
		names[r.Metadata().ID] = r.NaturalName()
	}
	return names
}

// readableName is a natural name in which ids are replaced by the names of what they stand for: a relationship's
// is made of two of them.
func readableName(r record.Record, names map[string]string) string {
	var references []string
	for _, f := range record.Fields(r) {
		if value, _ := record.Text(r, f.Name); isReference(f) && names[value] != "" {
			references = append(references, value)
		}
	}
	parts := strings.Split(r.NaturalName(), "/")
	found := false
	for i, part := range parts {
		if slices.Contains(references, part) {
			parts[i], found = names[part], true
		}
	}
	if !found {
		return r.NaturalName()
	}
	return strings.Join(parts, " ")
}
