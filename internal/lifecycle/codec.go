// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// codec turns Terraform's values into records and back. It works on tftypes directly, since the framework's
// reflection into models costs more than everything else that a read does.
type codec struct {
	definition record.Definition
	object     tftypes.Object
	fields     []boundField
}

// boundField is a record's field with the attribute of the same name.
type boundField struct {
	record.Field
	wire tftypes.Type
	// configurable fields can be set by a configuration; the others are the system's.
	configurable bool
	computed     bool
	required     bool
	// fallback is the schema's default, for input fields after an import.
	fallback any
}

// attribute is what resources' and data sources' attributes have in common.
type attribute interface {
	IsRequired() bool
	IsOptional() bool
	IsComputed() bool
}

func newCodec[A attribute](d record.Definition, object attr.Type, attributes map[string]A) *codec {
	c := &codec{definition: d, object: object.TerraformType(context.Background()).(tftypes.Object)}
	bound := map[string]bool{attrTimeouts: true, attrExtensions: true}
	for _, name := range metaAttributes {
		bound[name] = true
	}
	for _, f := range record.Fields(d.New()) {
		a, ok := attributes[f.Name]
		if !ok || f.Name == attrExtensions {
			continue
		}
		bound[f.Name] = true
		c.fields = append(c.fields, boundField{
			Field: f, wire: c.object.AttributeTypes[f.Name], fallback: schemaDefault(a),
			configurable: a.IsRequired() || a.IsOptional(), computed: a.IsComputed(), required: a.IsRequired(),
		})
		if _, versioned := attributes[versionOf(f.Name)]; f.Secret && !(versioned && isWriteOnly(a)) {
			panic(fmt.Sprintf("lifecycle: %s: the secret %q must be write-only and have a %s beside it", d.Kind, f.Name, versionOf(f.Name)))
		}
	}
	for name := range attributes {
		if !bound[name] {
			panic(fmt.Sprintf("lifecycle: %s has no field for attribute %q", d.Kind, name))
		}
	}
	return c
}

// schemaDefault is the value of an attribute's Default, or nil.
func schemaDefault(a any) any {
	ctx := context.Background()
	switch x := a.(type) {
	case schema.StringAttribute:
		if x.Default != nil {
			resp := &defaults.StringResponse{}
			x.Default.DefaultString(ctx, defaults.StringRequest{}, resp)
			return resp.PlanValue.ValueString()
		}
	case schema.Int64Attribute:
		if x.Default != nil {
			resp := &defaults.Int64Response{}
			x.Default.DefaultInt64(ctx, defaults.Int64Request{}, resp)
			return resp.PlanValue.ValueInt64()
		}
	case schema.BoolAttribute:
		if x.Default != nil {
			resp := &defaults.BoolResponse{}
			x.Default.DefaultBool(ctx, defaults.BoolRequest{}, resp)
			return resp.PlanValue.ValueBool()
		}
	}
	return nil
}

// values are an object's attributes.
type values map[string]tftypes.Value

// decoded is an object as a record, with what a record cannot say about it.
type decoded struct {
	record record.Record
	values values
	// set names the fields that have a value, entry by entry for maps.
	set map[string]bool
	// unknown names the fields, and entries of maps, whose value is not known yet.
	unknown  map[string]bool
	problems []record.FieldError
	codec    *codec
	// was is the state that a plan starts from; nil for a create.
	was *decoded
}

// decode reads an object into canonical form. Of the extensions it takes those of the system.
func (c *codec) decode(object tftypes.Value, system string) (*decoded, error) {
	d, err := c.decodeAsWritten(object, system)
	if err != nil {
		return nil, err
	}
	d.record.Canonicalise()
	return d, nil
}

