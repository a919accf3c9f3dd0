// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"maps"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// pair are two servers on one registry, each with a run of its own: one that takes shortcuts and the framework's.
type pair struct {
	t        *testing.T
	fast     *WrappedServer
	slow     tfprotov6.ProviderServer
	counted  *counting
	registry *registry.Registry
	types    map[string]tftypes.Object
	provider tftypes.Object
}

// counting counts the calls that reach the framework.
type counting struct {
	tfprotov6.ProviderServer
	calls int
}

func (c *counting) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	c.calls++
	return c.ProviderServer.UpgradeResourceState(ctx, req)
}

func (c *counting) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	c.calls++
	return c.ProviderServer.ReadResource(ctx, req)
}

func (c *counting) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	c.calls++
	return c.ProviderServer.PlanResourceChange(ctx, req)
}

func newPair(t *testing.T) *pair {
	database := filepath.Join(t.TempDir(), "infraops.db")
	t.Setenv("INFRAOPS_REGISTRY_DATABASE", database)
	r, err := registry.OpenRegistry(record.Settings{"database": database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	p := &pair{t: t, registry: r, types: map[string]tftypes.Object{}}
	provider := New("test", Systems())
	p.fast, p.slow = Server(provider), Server(provider).ProviderServer
	schemas, err := p.slow.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range schemas.ResourceSchemas {
		p.types[name] = s.ValueType().(tftypes.Object)
	}
	p.provider = schemas.Provider.ValueType().(tftypes.Object)
	p.counted = &counting{ProviderServer: p.fast.ProviderServer}
	p.fast.ProviderServer = p.counted
	p.configure()
	return p
}

// configure begins another run on both servers.
func (p *pair) configure() {
	config := p.object(p.provider, map[string]any{"stack": "test"})
	for _, s := range []tfprotov6.ProviderServer{p.fast, p.slow} {
		resp, err := s.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config})
		p.check(err, resp.Diagnostics)
	}
}

