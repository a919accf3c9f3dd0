// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// matrix is the table of the resource types and the systems that keep them, in the order in which a provisioning meets them.
func matrix(systems []record.System) string {
	t := table{headings: []string{"Role", "Resource"}}
	for _, s := range systems {
		t.headings = append(t.headings, "`"+s.Name+"`")
	}
	for _, typ := range provider.Types() {
		d := record.Define(typ.Kind)
		cells := []string{string(d.Role), "`infraops_" + string(d.Kind) + "`"}
		for _, s := range systems {
			cells = append(cells, capability(s, d.Kind))
		}
		t.rows = append(t.rows, cells)
	}
	return t.String()
}

func capability(s record.System, kind record.Kind) string {
	support, keeps := s.Supports(kind)
	switch {
	case !keeps:
		return "–"
	case len(support.Unsupported) > 0:
		return "yes, without " + quoted(support.Unsupported)
	}
	return "yes"
}

// mapping says, kind by kind, where a system keeps each attribute.
func mapping(s record.System) (string, error) {
	var parts []string
	for _, typ := range provider.Types() {
		support, keeps := s.Kinds[typ.Kind]
		if !keeps {
			continue
		}
		t, err := kept(s, typ.Kind, support)
		if err != nil {
			return "", err
		}
		parts = append(parts, "### `infraops_"+string(typ.Kind)+"`\n\n"+t.String())
	}
	return strings.Join(parts, "\n\n"), nil
}

// metadata are the keys of Support.Kept that are no fields of a kind.
var metadata = []string{"id", "stack", "correlation_id"}

// kept is the table of one kind. A field that the system says nothing about is an error: the documentation would be silent
// about it too.
func kept(s record.System, kind record.Kind, support record.Support) (table, error) {
	t := table{headings: []string{"Attribute", "In " + s.Title}}
	unsaid := maps.Clone(support.Kept)
	for _, name := range metadata {
		if place := support.Kept[name]; place != "" {
			t.rows = append(t.rows, []string{"`" + name + "`", place})
		}
		delete(unsaid, name)
	}
	fields := slices.Clone(record.Fields(record.Define(kind).New()))
	slices.SortStableFunc(fields, func(a, b record.Field) int { return aside(a) - aside(b) })
	for _, f := range fields {
		place := support.Kept[f.Name]
		delete(unsaid, f.Name)
		switch {
		case slices.Contains(support.Unsupported, f.Name):
			place = "not kept; a plan that sets it is refused"
		case place == "" && f.Input:
			continue // It is for the provider, not for the system.
		case place == "":
			return t, fmt.Errorf("%s says neither where it keeps the field %s of %s nor that it does not", s.Name, f.Name, kind)
		}
		if values := support.Values[f.Name]; len(values) > 0 {
			place += "; only " + quoted(values)
		}
		t.rows = append(t.rows, []string{"`" + f.Name + "`", place})
	}
	for name := range unsaid {
		return t, fmt.Errorf("%s says where it keeps %s of %s, which has no such field", s.Name, name, kind)
	}
	return t, nil
}

// aside puts the extensions, which Go lists first, after the fields that every system has.
func aside(f record.Field) int {
	if f.Name == "extensions" {
		return 1
	}
	return 0
}

func quoted(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

// table is a table in Markdown.
type table struct {
	headings []string
	rows     [][]string
}

// String implements fmt.Stringer. It ends without a line break, as the marker that it replaces does.
func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			b.WriteString("| " + strings.ReplaceAll(strings.Join(strings.Fields(cell), " "), "|", "\\|") + " ")
		}
		b.WriteString("|\n")
	}
	line(t.headings)
	b.WriteString(strings.Repeat("|---", len(t.headings)) + "|\n")
	for _, row := range t.rows {
		line(row)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
