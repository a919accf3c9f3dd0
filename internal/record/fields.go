// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"maps"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Field is one field of a kind. Its Go type is one of string (or a named string), bool, int64, time.Time, time.Duration,
// []string, a pointer to a struct made of these (nil where there is none), a slice of such structs, map[string]string,
// map[string][]string, [Secret] or map[string]Secret. What a system may not know, and tell so, is a *bool or *int64.
type Field struct {
	// Name is the JSON name, which is also the Terraform attribute.
	Name string
	// Index is the field's place, for reflect.Value.FieldByIndex on the struct.
	Index []int
	Type  reflect.Type
	// Input marks a field that is sent when the record is created or ended and that systems do not give back,
	// such as on_destroy. Terraform's state keeps what the configuration said.
	Input bool
	// Once marks a field that is sent when the record is created and never again, such as the text of a message. Systems keep
	// it as it was sent; Terraform's state keeps what the configuration says now.
	Once bool
	// Secret marks a [Secret] or a map of them. Stores receive it and never give it back, so it is never compared.
	Secret bool
}

// Unread says that Terraform's state keeps what the configuration says, whatever the system has.
func (f Field) Unread() bool { return f.Input || f.Once }

// IsMap says that the field is a map whose entries are owned one by one.
func (f Field) IsMap() bool { return f.Type.Kind() == reflect.Map && !f.Secret }

// The types that a field can have besides the built-in ones.
var (
	TimeType     = reflect.TypeFor[time.Time]()
	DurationType = reflect.TypeFor[time.Duration]()
	MapType      = reflect.TypeFor[map[string]string]()
	SecretType   = reflect.TypeFor[Secret]()
	SecretsType  = reflect.TypeFor[map[string]Secret]()
)

var fieldTables sync.Map // reflect.Type -> []Field

// Fields lists the fields of r's kind in the order of their declaration, extensions included.
func Fields(r Record) []Field {
	return StructFields(reflect.TypeOf(r).Elem())
}

// StructFields lists the fields of a struct type; it also serves the structs inside a list.
func StructFields(t reflect.Type) []Field {
	if table, ok := fieldTables.Load(t); ok {
		return table.([]Field)
	}
	var fields []Field
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, Field{
			Name: name, Index: f.Index, Type: f.Type, Input: f.Tag.Get("infraops") == "input", Once: f.Tag.Get("infraops") == "once",
			Secret: f.Type == SecretType || f.Type == SecretsType,
		})
	}
	fieldTables.Store(t, fields)
	return fields
}