// decodeAsWritten leaves the values in the form in which a person wrote them, which is what the record's rules are about.
func (c *codec) decodeAsWritten(object tftypes.Value, system string) (*decoded, error) {
	d := &decoded{record: c.definition.New(), values: values{}, set: map[string]bool{}, unknown: map[string]bool{}, codec: c}
	if object.IsNull() || !object.IsKnown() {
		return d, nil
	}
	if err := object.As((*map[string]tftypes.Value)(&d.values)); err != nil {
		return nil, err
	}
	for _, f := range c.fields {
		if err := d.decodeField(f.Name, f.In(d.record), d.values[f.Name]); err != nil {
			return nil, fmt.Errorf("attribute %q: %w", f.Name, err)
		}
	}
	if err := d.decodeMeta(system); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *decoded) decodeMeta(system string) error {
	m := d.record.Metadata()
	for name, target := range map[string]*string{attrID: &m.ID, attrSystem: &m.System, attrURL: &m.URL, attrCorrelationID: &m.CorrelationID} {
		if v, ok := d.values[name]; ok && v.IsKnown() && !v.IsNull() {
			if err := v.As(target); err != nil {
				return err
			}
		}
	}
	bySystem := map[string]tftypes.Value{}
	if v := d.values[attrExtensions]; v.IsKnown() && !v.IsNull() {
		if err := v.As(&bySystem); err != nil {
			return err
		}
	}
	if v, ok := bySystem[system]; ok {
		entries, err := d.decodeMap(attrExtensions, v)
		m.Extensions = entries
		return err
	}
	return nil
}

// decodeObject reads a nested object, whose members are named "schedule.start".
func (d *decoded) decodeObject(name string, target reflect.Value, v tftypes.Value) error {
	var members map[string]tftypes.Value
	if err := v.As(&members); err != nil {
		return err
	}
	for _, f := range record.StructFields(target.Type()) {
		if err := d.decodeField(name+"."+f.Name, target.FieldByIndex(f.Index), members[f.Name]); err != nil {
			return err
		}
	}
	return nil
}

// decodeEntries reads a map of lists or of secrets.
func (d *decoded) decodeEntries(name string, target reflect.Value, v tftypes.Value) error {
	var raw map[string]tftypes.Value
	if err := v.As(&raw); err != nil {
		return err
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), len(raw)))
	for key, value := range raw {
		path, entry := name+"."+key, reflect.New(target.Type().Elem()).Elem()
		if value.IsNull() {
			d.problem(path, "must not be null; leave the key out to have no value")
			continue
		}
		if err := d.decodeField(path, entry, value); err != nil {
			return err
		}
		if !d.unknown[path] {
			target.SetMapIndex(reflect.ValueOf(key), entry)
		}
	}
	return nil
}

// extensionSystems names the systems that vendor fields are given for.
func (d *decoded) extensionSystems() []string {
	bySystem := map[string]tftypes.Value{}
	if v := d.values[attrExtensions]; !v.IsKnown() || v.IsNull() || v.As(&bySystem) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(bySystem))
}

// nullExtensions names the vendor fields of a system that are null.
func (d *decoded) nullExtensions(system string) []string {
	var bySystem, fields map[string]tftypes.Value
	if d.values[attrExtensions].As(&bySystem) != nil || !bySystem[system].IsKnown() || bySystem[system].As(&fields) != nil {
		return nil
	}
	maps.DeleteFunc(fields, func(_ string, v tftypes.Value) bool { return !v.IsNull() })
	return slices.Sorted(maps.Keys(fields))
}

func (d *decoded) problem(field, format string, args ...any) {
	d.problems = append(d.problems, record.FieldError{Field: field, Problem: fmt.Sprintf(format, args...)})
}

