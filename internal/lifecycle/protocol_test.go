// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// This file makes the calls that Terraform makes for a block, and holds the answers to what Terraform demands of them.

// plan validates and plans. The block stays as it is.
func (w *walk) plan(b *block, config attrs) *answer {
	w.Helper()
	typ := w.typeOf(b.kind)
	wanted := value(typ, map[string]any(config))
	valid, err := w.server.ValidateResourceConfig(w.ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "infraops_" + b.kind, Config: dynamic(typ, wanted),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		return broken(err)
	}
	if a := (&answer{diagnostics: valid.Diagnostics, state: b.state}); a.failed() {
		return a
	}
	return w.planFrom(b, b.state, b.private, wanted)
}

// planFrom plans from a state that may be null although the block has private data, as Terraform does for a replacement.
func (w *walk) planFrom(b *block, prior tftypes.Value, private []byte, config tftypes.Value) *answer {
	w.Helper()
	typ := w.typeOf(b.kind)
	resp, err := w.server.PlanResourceChange(w.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: "infraops_" + b.kind, PriorState: dynamic(typ, prior), Config: dynamic(typ, config), PriorPrivate: private,
		PriorIdentity: b.identity, ProposedNewState: dynamic(typ, w.proposed(b.kind, prior, config)),
	})
	if err != nil {
		return broken(err)
	}
	a := &answer{diagnostics: resp.Diagnostics, private: resp.PlannedPrivate, identity: resp.PlannedIdentity, state: static(typ, resp.PlannedState)}
	for _, p := range resp.RequiresReplace {
		a.replace = append(a.replace, pathText(p))
	}
	if a.failed() {
		return a
	}
	a.empty = a.state.Equal(prior)
	for name, planned := range members(a.state) {
		if given := members(config)[name]; !w.writeOnly(b.kind, name) && given.IsFullyKnown() && !given.IsNull() && !planned.Equal(given) && (prior.IsNull() || !planned.Equal(members(prior)[name])) {
			w.Errorf("invalid plan: %s is %s, neither as configured (%s) nor as before", name, planned, given)
		}
	}
	return a
}

// proposed merges a configuration with the prior state as Terraform does: computed attributes that are not configured keep
// their value, and write-only ones stay behind.
func (w *walk) proposed(kind string, prior, config tftypes.Value) tftypes.Value {
	merged := members(config)
	for _, a := range w.schema.ResourceSchemas["infraops_"+kind].Block.Attributes {
		if a.Computed && merged[a.Name].IsNull() && !prior.IsNull() {
			merged[a.Name] = members(prior)[a.Name]
		}
		if a.WriteOnly {
			merged[a.Name] = tftypes.NewValue(a.Type, nil)
		}
	}
	return tftypes.NewValue(w.typeOf(kind), merged)
}

func (w *walk) writeOnly(kind, name string) bool {
	for _, a := range w.schema.ResourceSchemas["infraops_"+kind].Block.Attributes {
		if a.Name == name {
			return a.WriteOnly
		}
	}
	return false
}

// apply plans a block and makes it so; a replacement is planned twice, and destroys before it creates.
func (w *walk) apply(b *block, config attrs) *answer {
	w.Helper()
	p := w.plan(b, config)
	if p.failed() || p.empty {
		return p
	}
	wanted := value(w.typeOf(b.kind), map[string]any(config))
	if len(p.replace) > 0 {
		if p = w.planFrom(b, tftypes.NewValue(w.typeOf(b.kind), nil), p.private, wanted); p.failed() {
			return p
		}
		if d := w.destroy(b); d.failed() {
			return d
		}
	}
	a := w.change(b, p, wanted)
	a.diagnostics = append(p.diagnostics, a.diagnostics...)
	return a
}

// change sends a plan, and saves what Terraform would save.
func (w *walk) change(b *block, p *answer, config tftypes.Value) *answer {
	w.Helper()
	typ := w.typeOf(b.kind)
	resp, err := w.server.ApplyResourceChange(w.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "infraops_" + b.kind, PriorState: dynamic(typ, b.state), PlannedState: dynamic(typ, p.state),
		Config: dynamic(typ, config), PlannedPrivate: p.private, PlannedIdentity: p.identity,
	})
	if err != nil {
		return broken(err)
	}
	a := &answer{diagnostics: resp.Diagnostics, private: resp.Private, identity: resp.NewIdentity, state: static(typ, resp.NewState)}
	if !a.failed() {
		for name, planned := range members(p.state) {
			if got := members(a.state)[name]; planned.IsFullyKnown() && !planned.Equal(got) || !got.IsFullyKnown() {
				w.Errorf("inconsistent result after apply: %s is %s, planned was %s", name, got, planned)
			}
		}
	}
	b.state, b.private, b.identity = a.state, a.private, a.identity
	return a
}

// destroy ends a block.
func (w *walk) destroy(b *block) *answer {
	w.Helper()
	null := tftypes.NewValue(w.typeOf(b.kind), nil)
	return w.change(b, &answer{state: null, private: b.private, identity: b.identity}, null)
}

