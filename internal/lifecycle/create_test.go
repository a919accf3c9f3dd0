// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// server is the configuration item of most tests.
func server(name string) attrs { return attrs{"class": "server", "name": name} }

func TestCreateKeepsOneRecord(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	b := walk.block(item)
	walk.apply(b, server("web-01").with(attrs{"fqdn": "WEB-01.Example.com.", "attributes": map[string]string{"cpu": "4"}})).ok(t).wantWarning(t)
	w.wantCalls("cmdb_configuration_item.Create=1", "cmdb_configuration_item.Find=1")
	kept := w.only(item).(*record.ConfigurationItem)
	if kept.Stack != stack || kept.FQDN != "web-01.example.com" || kept.Status != "planned" || kept.Attributes["cpu"] != "4" {
		t.Errorf("kept %+v", kept)
	}
	if b.text("id") != kept.ID || b.text("status") != "planned" || b.text("fqdn") != "WEB-01.Example.com." || b.text("system") != "memory" {
		t.Errorf("state is %s", b.state)
	}
	if b.identity == nil {
		t.Error("no identity was saved")
	}
	if p := w.walk().plan(b, server("web-01").with(attrs{"fqdn": "WEB-01.Example.com.", "attributes": map[string]string{"cpu": "4"}})); !p.ok(t).empty {
		t.Errorf("the second plan is not empty: %s", p.state)
	}
}

func TestCreateLooksUpWithOneListing(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.put(&record.ConfigurationItem{Class: "server", Name: fmt.Sprintf("web-%02d", i), Status: "planned"})
	}
	walk := w.walk()
	var group sync.WaitGroup
	answers := make([]*answer, 50)
	for i := range answers {
		group.Go(func() {
			answers[i] = walk.apply(walk.block(item), server(fmt.Sprintf("web-%02d", i)))
		})
	}
	group.Wait()
	for i, a := range answers {
		if adopted := len(a.ok(t).warnings()) > 0; adopted != (i < 20) {
			t.Errorf("web-%02d: adopted is %t", i, adopted)
		}
	}
	// An adoption reads the record itself, since the listing may be as old as the run.
	w.wantCalls("cmdb_configuration_item.Create=30", "cmdb_configuration_item.Find=1", "cmdb_configuration_item.Get=20")
	if n := len(w.all(item)); n != 50 {
		t.Errorf("there are %d records, want 50", n)
	}
}

func TestCreateAdoptsAndCompletesInPlace(t *testing.T) {
	w := newWorld(t)
	was := w.put(&record.ConfigurationItem{
		Class: "server", Name: "web-01", Status: "operational", Owner: "alice", Location: "hall 1",
		Attributes: map[string]string{"cpu": "2", "foreign": "stays"},
	})
	walk := w.walk()
	b := walk.block(item)
	config := server("web-01").with(attrs{"owner": "bob", "attributes": map[string]string{"cpu": "4", "ram": "8"}})
	p := walk.plan(b, config).ok(t)
	p.wantWarning(t, "will be adopted", `configuration item "server/web-01" (id `+was.Metadata().ID+") in memory")
	if textOf(p.state, "correlation_id") != "payments/cmdb_configuration_item/server/web-01" {
		t.Errorf("correlation_id is planned as %q", textOf(p.state, "correlation_id"))
	}
	a := w.walk().apply(b, config).ok(t)
	wantWords(t, "warning", a.warnings()[1:], []string{
		"Adopted an existing configuration item", `creating configuration item "server/web-01" (id ` + was.Metadata().ID + ") in memory", "owner", "attributes.cpu", "attributes.ram",
	})
	w.wantCalls("cmdb_configuration_item.Find=2", "cmdb_configuration_item.Get=1", "cmdb_configuration_item.Update=1")
	kept := w.only(item).(*record.ConfigurationItem)
	if want := map[string]string{"cpu": "4", "ram": "8", "foreign": "stays"}; !maps.Equal(kept.Attributes, want) {
		t.Errorf("attributes are %v, want %v", kept.Attributes, want)
	}
	if kept.Owner != "bob" || kept.Location != "hall 1" || kept.Status != "operational" {
		t.Errorf("kept %+v: what is not configured must stay", kept)
	}
	if got := b.entries("attributes"); len(got) != 2 || b.text("id") != was.Metadata().ID {
		t.Errorf("state is %s", b.state)
	}
}

func TestCreateOfWhatIsAlreadyCompleteWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.put(&record.ConfigurationItem{Class: "server", Name: "web-01", Status: "operational"})
	walk := w.walk()
	a := walk.apply(walk.block(item), server("web-01")).ok(t)
	if !strings.Contains(a.warnings()[1], "already had everything") {
		t.Errorf("warning is %q", a.warnings()[1])
	}
	w.wantCalls("cmdb_configuration_item.Find=1", "cmdb_configuration_item.Get=1")
}