func (p *pair) check(err error, diags []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			p.t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// object makes a value in which only some attributes are not null.
func (p *pair) object(t tftypes.Object, given map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	all := map[string]any{}
	for name := range t.AttributeTypes {
		all[name] = given[name]
	}
	text, err := json.Marshal(all)
	if err != nil {
		p.t.Fatal(err)
	}
	v, err := tftypes.ValueFromJSON(text, t) //nolint:staticcheck // there is no other for tests
	if err != nil {
		p.t.Fatal(err)
	}
	return p.encode(t, v)
}

func (p *pair) encode(t tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	d, err := tfprotov6.NewDynamicValue(t, v)
	if err != nil {
		p.t.Fatal(err)
	}
	return &d
}

func (p *pair) decode(t tftypes.Object, v *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	raw, err := v.Unmarshal(t)
	if err != nil {
		p.t.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if err := raw.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	return attributes
}

// block is one resource of a configuration with its state.
type block struct {
	name     string
	config   map[string]any
	state    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// create plans and applies a block with the framework's server.
func (p *pair) create(name string, config map[string]any) *block {
	p.t.Helper()
	object := p.types[name]
	prior, given := p.encode(object, tftypes.NewValue(object, nil)), p.object(object, config)
	plan, err := p.slow.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: prior, ProposedNewState: given, Config: given})
	p.check(err, plan.Diagnostics)
	applied, err := p.slow.ApplyResourceChange(p.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: prior, PlannedState: plan.PlannedState, Config: given, PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	p.check(err, applied.Diagnostics)
	// Clients without identity do not give it back.
	return &block{name: name, config: config, state: applied.NewState, private: applied.Private}
}

func (b *block) with(change func(*block)) *block {
	c := *b
	c.config = maps.Clone(b.config)
	change(&c)
	return &c
}

func (p *pair) id(b *block) (id string) {
	p.t.Helper()
	if err := p.decode(p.types[b.name], b.state)["id"].As(&id); err != nil {
		p.t.Fatal(err)
	}
	return id
}

// set changes one attribute of a block's state.
func (p *pair) set(b *block, attribute string, v tftypes.Value) {
	object := p.types[b.name]
	attributes := p.decode(object, b.state)
	attributes[attribute] = v
	b.state = p.encode(object, tftypes.NewValue(object, attributes))
}

// proposed is what Terraform proposes: the configuration, and the prior value where a computed attribute has none.
func (p *pair) proposed(b *block) *tfprotov6.DynamicValue {
	object := p.types[b.name]
	attributes, prior := p.decode(object, p.object(object, b.config)), p.decode(object, b.state)
	schemas, err := p.slow.GetProviderSchema(p.t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	p.check(err, nil)
	for _, a := range schemas.ResourceSchemas[b.name].Block.Attributes {
		if a.Computed && attributes[a.Name].IsNull() {
			attributes[a.Name] = prior[a.Name]
		}
	}
	return p.encode(object, tftypes.NewValue(object, attributes))
}

// readable puts a state into one form: as text that names types, whatever its encoding and the order of its entries.
func (p *pair) readable(name string, v *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	p.t.Helper()
	if v == nil {
		return nil
	}
	raw, err := v.Unmarshal(p.types[name])
	if err != nil {
		p.t.Fatal(err)
	}
	return &tfprotov6.DynamicValue{JSON: []byte(raw.String())}
}

// same asks both servers and compares what they answer. It also checks whether the shortcut was taken.
func same[Resp any](p *pair, shortcut bool, ask func(tfprotov6.ProviderServer) (*Resp, error)) {
	p.t.Helper()
	p.counted.calls = 0
	fast, err := ask(p.fast)
	p.check(err, nil)
	if taken := p.counted.calls == 0; taken != shortcut {
		p.t.Errorf("shortcut taken: %v, want %v", taken, shortcut)
	}
	slow, err := ask(p.slow)
	p.check(err, nil)
	if !reflect.DeepEqual(fast, slow) {
		f, _ := json.Marshal(fast)
		s, _ := json.Marshal(slow)
		p.t.Errorf("the answers differ\nfast: %s\nslow: %s", f, s)
	}
}

func (p *pair) sameRead(b *block, shortcut bool) {
	p.t.Helper()
	same(p, shortcut, func(s tfprotov6.ProviderServer) (*tfprotov6.ReadResourceResponse, error) {
		resp, err := s.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: b.name, CurrentState: b.state, Private: b.private, CurrentIdentity: b.identity})
		if err == nil {
			resp.NewState = p.readable(b.name, resp.NewState)
		}
		return resp, err
	})
}

func (p *pair) samePlan(b *block, shortcut bool) {
	p.t.Helper()
	same(p, shortcut, func(s tfprotov6.ProviderServer) (*tfprotov6.PlanResourceChangeResponse, error) {
		resp, err := s.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: b.name, PriorState: b.state, ProposedNewState: p.proposed(b), Config: p.object(p.types[b.name], b.config), PriorPrivate: b.private, PriorIdentity: b.identity,
		})
		if err == nil {
			resp.PlannedState = p.readable(b.name, resp.PlannedState)
		}
		return resp, err
	})
}

const (
	itemType    = "infraops_cmdb_configuration_item"
	addressType = "infraops_ipam_address"
)

func itemConfig() map[string]any {
	return map[string]any{
		"class": "server", "name": "web-01", "fqdn": "WEB-01.example.com", "attributes": map[string]any{"cpu": "4"},
		"extensions": map[string]any{"registry": map[string]any{"cost_centre": "42"}}, "timeouts": map[string]any{"create": "5m", "read": nil, "update": nil, "delete": nil},
	}
}

// packed is a manifest of Packer's.
const packed = `{"last_run_uuid": "1", "builds": [{"name": "u", "builder_type": "amazon-ebs", "artifact_id": "eu-west-1:ami-1,us-east-1:ami-2", "packer_run_uuid": "1"}]}`