// read refreshes a block.
func (w *walk) read(b *block) *answer {
	w.Helper()
	typ := w.typeOf(b.kind)
	resp, err := w.server.ReadResource(w.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: "infraops_" + b.kind, CurrentState: dynamic(typ, b.state), Private: b.private, CurrentIdentity: b.identity,
	})
	if err != nil {
		return broken(err)
	}
	a := &answer{diagnostics: resp.Diagnostics, private: resp.Private, identity: resp.NewIdentity, state: static(typ, resp.NewState)}
	if !a.failed() {
		b.state, b.private, b.identity = a.state, a.private, a.identity
	}
	return a
}

// importID imports by id, or where that is empty by identity, and reads what was imported.
func (w *walk) importID(kind, id string, identity *tfprotov6.ResourceIdentityData) (*block, *answer) {
	w.Helper()
	resp, err := w.server.ImportResourceState(w.ctx, &tfprotov6.ImportResourceStateRequest{TypeName: "infraops_" + kind, ID: id, Identity: identity})
	if err != nil {
		return nil, broken(err)
	}
	a := &answer{diagnostics: resp.Diagnostics}
	if a.failed() || len(resp.ImportedResources) != 1 {
		return nil, a
	}
	i := resp.ImportedResources[0]
	b := &block{kind: kind, state: static(w.typeOf(kind), i.State), private: i.Private, identity: i.Identity}
	return b, w.read(b)
}

// data reads a data source.
func (w *walk) data(name string, config attrs) *answer {
	w.Helper()
	typ := w.schema.DataSourceSchemas["infraops_"+name].ValueType()
	wanted := dynamic(typ, value(typ, map[string]any(config)))
	valid, err := w.server.ValidateDataResourceConfig(w.ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: "infraops_" + name, Config: wanted})
	if err != nil {
		return broken(err)
	}
	if a := (&answer{diagnostics: valid.Diagnostics}); a.failed() {
		return a
	}
	resp, err := w.server.ReadDataSource(w.ctx, &tfprotov6.ReadDataSourceRequest{TypeName: "infraops_" + name, Config: wanted})
	if err != nil {
		return broken(err)
	}
	return &answer{diagnostics: resp.Diagnostics, state: static(typ, resp.State)}
}

func broken(err error) *answer {
	return &answer{diagnostics: []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: "the call itself failed", Detail: err.Error()}}}
}

// created is a block that has been applied in a walk of its own.
func (w *world) created(kind string, config attrs) *block {
	w.Helper()
	walk := w.walk()
	b := walk.block(kind)
	walk.apply(b, config).ok(w)
	w.faulty.Reset()
	return b
}

// identityOf is the identity of a record.
func identityOf(id string) *tfprotov6.ResourceIdentityData {
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(typ, value(typ, map[string]any{"id": id}))}
}

// unknown is a value that is not known yet.
type unknown struct{}

// value makes a value of any type from plain Go: nil, unknown{}, string, bool, int, []string, map[string]string, map[string]any, attrs, []attrs.
func value(t tftypes.Type, v any) tftypes.Value {
	switch x := v.(type) {
	case nil:
		return tftypes.NewValue(t, nil)
	case unknown:
		return tftypes.NewValue(t, tftypes.UnknownValue)
	case []string:
		elements := []tftypes.Value{}
		for _, s := range x {
			elements = append(elements, tftypes.NewValue(tftypes.String, s))
		}
		return tftypes.NewValue(t, elements)
	case []attrs:
		elements := []tftypes.Value{}
		for _, a := range x {
			elements = append(elements, value(t.(tftypes.List).ElementType, a))
		}
		return tftypes.NewValue(t, elements)
	case attrs:
		return value(t, map[string]any(x))
	case map[string]string:
		entries := map[string]any{}
		for key, s := range x {
			entries[key] = s
		}
		return value(t, entries)
	case map[string]any:
		entries := map[string]tftypes.Value{}
		switch t := t.(type) {
		case tftypes.Object:
			for name, at := range t.AttributeTypes {
				entries[name] = value(at, x[name])
			}
			for name := range x {
				if _, ok := t.AttributeTypes[name]; !ok {
					panic("no attribute " + name)
				}
			}
		case tftypes.Map:
			for key, element := range x {
				entries[key] = value(t.ElementType, element)
			}
		}
		return tftypes.NewValue(t, entries)
	}
	return tftypes.NewValue(t, v)
}

func dynamic(t tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	d, err := tfprotov6.NewDynamicValue(t, v)
	if err != nil {
		panic(err)
	}
	return &d
}

func static(t tftypes.Type, d *tfprotov6.DynamicValue) tftypes.Value {
	if d == nil {
		return tftypes.NewValue(t, nil)
	}
	v, err := d.Unmarshal(t)
	if err != nil {
		panic(err)
	}
	return v
}

// members takes an object apart; a null object has none.
func members(object tftypes.Value) map[string]tftypes.Value {
	all := map[string]tftypes.Value{}
	if object.IsKnown() && !object.IsNull() {
		if err := object.As(&all); err != nil {
			panic(err)
		}
	}
	// The map is the value's own.
	return maps.Clone(all)
}

func textOf(object tftypes.Value, name string) string {
	v, ok := members(object)[name]
	switch {
	case !ok || v.IsNull():
		return ""
	case !v.IsKnown():
		return "(unknown)"
	}
	var s string
	if err := v.As(&s); err != nil {
		return fmt.Sprint(v)
	}
	return s
}

func entriesOf(object tftypes.Value, name string) map[string]string {
	all := map[string]string{}
	for key := range members(members(object)[name]) {
		all[key] = textOf(members(object)[name], key)
	}
	return all
}
