// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// shelf keeps relationships, and says so.
func shelf(change func(*record.Support)) []record.System {
	support := record.Support{
		Unsupported: []string{"extensions"}, Values: map[string][]string{"type": {"runs_on", "depends_on"}},
		Kept: map[string]string{"id": "the number", "parent_id": "A|B", "child_id": "`child`", "type": "the label"},
	}
	if change != nil {
		change(&support)
	}
	return []record.System{{Name: "shelf", Title: "The Shelf", Kinds: map[record.Kind]record.Support{record.KindRelationship: support}}}
}

func TestExpand(t *testing.T) {
	got, err := expand("before\n<!-- table: mapping shelf -->\nafter\n<!-- table: matrix -->\n", shelf(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"before\n### `infraops_cmdb_relationship`\n\n| Attribute | In The Shelf |\n|---|---|\n| `id` | the number |\n",
		"| `parent_id` | A\\|B |\n", "| `type` | the label; only `runs_on`, `depends_on` |\n", "| `extensions` | not kept; a plan that sets it is refused |\nafter\n",
		"| Role | Resource | `shelf` |\n", "| cmdb | `infraops_cmdb_relationship` | yes, without `extensions` |\n", "| change | `infraops_change_request` | – |\n",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in:\n%s", part, got)
		}
	}
}

func TestExpand_fails(t *testing.T) {
	const mapping = "<!-- table: mapping shelf -->"
	for name, c := range map[string]struct {
		text    string
		systems []record.System
		says    string
	}{
		"no such table":  {"<!-- table: matrices -->", shelf(nil), `no table "matrices"`},
		"no such system": {"<!-- table: mapping jira -->", shelf(nil), `no system "jira"`},
		"silent": {mapping, shelf(func(s *record.Support) {
			s.Kept = maps.Clone(s.Kept)
			delete(s.Kept, "child_id")
		}), "neither where it keeps the field child_id"},
		"no such field": {mapping, shelf(func(s *record.Support) { s.Kept["colour"] = "a label" }), "where it keeps colour of cmdb_relationship, which has no such field"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := expand(c.text, c.systems); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v and %s", err, got)
			}
		})
	}
}

// Every system that is not built in says where it keeps every field of its kinds.
func TestMapping_isComplete(t *testing.T) {
	for _, s := range provider.Systems() {
		if s.Name == "registry" {
			continue // It keeps records as they are.
		}
		if _, err := mapping(s); err != nil {
			t.Error(err)
		}
	}
}
