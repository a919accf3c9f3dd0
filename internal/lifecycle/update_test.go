// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// watched is a connection that notes which fields updates name.
type watched struct {
	record.Connection
	fields *[]string
}

func (c watched) Stores() record.Stores {
	stores := c.Connection.Stores()
	for kind, s := range stores {
		if _, allocates := record.Capability[record.Allocator[record.Record]](s); !allocates {
			stores[kind] = watchedStore{s, c.fields}
		}
	}
	return stores
}

type watchedStore struct {
	record.Store[record.Record]
	fields *[]string
}

func (s watchedStore) Unwrap() any { return s.Store }

func (s watchedStore) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	*s.fields = append(*s.fields, fields...)
	return s.Store.Update(ctx, r, fields)
}

func TestUpdateSendsWhatChanged(t *testing.T) {
	start := server("web-01").with(attrs{
		"owner": "bob", "location": "hall 1", "attributes": map[string]string{"cpu": "4", "ram": "8"},
		"extensions": map[string]any{"memory": map[string]string{"u_cost": "1", "u_site": "x"}},
	})
	for _, c := range []struct {
		name   string
		change attrs
		want   []string
	}{
		{"a field", attrs{"owner": "alice"}, []string{"owner"}},
		{"a field less", attrs{"location": nil}, []string{"location"}},
		{"an entry", attrs{"attributes": map[string]string{"cpu": "5", "ram": "8"}}, []string{"attributes.cpu"}},
		{"an entry more and one less", attrs{"attributes": map[string]string{"cpu": "4", "disk": "1T"}}, []string{"attributes.disk", "attributes.ram"}},
		{"no entries", attrs{"attributes": nil}, []string{"attributes.cpu", "attributes.ram"}},
		{"a vendor field", attrs{"extensions": map[string]any{"memory": map[string]string{"u_cost": "2", "u_site": "x"}}}, []string{"extensions.u_cost"}},
		{"the name", attrs{"name": "web-02"}, []string{"name"}},
		{"initial status", attrs{"initial_status": "in_build"}, nil},
		{"on_destroy", attrs{"on_destroy": "delete"}, nil},
		{"timeouts", attrs{"timeouts": map[string]any{"read": "1m"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			var sent []string
			w.faulty = systemtest.Faulty(watched{w.memory, &sent})
			b := w.created(item, start)
			foreign := w.only(item).(*record.ConfigurationItem)
			foreign.Attributes["foreign"] = "stays"
			w.edit(foreign, "attributes.foreign")
			id := b.text("id")
			walk := w.walk()
			a := walk.apply(b, start.with(c.change)).ok(t)
			if slices.Sort(sent); !slices.Equal(sent, c.want) || a.replace != nil {
				t.Errorf("sent %v, want %v", sent, c.want)
			}
			if len(c.want) == 0 && w.faulty.Count(item, systemtest.Update) != 0 {
				t.Error("something was sent for what Terraform alone keeps")
			}
			kept := w.only(item).(*record.ConfigurationItem)
			if kept.ID != id || kept.Attributes["foreign"] != "stays" || b.text("status") != "planned" {
				t.Errorf("kept %+v", kept)
			}
			if p := w.walk().plan(b, start.with(c.change)).ok(t); !p.empty {
				t.Errorf("then a plan is not empty: %s", p.state)
			}
		})
	}
}

func TestUpdateThatLeavesComputedAttributesAlonePlansThemKnown(t *testing.T) {
	w := newWorld(t)
	b := w.created(address, attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24")})
	p := w.walk().plan(b, attrs{"name": "x", "prefix_id": b.text("prefix_id"), "hostname": "x.example.com"}).ok(t)
	if !p.state.IsFullyKnown() || textOf(p.state, "address") != b.text("address") {
		t.Errorf("planned %s", p.state)
	}
}

func TestUpdateOfTheNameChangesTheCorrelationKey(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01"))
	walk := w.walk()
	p := walk.plan(b, server("web-02")).ok(t)
	if got := textOf(p.state, "correlation_id"); got != "payments/cmdb_configuration_item/server/web-02" {
		t.Errorf("correlation_id is planned as %s", got)
	}
	w.walk().apply(b, server("web-02")).ok(t)
	w.only(item)
}

func TestUpdateOfARecordThatHasGoneIsAnError(t *testing.T) {
	for _, change := range []attrs{{"owner": "bob"}, {"on_destroy": "delete"}} {
		w := newWorld(t)
		b := w.created(item, server("web-01"))
		if err := w.store(item).Retire(t.Context(), b.text("id"), record.Erase); err != nil {
			t.Fatal(err)
		}
		w.walk().apply(b, server("web-01").with(change)).wantError(t, "Cannot update configuration item", "Plan again to see what is there")
		if b.state.IsNull() {
			t.Error("an update must not remove the record from state")
		}
	}
}

func TestStateOfAnItemOwnsItsPartOnly(t *testing.T) {
	w := newWorld(t)
	i := w.created(item, server("web-01").with(attrs{"owner": "bob", "attributes": map[string]string{"cpu": "4"}}))
	config := attrs{"configuration_item_id": i.text("id"), "status": "operational", "attributes": map[string]string{"agent": "1.2"}}
	s := w.created(itemState, config)
	kept := w.only(item).(*record.ConfigurationItem)
	if want := map[string]string{"cpu": "4", "agent": "1.2"}; !maps.Equal(kept.Attributes, want) || kept.Status != "operational" || kept.Owner != "bob" {
		t.Fatalf("kept %+v", kept)
	}
	walk := w.walk()
	for _, b := range []*block{i, s} {
		walk.read(b).ok(t)
	}
	if i.text("status") != "operational" || len(i.entries("attributes")) != 1 || len(s.entries("attributes")) != 1 {
		t.Errorf("item %s, state %s", i.state, s.state)
	}
	w.walk().apply(s, config.with(attrs{"attributes": nil})).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); len(kept.Attributes) != 1 || kept.Status != "operational" {
		t.Errorf("kept %+v", kept)
	}
	w.walk().apply(s, attrs{"configuration_item_id": i.text("id")}).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); kept.Status != "operational" {
		t.Errorf("without a configured status the item is %s; nobody asked for another", kept.Status)
	}
	if p := w.walk().plan(s, attrs{"configuration_item_id": i.text("id")}).ok(t); !p.empty {
		t.Errorf("then a plan is not empty: %s", p.state)
	}
	w.walk().destroy(s).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); kept.Status != "operational" {
		t.Errorf("destroying the state made the item %s", kept.Status)
	}
}
