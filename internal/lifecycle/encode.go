// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"maps"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// isUnknown says whether the field, what it is in, or anything in it is not known yet.
func (d *decoded) isUnknown(path string) bool {
	for u := range d.unknown {
		if u == path || strings.HasPrefix(path, u+".") || strings.HasPrefix(u, path+".") {
			return true
		}
	}
	return false
}

// anyUnknown says whether one of the fields is not known yet.
func (d *decoded) anyUnknown(fields []string) bool {
	for _, f := range fields {
		if d.isUnknown(f) {
			return true
		}
	}
	return false
}

// owned names what the configuration owns of the record, entry by entry for maps: the fields that it sets and that systems keep.
func (d *decoded) owned() map[string]bool {
	owned := map[string]bool{}
	for _, f := range d.codec.fields {
		switch {
		case !f.configurable || f.Unread():
		case f.IsMap():
			for _, key := range f.Keys(d.record) {
				owned[f.Name+"."+key] = true
			}
		case d.set[f.Name]:
			owned[f.Name] = true
		}
	}
	for key := range d.record.Metadata().Extensions {
		owned[attrExtensions+"."+key] = true
	}
	return owned
}

// encoding is how a record becomes an object again.
type encoding struct {
	// base is the object that the record answers to: the plan after a write, the state at a read. Where a field means
	// the same in both, base's spelling is kept; what base does not own stays null.
	base *decoded
	// everything takes all fields from the record, as an import and a data source do.
	everything bool
	system     string
}

// encode writes r as an object. No value in it is unknown.
func (c *codec) encode(r record.Record, e encoding) (tftypes.Value, error) {
	object := c.attributes(r, e)
	if err := tftypes.ValidateValue(c.object, object); err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(c.object, object), nil
}

// attributes are those of the object that encode writes.
func (c *codec) attributes(r record.Record, e encoding) map[string]tftypes.Value {
	if e.base == nil {
		e.base = &decoded{record: c.definition.New(), values: values{}, codec: c}
	}
	object := make(map[string]tftypes.Value, len(c.object.AttributeTypes))
	for _, f := range c.fields {
		object[f.Name] = c.encodeField(r, f, e)
	}
	m := r.Metadata()
	for name, s := range map[string]string{attrID: m.ID, attrSystem: m.System, attrURL: m.URL, attrCorrelationID: m.CorrelationID} {
		if t, ok := c.object.AttributeTypes[name]; ok {
			object[name] = text(t, s)
		}
	}
	if t, ok := c.object.AttributeTypes[attrTimeouts]; ok {
		object[attrTimeouts] = orNull(e.base.values[attrTimeouts], t)
	}
	if t, ok := c.object.AttributeTypes[attrExtensions]; ok {
		object[attrExtensions] = encodeExtensions(t, m.Extensions, e)
	}
	return object
}

func (c *codec) encodeField(r record.Record, f boundField, e encoding) tftypes.Value {
	base := orNull(e.base.values[f.Name], f.wire)
	switch {
	case f.Secret:
		return tftypes.NewValue(f.wire, nil)
	case f.Unread():
		return encodeInput(r, f, base, e.everything)
	case e.everything && f.configurable && !f.computed && !f.required && f.In(r).IsZero():
		return tftypes.NewValue(f.wire, nil)
	case !f.configurable || e.everything:
		return encodeValue(f.wire, f.In(r), f.configurable)
	case !base.IsKnown():
		return encodeValue(f.wire, f.In(r), true)
	case base.IsNull():
		// What the configuration leaves out belongs to somebody else, unless the system computes it.
		if f.computed {
			return encodeValue(f.wire, f.In(r), true)
		}
		return base
	case f.IsMap():
		return encodeOwnedEntries(f.wire, f.In(r), base)
	case f.Equal(e.base.record, r):
		return base
	}
	return encodeValue(f.wire, f.In(r), true)
}

// encodeInput keeps what the configuration said, or after an import what the system knows, or the default.
func encodeInput(r record.Record, f boundField, base tftypes.Value, everything bool) tftypes.Value {
	if base.IsKnown() && (!base.IsNull() || f.fallback == nil && !everything) {
		return base
	}
	if v := f.In(r); !v.IsZero() {
		return encodeValue(f.wire, v, true)
	}
	if f.fallback != nil {
		return tftypes.NewValue(f.wire, f.fallback)
	}
	return tftypes.NewValue(f.wire, nil)
}