func (d *decoded) decodeField(name string, target reflect.Value, v tftypes.Value) error {
	switch {
	case !v.IsKnown():
		d.unknown[name] = true
		return nil
	case v.IsNull():
		return nil
	}
	d.set[name] = true
	switch target.Type() {
	case record.TimeType, record.DurationType, record.SecretType:
		return decodeText(v, func(s string) { d.parse(name, target, s) })
	case record.MapType:
		entries, err := d.decodeMap(name, v)
		target.Set(reflect.ValueOf(entries))
		return err
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		if target.Elem().Kind() != reflect.Struct {
			return d.decodeField(name, target.Elem(), v)
		}
		return d.decodeObject(name, target.Elem(), v)
	case reflect.Map:
		return d.decodeEntries(name, target, v)
	case reflect.String:
		return decodeText(v, func(s string) {
			if s == "" {
				d.problem(name, "must not be empty; leave it out, or set it to null, to have no value")
			}
			target.SetString(s)
		})
	case reflect.Bool:
		var b bool
		err := v.As(&b)
		target.SetBool(b)
		return err
	case reflect.Int64:
		n := new(big.Float)
		err := v.As(&n)
		i, _ := n.Int64()
		target.SetInt(i)
		return err
	case reflect.Slice:
		return d.decodeSlice(name, target, v)
	}
	return fmt.Errorf("a field cannot have type %s", target.Type())
}

// parse reads a text into a field that is more than a text.
func (d *decoded) parse(name string, target reflect.Value, s string) {
	switch target.Type() {
	case record.TimeType:
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			d.problem(name, "must be a time in RFC 3339 form such as 2026-03-01T20:00:00Z, is %q", s)
			return
		}
		target.Set(reflect.ValueOf(t))
	case record.DurationType:
		span, err := time.ParseDuration(s)
		if err != nil {
			d.problem(name, "must be a duration such as 30s, 15m or 2h, is %q", s)
			return
		}
		target.SetInt(int64(span))
	case record.SecretType:
		if s == "" {
			d.problem(name, "must not be empty")
		}
		target.Set(reflect.ValueOf(record.NewSecret(s)))
	}
}

func decodeText(v tftypes.Value, use func(string)) error {
	var s string
	if err := v.As(&s); err != nil {
		return err
	}
	use(s)
	return nil
}

func (d *decoded) decodeMap(name string, v tftypes.Value) (map[string]string, error) {
	if !v.IsKnown() {
		d.unknown[name] = true
		return nil, nil
	}
	raw := map[string]tftypes.Value{}
	if err := v.As(&raw); err != nil || v.IsNull() {
		return nil, err
	}
	entries := make(map[string]string, len(raw))
	for key, value := range raw {
		path := name + "." + key
		switch {
		case !value.IsKnown():
			d.unknown[path] = true
		case value.IsNull():
			d.problem(path, "must not be null; leave the key out to have no value")
		default:
			var s string
			if err := value.As(&s); err != nil {
				return nil, err
			}
			entries[key] = s
			d.set[path] = true
		}
	}
	return entries, nil
}

func (d *decoded) decodeSlice(name string, target reflect.Value, v tftypes.Value) error {
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return err
	}
	slice := reflect.MakeSlice(target.Type(), 0, len(elements))
	for i, e := range elements {
		item := reflect.New(target.Type().Elem()).Elem()
		switch {
		case !e.IsFullyKnown():
			d.unknown[name] = true
			return nil
		case e.IsNull():
			d.problem(name, "must not contain null")
			continue
		case item.Kind() == reflect.Struct:
			if err := d.decodeObject(fmt.Sprintf("%s.%d", name, i), item, e); err != nil {
				return err
			}
		default:
			if err := d.decodeField(name, item, e); err != nil {
				return err
			}
		}
		slice = reflect.Append(slice, item)
	}
	target.Set(slice)
	return nil
}

// judge applies the record's rules, leaving out those that rest on a value that is not known yet.
func (d *decoded) judge() []record.FieldError {
	problems := slices.Clone(d.problems)
	found := map[string]bool{}
	for _, p := range problems {
		found[p.Field] = true
	}
	for _, p := range d.record.Validate() {
		if !found[p.Field] && !d.isUnknown(p.Field) && !slices.ContainsFunc(p.Others, d.isUnknown) {
			problems = append(problems, p)
		}
	}
	return problems
}
