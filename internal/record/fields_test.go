// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestChanges(t *testing.T) {
	base := func() *ConfigurationItem {
		return &ConfigurationItem{Class: "server", Name: "a", Attributes: map[string]string{"cpu": "4", "mem": "8"}}
	}
	for name, c := range map[string]struct {
		edit func(*ConfigurationItem)
		want []string
	}{
		"nothing":            {func(*ConfigurationItem) {}, nil},
		"metadata":           {func(i *ConfigurationItem) { i.ID, i.Retired = "1", true }, nil},
		"field":              {func(i *ConfigurationItem) { i.Owner = "x" }, []string{"owner"}},
		"entry changed":      {func(i *ConfigurationItem) { i.Attributes["cpu"] = "8" }, []string{"attributes.cpu"}},
		"entry added":        {func(i *ConfigurationItem) { i.Attributes["x.y"] = "" }, []string{"attributes.x.y"}},
		"entry removed":      {func(i *ConfigurationItem) { delete(i.Attributes, "mem") }, []string{"attributes.mem"}},
		"map removed":        {func(i *ConfigurationItem) { i.Attributes = nil }, []string{"attributes.cpu", "attributes.mem"}},
		"empty map is nil":   {func(i *ConfigurationItem) { i.Extensions = map[string]string{} }, nil},
		"extensions":         {func(i *ConfigurationItem) { i.Extensions = map[string]string{"u": "1"} }, []string{"extensions.u"}},
		"several, in order":  {func(i *ConfigurationItem) { i.Status, i.Name = "planned", "b" }, []string{"name", "status"}},
		"inputs are changes": {func(i *ConfigurationItem) { i.OnDestroy = "delete" }, []string{"on_destroy"}},
	} {
		now := base()
		c.edit(now)
		if got := Changes(base(), now); !slices.Equal(got, c.want) {
			t.Errorf("%s: changes are %q, want %q", name, got, c.want)
		}
	}
}

func TestChangesOfOtherTypes(t *testing.T) {
	at := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	was := &ChangeApproval{MaxWait: 1, ApprovedAt: at, Approvers: []Decision{{Name: "bob", DecidedAt: at}}}
	same := &ChangeApproval{MaxWait: 1, ApprovedAt: at.In(time.FixedZone("", 3600)), Approvers: []Decision{{Name: "bob", DecidedAt: at.Local()}}}
	if got := Changes(was, same); len(got) > 0 {
		t.Errorf("equal times in other zones differ in %q", got)
	}
	other := &ChangeApproval{MaxWait: 2, EnforceWindow: true, Approvers: []Decision{{Name: "eve", DecidedAt: at}}}
	if got, want := Changes(was, other), []string{"max_wait", "enforce_window", "approvers", "approved_at"}; !slices.Equal(got, want) {
		t.Errorf("changes are %q, want %q", got, want)
	}
	if got := Changes(&ChangeRequest{ConfigurationItemIDs: []string{"a"}}, &ChangeRequest{ConfigurationItemIDs: []string{"a", "b"}}); !slices.Equal(got, []string{"configuration_item_ids"}) {
		t.Errorf("changes are %q", got)
	}
}

func TestApply(t *testing.T) {
	src := &ConfigurationItem{Name: "new", Owner: "new", Attributes: map[string]string{"cpu": "8", "gpu": "1", "a.b": "2"}}
	for name, c := range map[string]struct {
		fields []string
		edit   func(want *ConfigurationItem)
	}{
		"nothing":           {nil, func(*ConfigurationItem) {}},
		"field":             {[]string{"owner"}, func(w *ConfigurationItem) { w.Owner = "new" }},
		"emptied field":     {[]string{"location"}, func(w *ConfigurationItem) { w.Location = "" }},
		"entry":             {[]string{"attributes.cpu"}, func(w *ConfigurationItem) { w.Attributes["cpu"] = "8" }},
		"new entry":         {[]string{"attributes.gpu"}, func(w *ConfigurationItem) { w.Attributes["gpu"] = "1" }},
		"entry with a dot":  {[]string{"attributes.a.b"}, func(w *ConfigurationItem) { w.Attributes["a.b"] = "2" }},
		"removed entry":     {[]string{"attributes.mem"}, func(w *ConfigurationItem) { delete(w.Attributes, "mem") }},
		"whole map":         {[]string{"attributes"}, func(w *ConfigurationItem) { w.Attributes = src.Attributes }},
		"unknown field":     {[]string{"nope", "nope.x", "id"}, func(*ConfigurationItem) {}},
		"entry of a string": {[]string{"name.x", "owner."}, func(*ConfigurationItem) {}},
	} {
		item := func() *ConfigurationItem {
			return &ConfigurationItem{Name: "old", Owner: "old", Location: "old", Attributes: map[string]string{"cpu": "4", "mem": "8"}}
		}
		dst, want := item(), item()
		before := dst.Attributes
		c.edit(want)
		Apply(dst, src, c.fields)
		if !reflect.DeepEqual(dst, want) {
			t.Errorf("%s: got %+v, want %+v", name, dst, want)
		}
		if len(before) != 2 || before["cpu"] != "4" {
			t.Errorf("%s: a map that others may hold was changed: %v", name, before)
		}
	}
	empty := &ConfigurationItem{}
	Apply(empty, src, []string{"attributes.cpu", "extensions.none"})
	if empty.Attributes["cpu"] != "8" || len(empty.Extensions) != 0 {
		t.Errorf("entries on an empty record: %+v", empty)
	}
}

