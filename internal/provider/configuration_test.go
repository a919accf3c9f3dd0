// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// desk is a system with every form of option.
func desk() record.System {
	lower := func(value string) error {
		if value != strings.ToLower(value) {
			return errors.New("must be lower-case")
		}
		return nil
	}
	return record.System{Name: "desk", Options: []record.Option{
		{Name: "url", Check: lower},
		{Name: "token", Sensitive: true},
		{Name: "queues", Map: true, Check: lower, Default: `{"normal":"general"}`},
	}}
}

// deskBlock is a provider block of the system desk alone.
type deskBlock map[string]attr.Value

func (b deskBlock) GetAttribute(_ context.Context, p path.Path, target any) diag.Diagnostics {
	if p.Equal(path.Root("desk")) && b != nil {
		kinds := map[string]attr.Type{}
		for name, value := range b {
			kinds[name] = value.Type(context.Background())
		}
		*target.(*types.Object) = types.ObjectValueMust(kinds, b)
	}
	return nil
}

func entries(entries map[string]attr.Value) attr.Value {
	return types.MapValueMust(types.StringType, entries)
}

func text(s string) attr.Value { return types.StringValue(s) }

func TestOptions(t *testing.T) {
	defaults := record.Settings{"queues.normal": "general"}
	for name, c := range map[string]struct {
		block               deskBlock
		environment         map[string]string
		want                record.Settings
		configured, unknown bool
	}{
		"nothing":       {nil, nil, defaults, false, false},
		"empty block":   {deskBlock{}, nil, defaults, true, false},
		"text":          {deskBlock{"url": text("x")}, nil, record.Settings{"url": "x", "queues.normal": "general"}, true, false},
		"map":           {deskBlock{"queues": entries(map[string]attr.Value{"a": text("x"), "b.c": text("y")})}, nil, record.Settings{"queues.a": "x", "queues.b.c": "y"}, true, false},
		"empty map":     {deskBlock{"queues": entries(nil)}, map[string]string{"QUEUES": `{"a":"x"}`}, record.Settings{}, true, false},
		"null entry":    {deskBlock{"queues": entries(map[string]attr.Value{"a": types.StringNull()})}, nil, record.Settings{}, true, false},
		"null map":      {deskBlock{"queues": types.MapNull(types.StringType)}, nil, defaults, true, false},
		"unknown":       {deskBlock{"url": types.StringUnknown()}, map[string]string{"URL": "x"}, defaults, true, true},
		"unknown map":   {deskBlock{"queues": types.MapUnknown(types.StringType)}, nil, record.Settings{}, true, true},
		"unknown entry": {deskBlock{"queues": entries(map[string]attr.Value{"a": types.StringUnknown(), "b": text("y")})}, nil, record.Settings{"queues.b": "y"}, true, true},
		"environment":   {nil, map[string]string{"URL": "x", "QUEUES": `{"a":"y"}`}, record.Settings{"url": "x", "queues.a": "y"}, true, false},
		"block first":   {deskBlock{"url": text("x"), "queues": entries(map[string]attr.Value{"b": text("y")})}, map[string]string{"URL": "z", "QUEUES": `{"a":"z"}`}, record.Settings{"url": "x", "queues.b": "y"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			for option, value := range c.environment {
				t.Setenv("INFRAOPS_DESK_"+option, value)
			}
			got, diags := New("test", []record.System{desk()}).read(t.Context(), c.block)
			if diags.HasError() || !maps.Equal(got.settings["desk"], c.want) || got.configured["desk"] != c.configured || got.unknown["desk"] != c.unknown {
				t.Errorf("got %v, configured %v, unknown %v, %v", got.settings["desk"], got.configured["desk"], got.unknown["desk"], diags)
			}
		})
	}
}

func TestOptions_refused(t *testing.T) {
	at := path.Root("desk")
	for name, c := range map[string]struct {
		block       deskBlock
		environment map[string]string
		at          path.Path
		says        string
	}{
		"text":              {deskBlock{"url": text("X")}, nil, at.AtName("url"), "url must be lower-case."},
		"empty text":        {deskBlock{"token": text("")}, nil, at.AtName("token"), "token must not be empty"},
		"entry":             {deskBlock{"queues": entries(map[string]attr.Value{"a": text("X")})}, nil, at.AtName("queues").AtMapKey("a"), "queues.a must be lower-case."},
		"empty entry":       {deskBlock{"queues": entries(map[string]attr.Value{"a": text("")})}, nil, at.AtName("queues").AtMapKey("a"), "queues.a must not be empty"},
		"entry of no name":  {deskBlock{"queues": entries(map[string]attr.Value{"": text("x")})}, nil, at.AtName("queues").AtMapKey(""), "must have a name"},
		"environment":       {nil, map[string]string{"URL": "X"}, at, "not come from the provider block: the environment variable INFRAOPS_DESK_URL: must be lower-case."},
		"environment entry": {nil, map[string]string{"QUEUES": `{"a":"X"}`}, at, `the environment variable INFRAOPS_DESK_QUEUES: its entry "a": must be lower-case.`},
		"environment JSON":  {deskBlock{}, map[string]string{"QUEUES": `a=b`}, at, "not come from the provider block: the environment variable INFRAOPS_DESK_QUEUES: must be a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			for option, value := range c.environment {
				t.Setenv("INFRAOPS_DESK_"+option, value)
			}
			_, diags := New("test", []record.System{desk()}).read(t.Context(), c.block)
			if len(diags) != 1 {
				t.Fatalf("got %v", diags)
			}
			d, ok := diags[0].(diag.DiagnosticWithPath)
			if !ok || !d.Path().Equal(c.at) || !strings.Contains(d.Detail(), c.says) {
				t.Errorf("got %v", diags[0])
			}
		})
	}
}

// A variable for an option that the block sets is not read, so it cannot be wrong.
func TestOptions_environmentThatIsNotRead(t *testing.T) {
	t.Setenv("INFRAOPS_DESK_QUEUES", "no JSON")
	if _, diags := New("test", []record.System{desk()}).read(t.Context(), deskBlock{"queues": entries(nil)}); diags.HasError() {
		t.Error(diags)
	}
}

// A default is a declaration: one that its own option refuses would fail every run that leaves the option out.
func TestSystems_defaultsAreAllowed(t *testing.T) {
	for _, s := range Systems() {
		for _, o := range s.Options {
			t.Setenv(record.Variable(s.Name, o.Name), "")
		}
		if _, err := s.Environment(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
