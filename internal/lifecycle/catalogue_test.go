// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestEveryKindHasAType(t *testing.T) {
	for _, kind := range record.Kinds() {
		if !slices.ContainsFunc(allTypes(), func(t lifecycle.Type) bool { return t.Kind == kind }) {
			t.Errorf("no resource type manages %s", kind)
		}
	}
}

func TestTypesNameAttributesThatExist(t *testing.T) {
	walk := newWorld(t).walk()
	for _, typ := range allTypes() {
		for _, a := range walk.schema.ResourceSchemas["infraops_"+string(typ.Kind)].Block.Attributes {
			immutable, stable := slices.Contains(typ.Immutable, a.Name), slices.Contains(typ.Stable, a.Name)
			if immutable && !a.Required && !a.Optional {
				t.Errorf("%s: %s is immutable, but no configuration can change it", typ.Kind, a.Name)
			}
			if stable && !a.Computed {
				t.Errorf("%s: %s is stable, but it is not computed", typ.Kind, a.Name)
			}
		}
		for _, name := range slices.Concat(typ.Immutable, typ.Stable) {
			if _, ok := typ.Attributes[name]; !ok {
				t.Errorf("%s: there is no attribute %q", typ.Kind, name)
			}
		}
		for _, name := range record.Define(typ.Kind).Key {
			root, _, _ := strings.Cut(name, ".")
			if _, ok := typ.Attributes[root]; !ok {
				t.Errorf("%s: the key's field %q is no attribute", typ.Kind, name)
			}
		}
	}
}

func TestDescriptionsAreSentences(t *testing.T) {
	walk := newWorld(t).walk()
	for name, s := range walk.schema.ResourceSchemas {
		wantSentence(t, name, s.Block.Description)
		for _, a := range s.Block.Attributes {
			if a.Name != "timeouts" { // described by its own module
				wantSentence(t, name+"."+a.Name, a.Description)
			}
		}
	}
	for name, s := range walk.schema.DataSourceSchemas {
		wantSentence(t, name, s.Block.Description)
		for _, a := range s.Block.Attributes {
			wantSentence(t, name+"."+a.Name, a.Description)
			if a.NestedType != nil {
				for _, n := range a.NestedType.Attributes {
					wantSentence(t, name+"."+a.Name+"."+n.Name, n.Description)
				}
			}
		}
	}
}

func wantSentence(t *testing.T, what, description string) {
	t.Helper()
	if !strings.HasSuffix(description, ".") {
		t.Errorf("the description of %s does not end with a full stop: %q", what, description)
	}
}

func TestEveryTypeHasExamples(t *testing.T) {
	walk := newWorld(t).walk()
	for name := range walk.schema.ResourceSchemas {
		wantExample(t, name, "resources", name, "resource.tf")
		wantExample(t, name, "resources", name, "import.sh")
	}
	for name := range walk.schema.DataSourceSchemas {
		wantExample(t, name, "data-sources", name, "data-source.tf")
	}
}

func wantExample(t *testing.T, name string, path ...string) {
	t.Helper()
	file := filepath.Join("..", "..", "examples", filepath.Join(path...))
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), name) {
		t.Errorf("%s does not show %s: %v", file, name, err)
	}
}