// TestApplyOfChanges: what Changes names is what Apply must copy to make two records equal.
func TestApplyOfChanges(t *testing.T) {
	was := &ConfigurationItem{Name: "a", FQDN: "x", Attributes: map[string]string{"cpu": "4", "mem": "8"}}
	now := &ConfigurationItem{Name: "b", Attributes: map[string]string{"cpu": "8", "gpu": "1"}, Meta: Meta{Extensions: map[string]string{"u": "1"}}}
	Apply(was, now, Changes(was, now))
	if left := Changes(was, now); len(left) > 0 {
		t.Errorf("differences are left: %q", left)
	}
}

func TestText(t *testing.T) {
	at := time.Date(2030, 5, 1, 10, 0, 0, 0, time.FixedZone("", 7200))
	change := &ChangeRequest{Summary: "s", State: ChangeNew, PlannedStart: at, ConfigurationItemIDs: []string{"1"}, Triggers: map[string]string{"a.b": "c"}}
	gate := &ChangeApproval{MaxWait: time.Minute, EnforceWindow: true}
	for _, c := range []struct {
		r    Record
		path string
		want string
		ok   bool
	}{
		{change, "summary", "s", true},
		{change, "state", "new", true},
		{change, "planned_start", "2030-05-01T08:00:00Z", true},
		{change, "planned_end", "", true},
		{change, "triggers.a.b", "c", true},
		{change, "triggers.a", "", false},
		{change, "triggers", "", false},
		{change, "configuration_item_ids", "", false},
		{change, "configuration_item_ids.0", "", false},
		{change, "summary.x", "", false},
		{change, "nope", "", false},
		{change, "", "", false},
		{gate, "max_wait", "1m0s", true},
		{gate, "enforce_window", "true", true},
		{&IPAddress{PrefixLength: 24}, "prefix_length", "24", true},
	} {
		if got, ok := Text(c.r, c.path); got != c.want || ok != c.ok {
			t.Errorf("%T %q: %q, %t; want %q, %t", c.r, c.path, got, ok, c.want, c.ok)
		}
	}
}

func TestClone(t *testing.T) {
	original := &ChangeRequest{
		Meta: Meta{ID: "1", Extensions: map[string]string{"u": "1"}}, ConfigurationItemIDs: []string{"a", "b"}, Triggers: map[string]string{"k": "v"},
	}
	c := Clone(original)
	if !reflect.DeepEqual(c, original) {
		t.Fatalf("the copy differs: %+v", c)
	}
	c.Extensions["u"], c.ConfigurationItemIDs[0], c.Triggers["k"], c.ID = "2", "x", "x", "2"
	if original.Extensions["u"] != "1" || original.ConfigurationItemIDs[0] != "a" || original.Triggers["k"] != "v" || original.ID != "1" {
		t.Errorf("the copy shares with the original: %+v", original)
	}
	gate := &ChangeApproval{Approvers: []Decision{{Name: "bob"}}}
	Clone(gate).Approvers[0].Name = "eve"
	if gate.Approvers[0].Name != "bob" {
		t.Error("the copy shares its list of structs")
	}
	if e := Clone(Record(&Prefix{})).(*Prefix); e.Labels != nil {
		t.Error("the copy of a nil map is not nil")
	}
}

func TestSortSet(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{}, nil},
		{[]string{"b", "a", "b"}, []string{"a", "b"}},
	} {
		if got := sortSet(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("sortSet(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
