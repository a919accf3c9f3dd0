// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestFailedCreateSavesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault systemtest.Fault
		words []string
	}{
		{"unauthorised", systemtest.Fault{Err: record.Errorf(record.ErrUnauthorized, "401 no")}, []string{
			"-: Cannot create IPAM address: " + `creating IPAM address "x" in memory: 401 no.` + "\n\nCheck the credentials of the provider block and the rights of their owner.",
		}},
		{"unavailable", systemtest.Fault{Err: record.Errorf(record.ErrUnavailable, "503 busy.")}, []string{
			`creating IPAM address "x" in memory: 503 busy.` + "\n\nNothing was changed. Apply again when the system can be reached.",
		}},
		{"conflict on the address", systemtest.Fault{Err: &record.Error{Reason: record.ErrConflict, ID: "m7", Field: "address", Answer: "10.0.0.9 is taken"}}, []string{
			"address: Cannot create", `creating IPAM address "x" in memory: 10.0.0.9 is taken.`,
		}},
		{"invalid field", systemtest.Fault{Err: record.Errorf(record.ErrInvalid, "no such label").On("labels.team")}, []string{
			"labels.team: Cannot create", `creating IPAM address "x" in memory: no such label.`,
		}},
		{"exhausted", systemtest.Fault{Err: record.Errorf(record.ErrExhausted, "full").On("prefix_id")}, []string{
			"prefix_id: Cannot create", "in memory: full.\n\nDestroy what is no longer used, or take another pool.",
		}},
		{"unsupported", systemtest.Fault{Err: record.Errorf(record.ErrUnsupported, "no pools").Advise("Ask for one")}, []string{
			"in memory: no pools.\n\nAsk for one.",
		}},
		{"panic", systemtest.Fault{Panic: "boom"}, []string{"in memory: the provider panicked", "please report it: boom"}},
		{"cause", systemtest.Fault{Err: record.Errorf(record.ErrUnavailable, "not sent").Because(strings.NewReader("").UnreadByte())}, []string{
			"in memory: not sent: strings.Reader.UnreadByte: at beginning of string.\n\n",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			config := attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24"), "labels": map[string]string{"team": "a"}}
			c.fault.Kind, c.fault.Method = address, systemtest.Allocate
			w.faulty.Inject(c.fault)
			walk := w.walk()
			b := walk.block(address)
			walk.apply(b, config).wantError(t, c.words...)
			w.wantCalls("ipam_address.Allocate=1", "ipam_address.Find=1", "ipam_prefix.Find=1")
			if !b.state.IsNull() || len(w.all(address)) > 0 {
				t.Errorf("saved %s, the system has %v", b.state, w.all(address))
			}
			w.faulty.Heal()
			w.walk().apply(b, config).ok(t)
			w.only(address)
		})
	}
}

func TestFailedLookUpCreatesNothing(t *testing.T) {
	for _, reason := range []error{record.ErrUnauthorized, record.ErrUnavailable} {
		w := newWorld(t)
		walk := w.walk()
		b := walk.block(item)
		p := walk.plan(b, server("web-01")).ok(t)
		w.faulty.Inject(systemtest.Fault{Method: systemtest.Find, Err: record.Errorf(reason, "no listing")})
		w.walk().change(b, p, value(walk.typeOf(item), map[string]any(server("web-01")))).
			wantError(t, `creating configuration item "server/web-01" in memory: no listing.`)
		if !b.state.IsNull() || len(w.all(item)) > 0 {
			t.Errorf("saved %s, the system has %v", b.state, w.all(item))
		}
	}
}

func TestUnreadySystemIsRefusedAtPlanTime(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Ready, Err: record.Errorf(record.ErrUnauthorized, "read-only token")})
	walk := w.walk()
	for _, name := range []string{"a", "b", "c"} {
		walk.plan(walk.block(item), server(name)).wantError(t, `planning configuration item "server/`+name+`" in memory: read-only token.`)
	}
	if n := w.faulty.Count("", systemtest.Ready); n != 1 {
		t.Errorf("the system was asked %d times whether it is ready", n)
	}
}

func TestDroppedFieldIsNamedAndCompletedByTheNextApply(t *testing.T) {
	for _, c := range []struct {
		kind, field string
		drop        string
		config      func(*world) attrs
		finish      systemtest.Method
	}{
		{item, "owner", "owner", func(*world) attrs { return server("web-01").with(attrs{"owner": "bob"}) }, systemtest.Create},
		{item, "attributes.cpu", "attributes.cpu", func(*world) attrs {
			return server("web-01").with(attrs{"attributes": map[string]string{"cpu": "4", "ram": "8"}})
		}, systemtest.Create},
		{address, "hostname", "hostname", func(w *world) attrs {
			return attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24"), "hostname": "x.example.com"}
		}, systemtest.Allocate},
	} {
		t.Run(c.field, func(t *testing.T) {
			w := newWorld(t, systemtest.Fault{Method: c.finish, Kind: record.Kind(c.kind), Drop: []string{c.drop}})
			config := c.config(w)
			walk := w.walk()
			b := walk.block(c.kind)
			a := walk.apply(b, config)
			id := w.only(record.Kind(c.kind)).Metadata().ID
			a.wantError(t, c.field+": Cannot create", "record "+id+" did not keep "+c.field+".", "Nothing was saved in state; the next apply finds the record and completes it.")
			if !b.state.IsNull() {
				t.Errorf("saved %s", b.state)
			}
			w.faulty.Heal()
			w.walk().apply(b, config).ok(t)
			if got := w.only(record.Kind(c.kind)).Metadata().ID; got != id || b.text("id") != id {
				t.Errorf("the next apply made %s, state %s; want %s", got, b.text("id"), id)
			}
			if p := w.walk().plan(b, config).ok(t); !p.empty {
				t.Errorf("then a plan is not empty: %s", p.state)
			}
		})
	}
}

func TestDroppedFieldOfAnUpdateStaysInThePlan(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01").with(attrs{"owner": "bob"}))
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Update, Drop: []string{"owner"}})
	config := server("web-01").with(attrs{"owner": "alice", "location": "hall 1"})
	w.walk().apply(b, config).wantError(t, "owner: Cannot update configuration item", "did not keep owner.")
	if b.text("owner") != "bob" || b.text("location") != "" {
		t.Errorf("state is %s, want the one from before", b.state)
	}
	w.faulty.Heal()
	walk := w.walk()
	walk.read(b).ok(t)
	walk.apply(b, config).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); kept.Owner != "alice" || kept.Location != "hall 1" {
		t.Errorf("kept %+v", kept)
	}
}