func TestShortcutsOfEveryType(t *testing.T) {
	p := newPair(t)
	item := p.create(itemType, itemConfig())
	other := p.create(itemType, map[string]any{"class": "application", "name": "shop"})
	prefix := p.create("infraops_ipam_prefix", map[string]any{"cidr": "10.0.0.0/24", "labels": map[string]any{"team": "net"}})
	request := p.create("infraops_change_request", map[string]any{"summary": "Install", "configuration_item_ids": []string{p.id(item)}, "planned_start": "2030-01-01T22:00:00+02:00"})
	target := p.create("infraops_monitoring_target", map[string]any{"name": "web-01", "address": "WEB-01", "port": 9100, "interval": "90s", "profiles": []string{"node"}})
	blocks := []*block{
		item, other, prefix, request, target,
		p.create("infraops_image_version", map[string]any{"family": "ubuntu", "version": "1", "platform": "aws", "packer_manifest": packed, "region": "eu-west-1", "end_of_life_at": "2090-01-01T00:00:00+02:00"}),
		p.create("infraops_image_channel", map[string]any{"family": "ubuntu", "name": "production", "version": "1"}),
		p.create("infraops_monitoring_downtime", map[string]any{"target_id": p.id(target), "start": "2090-01-01T00:00:00Z", "end": "2090-01-01T02:00:00Z", "reason": "kernel"}),
		p.create(addressType, map[string]any{"name": "web-01", "prefix_id": p.id(prefix), "hostname": "web-01"}),
		p.create("infraops_cmdb_relationship", map[string]any{"parent_id": p.id(other), "child_id": p.id(item), "type": "runs_on"}),
		p.create("infraops_cmdb_configuration_item_state", map[string]any{"configuration_item_id": p.id(other), "status": "operational"}),
	}
	p.configure()
	// The addresses that were given out since have changed the prefix, the state of an item the item.
	changed := map[*block]bool{prefix: true, other: true}
	listed := map[string]bool{}
	for _, b := range blocks {
		p.sameRead(b, listed[b.name] && !changed[b])
		listed[b.name] = true
		p.sameRead(b, !changed[b])
		p.samePlan(b, true)
	}
}

func TestReadShortcut(t *testing.T) {
	p := newPair(t)
	item := p.create(itemType, itemConfig())
	elsewhere := p.create(itemType, map[string]any{"class": "server", "name": "web-02"})
	identity := func(id string) *tfprotov6.ResourceIdentityData {
		o := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
		return &tfprotov6.ResourceIdentityData{IdentityData: p.encode(o, tftypes.NewValue(o, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)}))}
	}
	items := p.registry.Stores()[record.KindConfigurationItem]
	if _, err := items.Update(t.Context(), &record.ConfigurationItem{
		Meta: record.Meta{ID: p.id(item)}, Location: "fra-1", Attributes: map[string]string{"os": "debian"},
	}, []string{"location", "attributes.os"}); err != nil {
		t.Fatal(err)
	}
	p.configure()
	p.sameRead(elsewhere, false) // makes the listing
	p.sameRead(item, true)       // what somebody else owns has changed
	for name, change := range map[string]func(*block){
		"owned field differs":     func(b *block) { p.set(b, "fqdn", tftypes.NewValue(tftypes.String, "other.example.com")) },
		"computed field differs":  func(b *block) { p.set(b, "status", tftypes.NewValue(tftypes.String, "in_build")) },
		"url differs":             func(b *block) { p.set(b, "url", tftypes.NewValue(tftypes.String, "https://example.com")) },
		"owned entry is missing":  func(b *block) { p.set(b, "attributes", texts(map[string]string{"cpu": "4", "rack": "7"})) },
		"no private data":         func(b *block) { b.private = nil },
		"other private data":      func(b *block) { b.private = []byte(`{"id":"IjEi","x":"MQ=="}`) },
		"another identity":        func(b *block) { b.identity = identity("4711") },
		"just imported":           func(b *block) { b.state = p.object(p.types[itemType], map[string]any{"id": p.id(item)}) },
		"not in the listing":      func(b *block) { p.set(b, "id", tftypes.NewValue(tftypes.String, "4711")) },
		"input was never written": func(b *block) { p.set(b, "initial_status", tftypes.NewValue(tftypes.String, nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.sameRead(item.with(change), false)
		})
	}
	p.t = t
	p.sameRead(item.with(func(b *block) { b.identity = identity(p.id(item)) }), true)
	if err := items.Retire(t.Context(), p.id(item), record.Conclude); err != nil {
		t.Fatal(err)
	}
	p.configure()
	p.sameRead(elsewhere, false)
	p.sameRead(item, false)
}

