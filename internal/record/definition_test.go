// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notKinds are the files of this package that are not about one kind.
var notKinds = []string{"calendar.go", "errors.go", "fields.go", "option.go", "record.go", "secret.go", "store.go", "system.go", "validate.go"}

// TestFilesAreKinds holds the promise that a kind's name finds its file, and that a file without a kind is known.
func TestFilesAreKinds(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		kind := Kind(strings.TrimSuffix(file, ".go"))
		if !strings.HasSuffix(file, "_test.go") && !slices.Contains(notKinds, file) && !Known(kind) {
			t.Errorf("%s is named after no kind", file)
		}
	}
	for kind := range definitions {
		if _, err := os.Stat(string(kind) + ".go"); err != nil {
			t.Errorf("kind %s has no file of its name: %v", kind, err)
		}
	}
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func TestDefinitions(t *testing.T) {
	for kind, d := range definitions {
		if d.Kind != kind || d.New().Kind() != kind {
			t.Errorf("%s: the definition says %s and its records say %s", kind, d.Kind, d.New().Kind())
		}
		if !snakeCase.MatchString(string(kind)) || d.Title == "" || !slices.Contains(Roles(), d.Role) {
			t.Errorf("%s: name, title %q or role %q is missing or wrong", kind, d.Title, d.Role)
		}
		if d.New() == d.New() || d.New().Metadata() == nil {
			t.Errorf("%s: New does not make an empty record each time", kind)
		}
		switch {
		case d.Derive == nil && (d.Version < 1 || d.From != ""):
			t.Errorf("%s is stored, so its document needs a version, and it is no view", kind)
		case d.Version > 1 && d.Upgrade == nil:
			t.Errorf("%s is at version %d without a way there", kind, d.Version)
		case d.Derive != nil && (!Known(d.From) || Define(d.From).Role != d.Role || Define(d.From).Derive != nil):
			t.Errorf("%s is a view of %q, which must be a stored kind of the same role", kind, d.From)
		}
		for field, used := range d.Uses {
			if f, ok := FieldNamed(d.New(), field); !ok || f.Type.Kind() != reflect.String || !Known(used) || Define(used).Role != d.Role {
				t.Errorf("%s uses a %s by %q, which must be the id of a record of the same role", kind, used, field)
			}
		}
		if slices.Contains(Kinds(), kind) != (d.Derive == nil) {
			t.Errorf("%s: Kinds lists what is stored, and only that", kind)
		}
	}
	if !slices.IsSorted(Kinds()) {
		t.Errorf("Kinds is not sorted: %v", Kinds())
	}
}

func TestFieldsOfKinds(t *testing.T) {
	for kind, d := range definitions {
		seen := map[string]bool{}
		for _, f := range Fields(d.New()) {
			if !snakeCase.MatchString(f.Name) || seen[f.Name] {
				t.Errorf("%s: field %q is not in snake case or not unique", kind, f.Name)
			}
			seen[f.Name] = true
			checkFieldType(t, string(kind)+"."+f.Name, f.Type, false)
		}
		if !seen["extensions"] {
			t.Errorf("%s has no extensions", kind)
		}
		for f := range reflect.TypeOf(d.New()).Elem().Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() && !f.Anonymous && !seen[name] {
				t.Errorf("%s: field %s has no JSON name", kind, f.Name)
			}
		}
	}
}

// checkFieldType holds a field to the list at [Field].
func checkFieldType(t *testing.T, path string, typ reflect.Type, inside bool) {
	t.Helper()
	if typ == TimeType || typ == DurationType {
		return
	}
	switch {
	case typ.Kind() == reflect.String:
	case typ == reflect.TypeFor[bool](), typ == reflect.TypeFor[int64](), typ == reflect.TypeFor[[]string]():
	case !inside && (typ == reflect.TypeFor[*bool]() || typ == reflect.TypeFor[*int64]()):
	case !inside && (typ.Kind() == reflect.Map || typ == SecretType):
		if typ != MapType && typ != SecretsType && typ != SecretType && typ != reflect.TypeFor[map[string][]string]() {
			t.Errorf("%s has type %s, which Field does not allow", path, typ)
		}
	case (typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer) && typ.Elem().Kind() == reflect.Struct:
		for _, f := range StructFields(typ.Elem()) {
			checkFieldType(t, path+"."+f.Name, f.Type, true)
		}
	default:
		t.Errorf("%s has type %s, which Field does not allow", path, typ)
	}
}

func TestContentFieldsExist(t *testing.T) {
	for _, name := range ContentFields() {
		if f, ok := FieldNamed(&ChangeRequest{}, name); !ok || f.Input {
			t.Errorf("content field %q does not exist or is an input", name)
		}
	}
}

func TestUnknownKinds(t *testing.T) {
	if Known("nope") || !Known("ipam_prefix") {
		t.Error("Known is wrong")
	}
	for name, f := range map[string]func(){
		"Define of an unknown kind": func() { Define("nope") },
		"define twice":              func() { define(Definition{Kind: "ipam_prefix"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}
