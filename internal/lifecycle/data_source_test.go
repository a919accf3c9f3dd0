// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestLookupByEachSelector(t *testing.T) {
	w := newWorld(t)
	c := w.created(request, attrs{"summary": "Upgrade"})
	i := w.created(item, server("web-01").with(attrs{"attributes": map[string]string{"cpu": "4"}}))
	p := w.put(&record.Prefix{CIDR: "10.0.0.0/24", Name: "web", Meta: record.Meta{Stack: "network"}}).Metadata().ID
	for _, s := range []struct {
		name   string
		config attrs
		id     string
		calls  []string
	}{
		{item, attrs{"id": i.text("id")}, i.text("id"), []string{"cmdb_configuration_item.Find=1"}},
		{item, server("web-01"), i.text("id"), []string{"cmdb_configuration_item.Find=1"}},
		{request, attrs{"id": c.text("id")}, c.text("id"), []string{"change_request.Find=1"}},
		{request, attrs{"number": c.text("number")}, c.text("id"), []string{"change_request.Find=1"}},
		{prefix, attrs{"id": p}, p, []string{"ipam_prefix.Find=1", "ipam_prefix.Get=1"}},
		{prefix, attrs{"cidr": "10.0.0.0/24"}, p, []string{"ipam_prefix.Find=1"}},
		{prefix, attrs{"name": "web"}, p, []string{"ipam_prefix.Find=1"}},
	} {
		t.Run(fmt.Sprint(s.name, s.config), func(t *testing.T) {
			w.faulty.Reset()
			a := w.walk().data(s.name, s.config).ok(t)
			if got := textOf(a.state, "id"); got != s.id || !a.state.IsFullyKnown() || textOf(a.state, "correlation_id") == "" {
				t.Errorf("shows %s, want id %s", a.state, s.id)
			}
			w.wantCalls(s.calls...)
		})
	}
	if got := entriesOf(w.walk().data(item, server("web-01")).state, "attributes"); got["cpu"] != "4" {
		t.Errorf("attributes are %v", got)
	}
}

func TestLookupRefusesNoAndTooManySelectors(t *testing.T) {
	w := newWorld(t)
	for _, config := range []attrs{{}, {"class": "server"}, {"id": "m1", "name": "x"}, {"id": "m1", "class": "server", "name": "x"}} {
		w.walk().data(item, config).wantError(t, "Invalid selection of a configuration item", "Select the record by id, or by class and name, and by nothing else.")
	}
	w.walk().data(prefix, attrs{"cidr": "10.0.0.7/24"}).wantError(t, "cidr: Invalid cidr", `must not have host bits set: write "10.0.0.0/24"`)
	w.walk().data(prefix, attrs{"cidr": "10.0.0.0/24", "name": "x"}).wantError(t, "Select the record by id, or by cidr, or by name")
	w.wantCalls()
}

func TestLookupOfSeveralMatches(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for _, s := range []string{"one", "two"} {
		ids = append(ids, w.put(&record.ConfigurationItem{Class: "server", Name: "db", Status: "planned", Meta: record.Meta{Stack: s}}).Metadata().ID)
	}
	w.walk().data(item, server("db")).wantError(t, `reading configuration item from memory: there are 2 live records with class "server" and name "db".`,
		fmt.Sprintf(`Select one by id: %s (stack "one"), %s (stack "two").`, ids[0], ids[1]))
	own := w.created(item, server("db"))
	if a := w.walk().data(item, server("db")).ok(t); textOf(a.state, "id") != own.text("id") {
		t.Errorf("shows %s although the own stack has one", a.state)
	}
}

func TestLookupOfNothing(t *testing.T) {
	w := newWorld(t)
	retired := w.put(&record.ConfigurationItem{Class: "server", Name: "old", Status: record.StatusRetired})
	for _, config := range []attrs{server("old"), server("none"), {"id": retired.Metadata().ID}, {"id": "m99"}} {
		w.walk().data(item, config).wantError(t, "Cannot read configuration item", "there is no live record with", "Check the value, and that the record is kept by memory.")
	}
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Find, Err: record.Errorf(record.ErrUnavailable, "down")})
	for _, config := range []attrs{server("x"), {"id": "m1"}} {
		w.walk().data(item, config).wantError(t, "reading configuration item from memory: down.")
	}
	w.unknown = true
	w.walk().data(item, server("x")).wantError(t, "the provider's configuration is not known yet")
}

func TestListingFilters(t *testing.T) {
	w := newWorld(t)
	add := func(class, name, stack, status string, attributes map[string]string) {
		w.put(&record.ConfigurationItem{Class: class, Name: name, Status: status, Environment: "prod", Attributes: attributes, Meta: record.Meta{Stack: stack}})
	}
	add("server", "a", "one", "operational", map[string]string{"os": "linux", "tier": "web"})
	add("server", "b", "two", "operational", map[string]string{"os": "linux", "tier": "db"})
	add("server", "c", "two", "planned", map[string]string{"os": "windows"})
	add("database", "d", "two", "planned", nil)
	add("server", "e", "two", record.StatusRetired, nil)
	for _, c := range []struct {
		config attrs
		want   []string
	}{
		{attrs{}, []string{"a", "b", "c", "d"}},
		{attrs{"class": "server"}, []string{"a", "b", "c"}},
		{attrs{"class": "server", "status": "planned"}, []string{"c"}},
		{attrs{"stack": "two"}, []string{"b", "c", "d"}},
		{attrs{"environment": "prod", "stack": "one"}, []string{"a"}},
		{attrs{"attributes": map[string]string{"os": "linux"}}, []string{"a", "b"}},
		{attrs{"attributes": map[string]string{"os": "linux", "tier": "db"}}, []string{"b"}},
		{attrs{"class": "storage"}, nil},
	} {
		w.faulty.Reset()
		a := w.walk().data("cmdb_configuration_items", c.config).ok(t)
		var list []tftypes.Value
		if err := members(a.state)["configuration_items"].As(&list); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, element := range list {
			names = append(names, textOf(element, "name"))
		}
		if !slices.Equal(names, c.want) || members(a.state)["configuration_items"].IsNull() {
			t.Errorf("%v lists %v, want %v", c.config, names, c.want)
		}
		w.wantCalls("cmdb_configuration_item.Find=1")
	}
	w.walk().data("cmdb_configuration_items", attrs{"status": "broken"}).wantError(t, "status: Invalid status", "must be one of")
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Find, Panic: "boom"})
	w.walk().data("cmdb_configuration_items", attrs{}).wantError(t, "Cannot read configuration items", "the provider panicked")
}