func texts(entries map[string]string) tftypes.Value {
	all := map[string]tftypes.Value{}
	for key, value := range entries {
		all[key] = tftypes.NewValue(tftypes.String, value)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, all)
}

func TestPlanShortcut(t *testing.T) {
	p := newPair(t)
	item := p.create(itemType, itemConfig())
	for name, c := range map[string]struct {
		shortcut bool
		change   func(*block)
	}{
		"unchanged":   {true, func(*block) {}},
		"default due": {false, func(b *block) { p.set(b, "on_destroy", tftypes.NewValue(tftypes.String, "delete")) }},
		"default overridden": {true, func(b *block) {
			p.set(b, "on_destroy", tftypes.NewValue(tftypes.String, "delete"))
			b.config["on_destroy"] = "delete"
		}},
		"default was never set":    {false, func(b *block) { p.set(b, "initial_status", tftypes.NewValue(tftypes.String, nil)) }},
		"configuration differs":    {false, func(b *block) { b.config["owner"] = "payments" }},
		"same by another spelling": {false, func(b *block) { b.config["fqdn"] = "web-01.EXAMPLE.com" }},
		"replacement":              {false, func(b *block) { b.config["class"] = "application" }},
		"rule broken": {false, func(b *block) {
			p.set(b, "class", tftypes.NewValue(tftypes.String, "toaster"))
			b.config["class"] = "toaster"
		}},
		"no private data": {false, func(b *block) { b.private = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.configure()
			p.samePlan(item.with(c.change), c.shortcut)
		})
	}
}

// The claim of a correlation key must not be lost on the short way, nor made twice on the long way after it.
func TestPlanShortcutClaims(t *testing.T) {
	p := newPair(t)
	item := p.create(itemType, itemConfig())
	twin := item.with(func(b *block) {
		p.set(b, "id", tftypes.NewValue(tftypes.String, "4711"))
		b.private = []byte(`{"id":"IjQ3MTEi"}`)
	})
	p.configure()
	p.samePlan(item, true)
	p.samePlan(twin, false)
	p.configure()
	p.samePlan(item.with(func(b *block) { b.config["owner"] = "payments" }), false)
	p.samePlan(twin, false)
}

func TestUpgradeShortcut(t *testing.T) {
	p := newPair(t)
	for name, c := range map[string]struct {
		shortcut bool
		version  int64
		state    string
	}{
		"current":          {true, 0, `{"id":"1","class":"server","name":"web-01","attributes":{"cpu":"4"},"extensions":{"registry":{"a":"b"}},"timeouts":null}`},
		"missing":          {true, 0, `{"id":"1"}`},
		"unknown":          {false, 0, `{"id":"1","colour":"red"}`},
		"nested object":    {false, 0, `{"id":"1","timeouts":{"create":"5m","forever":"1h"}}`},
		"null":             {false, 0, `null`},
		"not JSON":         {false, 0, `{"id":`},
		"another version":  {false, 1, `{"id":"1"}`},
		"no object at all": {false, 0, `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			same(p, c.shortcut, func(s tfprotov6.ProviderServer) (*tfprotov6.UpgradeResourceStateResponse, error) {
				resp, err := s.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{TypeName: itemType, Version: c.version, RawState: &tfprotov6.RawState{JSON: []byte(c.state)}})
				if err == nil {
					resp.UpgradedState = p.readable(itemType, resp.UpgradedState)
				}
				return resp, err
			})
		})
	}
}