// encodeOwnedEntries keeps the entries that base has, with the values that the system has, and shows no others.
func encodeOwnedEntries(t tftypes.Type, actual reflect.Value, base tftypes.Value) tftypes.Value {
	var ours map[string]tftypes.Value
	if err := base.As(&ours); err != nil {
		return base
	}
	kept := make(map[string]tftypes.Value, len(ours))
	for key := range ours {
		if value := actual.MapIndex(reflect.ValueOf(key)); value.IsValid() {
			kept[key] = encodeEntry(t.(tftypes.Map).ElementType, value)
		}
	}
	return tftypes.NewValue(t, kept)
}

func encodeExtensions(t tftypes.Type, actual map[string]string, e encoding) tftypes.Value {
	base := orNull(e.base.values[attrExtensions], t)
	inner := t.(tftypes.Map).ElementType
	if e.everything {
		if len(actual) == 0 {
			return tftypes.NewValue(t, nil)
		}
		return tftypes.NewValue(t, map[string]tftypes.Value{e.system: encodeValue(inner, reflect.ValueOf(actual), true)})
	}
	var bySystem map[string]tftypes.Value
	if base.IsNull() || base.As(&bySystem) != nil {
		return base
	}
	kept := maps.Clone(bySystem)
	if ours, ok := bySystem[e.system]; ok && !ours.IsNull() {
		kept[e.system] = encodeOwnedEntries(inner, reflect.ValueOf(actual), ours)
	}
	return tftypes.NewValue(t, kept)
}

// encodeValue writes one field's value. An empty text, time, map or list is null where null is a choice, which for
// computed attributes it is only for texts and times.
func encodeValue(t tftypes.Type, v reflect.Value, nullable bool) tftypes.Value {
	switch x := v.Interface().(type) {
	case time.Time:
		return text(t, record.FormatTime(x))
	case time.Duration:
		return text(t, x.String())
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return tftypes.NewValue(t, nil)
		}
		return encodeElement(t, v.Elem(), nullable)
	case reflect.Map:
		return encodeMap(t, v, nullable)
	case reflect.String:
		return text(t, v.String())
	case reflect.Bool:
		return tftypes.NewValue(t, v.Bool())
	case reflect.Int64:
		return tftypes.NewValue(t, new(big.Float).SetInt64(v.Int()))
	case reflect.Slice:
		if v.Len() == 0 && nullable {
			return tftypes.NewValue(t, nil)
		}
		elements := make([]tftypes.Value, v.Len())
		for i := range elements {
			elements[i] = encodeElement(elementType(t), v.Index(i), nullable)
		}
		return tftypes.NewValue(t, elements)
	}
	panic("lifecycle: a field cannot have type " + v.Type().String())
}

func encodeMap(t tftypes.Type, v reflect.Value, nullable bool) tftypes.Value {
	if v.Len() == 0 && nullable {
		return tftypes.NewValue(t, nil)
	}
	entries := make(map[string]tftypes.Value, v.Len())
	for each := v.MapRange(); each.Next(); {
		entries[each.Key().String()] = encodeEntry(t.(tftypes.Map).ElementType, each.Value())
	}
	return tftypes.NewValue(t, entries)
}

// encodeEntry writes a map's value, of which an empty text is one like any other.
func encodeEntry(t tftypes.Type, v reflect.Value) tftypes.Value {
	if v.Kind() == reflect.String {
		return tftypes.NewValue(t, v.String())
	}
	return encodeValue(t, v, false)
}

// encodeElement writes an element of a list, or an object. Where null is a choice a member's zero is null: which of them was
// written is base's to say.
func encodeElement(t tftypes.Type, v reflect.Value, nullable bool) tftypes.Value {
	if v.Kind() != reflect.Struct || v.Type() == record.TimeType {
		return encodeValue(t, v, nullable)
	}
	object := t.(tftypes.Object)
	members := map[string]tftypes.Value{}
	for _, f := range record.StructFields(v.Type()) {
		member := v.FieldByIndex(f.Index)
		if nullable && member.IsZero() {
			members[f.Name] = tftypes.NewValue(object.AttributeTypes[f.Name], nil)
			continue
		}
		members[f.Name] = encodeValue(object.AttributeTypes[f.Name], member, nullable)
	}
	return tftypes.NewValue(t, members)
}

func elementType(t tftypes.Type) tftypes.Type {
	switch x := t.(type) {
	case tftypes.List:
		return x.ElementType
	case tftypes.Set:
		return x.ElementType
	}
	panic("lifecycle: not a collection: " + t.String())
}

func text(t tftypes.Type, s string) tftypes.Value {
	if s == "" {
		return tftypes.NewValue(t, nil)
	}
	return tftypes.NewValue(t, s)
}

// orNull replaces the zero Value, which stands for an attribute that the object did not have.
func orNull(v tftypes.Value, t tftypes.Type) tftypes.Value {
	if v.Type() == nil {
		return tftypes.NewValue(t, nil)
	}
	return v
}