// FieldNamed finds a field of r's kind.
func FieldNamed(r Record, name string) (Field, bool) {
	for _, f := range Fields(r) {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// In returns the field's value inside r.
func (f Field) In(r Record) reflect.Value {
	return reflect.ValueOf(r).Elem().FieldByIndex(f.Index)
}

// Equal compares the field in two canonical records.
func (f Field) Equal(a, b Record) bool {
	return equalValues(f.In(a), f.In(b))
}

func equalValues(a, b reflect.Value) bool {
	switch a.Type() {
	case TimeType:
		return a.Interface().(time.Time).Equal(b.Interface().(time.Time))
	case SecretType, SecretsType:
		return true
	}
	switch a.Kind() {
	case reflect.String, reflect.Bool, reflect.Int64:
		return a.Equal(b)
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalValues(a.Elem(), b.Elem())
	case reflect.Map:
		return equalMaps(a, b)
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValues(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return !slices.ContainsFunc(StructFields(a.Type()), func(f Field) bool {
			return !equalValues(a.FieldByIndex(f.Index), b.FieldByIndex(f.Index))
		})
	}
	panic("record: a field cannot have type " + a.Type().String())
}

func equalMaps(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for entries := a.MapRange(); entries.Next(); {
		if other := b.MapIndex(entries.Key()); !other.IsValid() || !equalValues(entries.Value(), other) {
			return false
		}
	}
	return true
}

// Changes names the fields in which two canonical records of one kind differ. Maps differ entry by entry: "attributes.cpu".
func Changes(was, now Record) []string {
	var changed []string
	for _, f := range Fields(was) {
		if f.IsMap() {
			changed = append(changed, entryChanges(f, was, now)...)
		} else if !f.Equal(was, now) {
			changed = append(changed, f.Name)
		}
	}
	return changed
}

func entryChanges(f Field, was, now Record) []string {
	before, after := f.In(was), f.In(now)
	var changed []string
	for _, key := range slices.Compact(slices.Sorted(slices.Values(append(f.Keys(was), f.Keys(now)...)))) {
		old, current := before.MapIndex(reflect.ValueOf(key)), after.MapIndex(reflect.ValueOf(key))
		if old.IsValid() != current.IsValid() || old.IsValid() && !equalValues(old, current) {
			changed = append(changed, f.Name+"."+key)
		}
	}
	return changed
}

// Keys lists the keys of a map field, sorted.
func (f Field) Keys(r Record) []string {
	m := f.In(r)
	keys := make([]string, 0, m.Len())
	for _, key := range m.MapKeys() {
		keys = append(keys, key.String())
	}
	slices.Sort(keys)
	return keys
}

// entryPaths names all entries of a map, sorted: "attributes.cpu".
func entryPaths(field string, entries map[string]string) []string {
	paths := make([]string, 0, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		paths = append(paths, field+"."+key)
	}
	return paths
}

// Apply copies the named fields of src into dst. An entry "attributes.cpu" is set where src has it, else removed.
// What names no field or no map is left out. Lists and whole maps are then shared by both records: see [Clone].
func Apply(dst, src Record, fields []string) {
	for _, path := range fields {
		name, key, isEntry := strings.Cut(path, ".")
		f, ok := FieldNamed(dst, name)
		if !ok || isEntry && !f.IsMap() {
			continue
		}
		if !isEntry {
			f.In(dst).Set(f.In(src))
			continue
		}
		entries := cloneValue(f.In(dst))
		if entries.IsNil() {
			entries = reflect.MakeMap(f.Type)
		}
		// The zero value, where src has no such entry, removes it.
		entries.SetMapIndex(reflect.ValueOf(key), f.In(src).MapIndex(reflect.ValueOf(key)))
		f.In(dst).Set(entries)
	}
}

// Text returns one field, or one entry of a map, as text; false where the kind has no such field or the map no such entry.
// What is not known is an empty text.
func Text(r Record, path string) (string, bool) {
	name, key, isEntry := strings.Cut(path, ".")
	f, ok := FieldNamed(r, name)
	if !ok {
		return "", false
	}
	v := f.In(r)
	if v.Kind() == reflect.Pointer && v.Type().Elem().Kind() != reflect.Struct {
		if v.IsNil() {
			return "", !isEntry
		}
		v = v.Elem()
	}
	if isEntry {
		if f.Type != MapType {
			return "", false
		}
		entry, has := v.Interface().(map[string]string)[key]
		return entry, has
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return FormatTime(x), true
	case time.Duration:
		return x.String(), true
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	}
	return "", false
}

// Clone makes an independent copy.
func Clone[T Record](r T) T {
	src := reflect.ValueOf(r).Elem()
	dst := reflect.New(src.Type())
	dst.Elem().Set(src)
	out := dst.Interface().(T)
	for _, f := range Fields(r) {
		f.In(out).Set(cloneValue(f.In(out)))
	}
	return out
}

func cloneValue(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		c := reflect.New(v.Type().Elem())
		c.Elem().Set(cloneValue(v.Elem()))
		return c
	case v.Kind() == reflect.Struct && v.Type() != TimeType && v.Type() != SecretType:
		c := reflect.New(v.Type()).Elem()
		c.Set(v)
		for _, f := range StructFields(v.Type()) {
			c.FieldByIndex(f.Index).Set(cloneValue(v.FieldByIndex(f.Index)))
		}
		return c
	case v.Kind() == reflect.Slice && !v.IsNil():
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			c.Index(i).Set(cloneValue(v.Index(i)))
		}
		return c
	case v.Kind() == reflect.Map && !v.IsNil():
		c := reflect.MakeMapWithSize(v.Type(), v.Len())
		for entries := v.MapRange(); entries.Next(); {
			c.SetMapIndex(entries.Key(), cloneValue(entries.Value()))
		}
		return c
	}
	return v
}

// FormatTime writes a time in the one form that documents and errors use: RFC 3339 in UTC; empty for the zero time.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// sortSet puts a set of strings into canonical form: sorted, without repeats, nil where empty.
func sortSet(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	sort.Strings(values)
	return slices.Compact(values)
}

// canonicalHost takes off every dot at the end, so that a second pass finds nothing to do.
func canonicalHost(s string) string { return strings.ToLower(strings.TrimRight(s, ".")) }

// canonicalTime drops what RFC 3339 with seconds cannot hold.
func canonicalTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
