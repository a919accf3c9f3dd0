// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Most calls of a plan are about records that have not changed. The framework walks the schema several times for each,
// which takes most of a plan's time. The shortcuts answer such calls from the protocol's own messages. They return nil
// whenever anything is unusual, so that the framework answers as if they had not been tried. Each says below why its
// answer is the framework's.

// straightforward says that the framework adds nothing to what a type's attributes hold but the defaults that codec
// knows: no plan modifiers, no write-only values, no types with an equality of their own, no defaults inside others.
func straightforward(attributes map[string]schema.Attribute) bool {
	for name, a := range attributes {
		if name != attrTimeouts && !plainAttribute(a) {
			return false
		}
	}
	return true
}

func plainAttribute(a schema.Attribute) bool {
	custom, modified, defaulted := true, false, false
	switch x := a.(type) {
	case schema.StringAttribute: // the codec knows its default
		custom, modified = x.CustomType != nil, len(x.PlanModifiers) > 0
	case schema.BoolAttribute: // likewise
		custom, modified = x.CustomType != nil, len(x.PlanModifiers) > 0
	case schema.Int64Attribute: // likewise
		custom, modified = x.CustomType != nil, len(x.PlanModifiers) > 0
	case schema.MapAttribute:
		custom, modified, defaulted = x.CustomType != nil, len(x.PlanModifiers) > 0, x.Default != nil
	case schema.SetAttribute:
		custom, modified, defaulted = x.CustomType != nil, len(x.PlanModifiers) > 0, x.Default != nil
	case schema.ListAttribute:
		custom, modified, defaulted = x.CustomType != nil, len(x.PlanModifiers) > 0, x.Default != nil
	case schema.SingleNestedAttribute:
		custom, modified, defaulted = x.CustomType != nil, len(x.PlanModifiers) > 0, x.Default != nil || !plainInside(x.Attributes)
	case schema.ListNestedAttribute:
		custom, modified = x.CustomType != nil || x.NestedObject.CustomType != nil, len(x.PlanModifiers)+len(x.NestedObject.PlanModifiers) > 0
		defaulted = x.Default != nil || !plainInside(x.NestedObject.Attributes)
	}
	return !custom && !modified && !defaulted && !a.IsWriteOnly()
}

// plainInside is for the attributes of a nested object, of whose defaults the codec knows nothing.
func plainInside(attributes map[string]schema.Attribute) bool {
	for _, a := range attributes {
		if !plainAttribute(a) || schemaDefault(a) != nil {
			return false
		}
	}
	return true
}

// nullValue is null in MessagePack.
var nullValue = []byte{0xc0}

// message is a value of the protocol as Terraform sends it; nil for none, for null and for another encoding.
func message(v *tfprotov6.DynamicValue) []byte {
	if v == nil || bytes.Equal(v.MsgPack, nullValue) {
		return nil
	}
	return v.MsgPack
}

// onlyID says that private data holds the record's id and nothing else, in the very bytes that the framework writes.
func onlyID(private []byte, id string) bool {
	expected, err := json.Marshal(map[string][]byte{privateID: privateValue(id)})
	return err == nil && bytes.Equal(private, expected)
}

func (r *Resource) identity(id tftypes.Value) (*tfprotov6.ResourceIdentityData, error) {
	v, err := tfprotov6.NewDynamicValue(identityObject, id)
	return &tfprotov6.ResourceIdentityData{IdentityData: &v}, err
}

var identityObject = tftypes.Object{AttributeTypes: map[string]tftypes.Type{attrID: tftypes.String}}

// stateOf decodes a state that is there.
func (r *Resource) stateOf(v *tfprotov6.DynamicValue, b *binding) (*decoded, error) {
	raw, err := v.Unmarshal(r.codec.object)
	if err != nil {
		return nil, err
	}
	return r.codec.decode(raw, b.system.Name)
}

// UpgradeCurrent answers UpgradeResourceState for a state of the current version, which Terraform sends as JSON and
// also takes as JSON. The framework decodes it and encodes it again, dropping attributes that the schema does not have
// and filling in null for those that are missing. Terraform does the latter as well; with an attribute too many, on any
// level, this is no shortcut.
func (r *Resource) UpgradeCurrent(req *tfprotov6.UpgradeResourceStateRequest) *tfprotov6.UpgradeResourceStateResponse {
	if req.Version != r.schema.Version || req.RawState == nil || req.RawState.JSON == nil {
		return nil
	}
	var attributes map[string]json.RawMessage
	if json.Unmarshal(req.RawState.JSON, &attributes) != nil || attributes == nil {
		return nil
	}
	for name, value := range attributes {
		t, ok := r.codec.object.AttributeTypes[name]
		if !ok || hasObject(t) && string(value) != "null" {
			return nil
		}
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}
}

