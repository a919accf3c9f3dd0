// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// imports are a configuration of each kind, as complete as the kind allows.
func imports(w *world) map[string]attrs {
	pre := w.created(prefix, attrs{"cidr": "10.0.0.0/24"}).text("id")
	vm, app := w.created(item, server("vm")).text("id"), w.created(item, server("app")).text("id")
	change := w.created(request, attrs{"summary": "Standard", "type": "standard"}).text("id")
	return map[string]attrs{
		item: server("web-01").with(attrs{
			"environment": "prod", "owner": "bob", "support_group": "unix", "location": "hall 1", "fqdn": "web-01.example.com", "ip_address": "10.0.0.9",
			"serial_number": "S1", "attributes": map[string]string{"cpu": "4"}, "extensions": map[string]any{"memory": map[string]string{"u_cost": "1"}},
		}),
		relation: {"parent_id": app, "child_id": vm, "type": "runs_on"},
		prefix:   {"cidr": "10.1.0.0/24", "name": "web", "description": "Web.", "gateway": "10.1.0.1", "environment": "prod", "labels": map[string]string{"a": "b"}},
		address:  {"name": "x", "prefix_id": pre, "hostname": "x.example.com", "description": "X.", "labels": map[string]string{"a": "b"}, "configuration_item_id": vm},
		request: {
			"name": "up", "summary": "Upgrade", "description": "From 1 to 2.", "risk": "low", "impact": "high", "configuration_item_ids": []string{vm, app},
			"planned_start": "2030-01-01T12:00:00Z", "planned_end": "2030-01-01T14:00:00Z", "triggers": map[string]string{"a": "b"}, "attachments": map[string]string{"plan": "+1"},
		},
		itemState: {"configuration_item_id": vm, "status": "operational", "attributes": map[string]string{"agent": "1"}},
		approval:  {"change_request_id": change},
		closure:   {"change_request_id": change, "notes": "Done.", "evidence": map[string]string{"test": "ok"}},
	}
}

func TestImportIsCompleteAndThePlanAfterItIsEmpty(t *testing.T) {
	for _, kind := range []string{item, relation, prefix, address, request, itemState, approval, closure} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			config := imports(w)[kind]
			if kind == approval {
				// What an approval is bound to is the system's to tell, so an import has it.
				config["content_hash"] = w.only(request).(*record.ChangeRequest).ContentHash
			}
			b := w.created(kind, config)
			for way, use := range map[string]func(*walk) (*block, *answer){
				"id":       func(w *walk) (*block, *answer) { return w.importID(kind, b.text("id"), nil) },
				"identity": func(w *walk) (*block, *answer) { return w.importID(kind, "", identityOf(b.text("id"))) },
			} {
				walk := w.walk()
				imported, a := use(walk)
				if a.ok(t).wantWarning(t); !imported.state.IsFullyKnown() || imported.identity == nil {
					t.Fatalf("by %s: imported %s", way, imported.state)
				}
				if !imported.state.Equal(b.state) {
					t.Errorf("by %s:\nimported %s\ncreated  %s", way, imported.state, b.state)
				}
				if p := walk.plan(imported, config).ok(t); !p.empty {
					t.Errorf("by %s: planned %s", way, p.state)
				}
			}
		})
	}
}

func TestImportByName(t *testing.T) {
	w := newWorld(t)
	one := w.put(&record.ConfigurationItem{Class: "server", Name: "web", Status: "planned"})
	two := w.put(&record.ConfigurationItem{Class: "application", Name: "web", Status: "planned"})
	w.put(&record.ConfigurationItem{Class: "server", Name: "db", Status: "planned"})
	w.put(&record.ConfigurationItem{Class: "server", Name: "gone", Status: record.StatusRetired})
	w.put(&record.ConfigurationItem{Class: "server", Name: "foreign", Status: "planned", Meta: record.Meta{Stack: "other"}})
	for id, want := range map[string]string{"name:server/web": one.Metadata().ID, "name:application/web": two.Metadata().ID, "name:db": ""} {
		b, a := w.walk().importID(item, id, nil)
		if a.ok(t); want != "" && b.text("id") != want {
			t.Errorf("%s is %s, want %s", id, b.text("id"), want)
		}
	}
	for id, words := range map[string][]string{
		"name:web":            {"several records of that name", "Import one by its id: " + one.Metadata().ID + ", " + two.Metadata().ID},
		"name:nothing":        {`importing configuration item (id name:nothing) from memory: stack "payments" has no live record of that name.`, "The natural name is class/name."},
		"name:server/gone":    {"no live record of that name"},
		"name:server/foreign": {"no live record of that name"},
		"m99":                 {"Cannot import configuration item", "there is no live record with that id", "or name:<natural name>, which is class/name"},
	} {
		b, a := w.walk().importID(item, id, nil)
		if a.wantError(t, words...); b != nil {
			t.Errorf("%s was imported", id)
		}
	}
}

func TestImportOfAnotherStacksRecordByIDIsPossible(t *testing.T) {
	w := newWorld(t)
	kept := w.put(&record.Prefix{CIDR: "10.0.0.0/24", Meta: record.Meta{Stack: "other"}})
	b, a := w.walk().importID(prefix, kept.Metadata().ID, nil)
	if a.ok(t); b.text("cidr") != "10.0.0.0/24" {
		t.Errorf("imported %s", b.state)
	}
}

func TestImportFromASystemThatFailsIsAnError(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Find, Err: record.Errorf(record.ErrUnauthorized, "401")})
	for _, id := range []string{"m1", "name:server/x"} {
		_, a := w.walk().importID(item, id, nil)
		a.wantError(t, "Cannot import", "401.", "Check the credentials")
	}
}

func TestImportOfWhatHasEndedIsRefused(t *testing.T) {
	w := newWorld(t)
	kept := w.put(&record.ConfigurationItem{Class: "server", Name: "gone", Status: record.StatusRetired})
	_, a := w.walk().importID(item, kept.Metadata().ID, nil)
	a.wantError(t, "there is no live record with that id")
}