func TestCreateRevivesARetiredConfigurationItem(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01").with(attrs{"attributes": map[string]string{"asset": "A1"}}))
	id := b.text("id")
	w.walk().destroy(b).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); kept.Status != record.StatusRetired {
		t.Fatalf("status is %q", kept.Status)
	}
	w.faulty.Reset()
	again := w.walk().block(item)
	w.walk().apply(again, server("web-01").with(attrs{"initial_status": "in_build"})).ok(t).wantWarning(t, "Adopted", id, "status")
	w.wantCalls("cmdb_configuration_item.Create=1", "cmdb_configuration_item.Find=1", "cmdb_configuration_item.Get=1", "cmdb_configuration_item.Update=1")
	kept := w.only(item).(*record.ConfigurationItem)
	if kept.Status != "in_build" || kept.Attributes["asset"] != "A1" || again.text("id") != id || again.text("status") != "in_build" {
		t.Errorf("revived as %+v, state %s", kept, again.state)
	}
}

func TestCreateResumesAnOpenChangeOnly(t *testing.T) {
	config := attrs{"name": "upgrade", "summary": "Upgrade"}
	for _, c := range []struct {
		end     record.ChangeState
		resumed bool
	}{{record.ChangeNew, true}, {record.ChangeCanceled, false}, {record.ChangeClosed, false}} {
		t.Run(string(c.end), func(t *testing.T) {
			w := newWorld(t)
			first := w.created(request, config)
			w.moveTo(first.text("id"), c.end)
			w.faulty.Reset()
			second := w.walk().block(request)
			a := w.walk().apply(second, config).ok(t)
			if resumed := second.text("id") == first.text("id"); resumed != c.resumed || resumed != (len(a.warnings()) > 0) {
				t.Errorf("resumed is %t, warnings %v", resumed, a.warnings())
			}
			if c.resumed {
				w.wantCalls("change_request.Find=1", "change_request.Get=1")
			} else {
				w.wantCalls("change_request.Create=1", "change_request.Find=1")
			}
		})
	}
}

// moveTo brings a change to its end, or leaves it new.
func (w *world) moveTo(id string, state record.ChangeState) {
	w.Helper()
	changes := w.store(request)
	t, _ := record.Capability[record.Transitioner](changes)
	switch state {
	case record.ChangeCanceled:
		if _, err := t.Transition(w.Context(), id, record.Transition{To: state}); err != nil {
			w.Fatal(err)
		}
	case record.ChangeClosed, record.ChangeScheduled:
		w.approve(id)
		walk := w.walk()
		if state == record.ChangeClosed {
			walk.apply(walk.block(closure), attrs{"change_request_id": id, "notes": "Done."}).ok(w)
		}
	}
}

// approve has somebody else approve the change.
func (w *world) approve(id string) {
	w.Helper()
	a, _ := record.Capability[record.Approver](w.store(request))
	c, err := a.RequestApproval(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.memory.Decide(c.Number, "carol", true, ""); err != nil {
		w.Fatal(err)
	}
}

func TestCreateRefusesAnApprovedChangeWithOtherContent(t *testing.T) {
	w := newWorld(t)
	first := w.created(request, attrs{"name": "upgrade", "summary": "Upgrade"})
	w.approve(first.text("id"))
	second := w.walk().block(request)
	a := w.walk().apply(second, attrs{"name": "upgrade", "summary": "Something else"})
	a.wantError(t, "name: Cannot plan change request", first.text("number")+" is already open", "approved with another content", "other triggers, or cancel")
	if !second.state.IsNull() {
		t.Errorf("saved %s", second.state)
	}
	w.wantCalls("change_request.Find=1")
}

func TestCreateRefusesAKeyThatIsHeldInAnotherWay(t *testing.T) {
	w := newWorld(t)
	one, two := w.prefixID("10.0.0.0/24"), w.prefixID("10.0.1.0/24")
	held := w.created(address, attrs{"name": "web-01", "prefix_id": one})
	for name, config := range map[string]attrs{
		"another prefix":  {"name": "web-01", "prefix_id": two},
		"another address": {"name": "web-01", "prefix_id": one, "address": "10.0.0.77"},
	} {
		t.Run(name, func(t *testing.T) {
			w.faulty.Reset()
			b := w.walk().block(address)
			w.walk().apply(b, config).wantError(t, "name: Cannot plan IPAM address", "already has an address of that name, "+held.text("address"), "Choose another name")
			if !b.state.IsNull() {
				t.Errorf("saved %s", b.state)
			}
			w.wantCalls("ipam_address.Find=1")
		})
	}
	if n := len(w.all(address)); n != 1 {
		t.Errorf("there are %d addresses", n)
	}
}

func TestCreateTakesAReleasedAddressAnew(t *testing.T) {
	w := newWorld(t)
	config := attrs{"name": "web-01", "prefix_id": w.prefixID("10.0.0.0/24")}
	b := w.created(address, config)
	first := b.text("id")
	w.walk().destroy(b).ok(t)
	w.walk().apply(b, config).ok(t).wantWarning(t)
	if b.text("id") == first {
		t.Error("a released address was taken over")
	}
}