func hasObject(t tftypes.Type) bool {
	switch x := t.(type) {
	case tftypes.Object:
		return true
	case tftypes.Map:
		return hasObject(x.ElementType)
	case tftypes.List, tftypes.Set:
		return hasObject(elementType(t))
	}
	return false
}

// ReadUnchanged answers ReadResource where the run's listing is there already and Read would return the state that it
// was given. State, private data and identity are then those of the request, and the identity is the id's.
func (r *Resource) ReadUnchanged(run *Run, req *tfprotov6.ReadResourceRequest) *tfprotov6.ReadResourceResponse {
	b, err := run.bind(r.Kind)
	if err != nil || !r.straight || message(req.CurrentState) == nil {
		return nil
	}
	state, err := r.stateOf(req.CurrentState, b)
	if err != nil || state.imported() {
		return nil
	}
	id := state.record.Metadata().ID
	actual := b.reader.known(id)
	if r.definition.StateOnly {
		actual = state.record
	}
	if actual == nil || record.Gone(actual) || !onlyID(req.Private, id) {
		return nil
	}
	identity, err := r.identity(tftypes.NewValue(identityObject, map[string]tftypes.Value{attrID: tftypes.NewValue(tftypes.String, id)}))
	if err != nil || req.CurrentIdentity != nil && !bytes.Equal(message(req.CurrentIdentity.IdentityData), identity.IdentityData.MsgPack) {
		return nil
	}
	for name, v := range r.codec.attributes(actual, encoding{base: state, system: b.system.Name}) {
		if !v.Equal(orNull(state.values[name], v.Type())) {
			return nil
		}
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, NewIdentity: identity}
}

// PlanUnchanged answers PlanResourceChange where the proposed state is the prior one, to the byte, and no default is due. The
// framework then marks nothing as unknown and calls ModifyPlan with that state, which changes nothing unless a rule is
// broken, the type's hook has something to say, or another block stands for the same record. All three are looked at
// here; the claim comes last, since it can be made only once.
func (r *Resource) PlanUnchanged(ctx context.Context, run *Run, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	prior := message(req.PriorState)
	b, err := run.bind(r.Kind)
	if err != nil || !r.straight || prior == nil || !bytes.Equal(prior, message(req.ProposedNewState)) {
		return nil
	}
	was, err := r.stateOf(req.PriorState, b)
	if err != nil || !onlyID(req.PriorPrivate, was.record.Metadata().ID) || !r.defaultsKept(was, req.Config) {
		return nil
	}
	if len(was.judge()) > 0 || len(unsupported(b, was)) > 0 || !r.plansUnchanged(ctx, run, was, b) {
		return nil
	}
	identity := req.PriorIdentity
	if identity == nil {
		if identity, err = r.identity(tftypes.NewValue(identityObject, nil)); err != nil {
			return nil
		}
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.PriorState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: identity}
}

// defaultsKept says that no default replaces what the state has: where it has another value, the configuration says so.
func (r *Resource) defaultsKept(was *decoded, config *tfprotov6.DynamicValue) bool {
	var others []string
	for _, f := range r.codec.fields {
		if f.fallback != nil && !was.values[f.Name].Equal(tftypes.NewValue(f.wire, f.fallback)) {
			others = append(others, f.Name)
		}
	}
	if len(others) == 0 {
		return true
	}
	if message(config) == nil {
		return false
	}
	raw, err := config.Unmarshal(r.codec.object)
	var given map[string]tftypes.Value
	if err != nil || raw.As(&given) != nil {
		return false
	}
	return !slices.ContainsFunc(others, func(name string) bool { return given[name].IsNull() })
}

// plansUnchanged asks the type's hook, which may have an opinion even where nothing changes, and makes the claim.
func (r *Resource) plansUnchanged(ctx context.Context, run *Run, was *decoded, b *binding) bool {
	configured := *r
	configured.run = run
	p := &Plan{resource: &configured, system: b.system.Name, Prior: was.record}
	now := *was
	now.was, now.record, now.values = was, record.Clone(was.record), make(values, len(was.values))
	for name, v := range was.values {
		now.values[name] = v
	}
	p.now, p.Planned = &now, now.record
	p.Planned.Metadata().Stack = run.Stack
	if r.Type.Plan != nil {
		if guarded(func() error { return r.Type.Plan(ctx, p) }) != nil || len(p.warnings) > 0 {
			return false
		}
		for name, v := range p.now.values {
			if !v.Equal(was.values[name]) {
				return false
			}
		}
	}
	return p.claim("") == nil
}
