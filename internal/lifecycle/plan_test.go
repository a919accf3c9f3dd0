// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestPlanTakesAnotherSpellingForTheSame(t *testing.T) {
	for _, c := range []struct {
		kind          string
		config, again func(w *world) attrs
	}{
		{item, func(*world) attrs {
			return server("web-01").with(attrs{"fqdn": "WEB-01.example.com", "ip_address": "2001:DB8::1"})
		}, func(*world) attrs {
			return server("web-01").with(attrs{"fqdn": "web-01.EXAMPLE.com.", "ip_address": "2001:db8:0:0::1"})
		}},
		{request, func(*world) attrs {
			return attrs{"summary": "Upgrade", "planned_start": "2030-01-01T12:00:00Z", "configuration_item_ids": []string{"b", "a"}}
		}, func(*world) attrs {
			return attrs{"summary": "Upgrade", "planned_start": "2030-01-01T14:00:00+02:00", "configuration_item_ids": []string{"a", "b"}}
		}},
		{approval, func(w *world) attrs {
			return attrs{"change_request_id": w.created(request, attrs{"summary": "Upgrade", "type": "standard"}).text("id"), "max_wait": "90m"}
		}, func(w *world) attrs {
			return attrs{"change_request_id": w.only(request).Metadata().ID, "max_wait": "1h30m", "poll_interval": "0.5m"}
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			w := newWorld(t)
			b := w.created(c.kind, c.config(w))
			if p := w.walk().plan(b, c.again(w)).ok(t); !p.empty {
				t.Errorf("planned %s\nfrom %s", p.state, b.state)
			}
		})
	}
}

func TestPlanRefusesTwoBlocksOfOneName(t *testing.T) {
	words := []string{"class: Cannot plan", `another block of this configuration stands for the same configuration item, "server/web-01", in stack "payments"`, "Give one of them another class or name"}
	t.Run("two new", func(t *testing.T) {
		w := newWorld(t)
		walk := w.walk()
		walk.plan(walk.block(item), server("web-01")).ok(t)
		walk.plan(walk.block(item), server("web-01")).wantError(t, words...)
	})
	for _, newFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("new and existing, new first: %t", newFirst), func(t *testing.T) {
			w := newWorld(t)
			blocks := []*block{w.created(item, server("web-01")), w.walk().block(item)}
			if newFirst {
				slices.Reverse(blocks)
			}
			walk := w.walk()
			walk.plan(blocks[0], server("web-01")).ok(t)
			walk.plan(blocks[1], server("web-01")).wantError(t, words...)
		})
	}
	t.Run("existing renamed to existing", func(t *testing.T) {
		w := newWorld(t)
		one, two := w.created(item, server("web-01")), w.created(item, server("web-02"))
		walk := w.walk()
		walk.plan(one, server("web-01")).ok(t)
		walk.plan(two, server("web-01")).wantError(t, words...)
	})
}

func TestPlanAllowsBlocksThatDiffer(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	for _, config := range []attrs{
		server("web-01"),
		{"class": "application", "name": "web-01"},
		// Names that are not known yet are judged in the apply.
		server("web-01").with(attrs{"name": unknown{}}), server("web-01").with(attrs{"name": unknown{}}),
	} {
		walk.plan(walk.block(item), config).ok(t)
	}
	one, two := w.created(item, server("a")), w.created(item, server("b"))
	swap := w.walk()
	swap.plan(one, server("b")).ok(t)
	swap.plan(two, server("a")).ok(t)
}

func TestReplacementIsNotASecondBlock(t *testing.T) {
	w := newWorld(t)
	config := attrs{"name": "x", "prefix_id": w.prefixID("10.0.0.0/24")}
	b := w.created(address, config)
	first := b.text("id")
	moved := config.with(attrs{"prefix_id": w.prefixID("10.0.1.0/24")})
	walk := w.walk()
	a := walk.apply(b, moved).ok(t)
	a.wantWarning(t)
	if b.text("id") == first || b.text("prefix_id") != moved["prefix_id"] {
		t.Errorf("state is %s", b.state)
	}
	w.wantCalls("ipam_address.Allocate=1", "ipam_address.Find=1", "ipam_address.Retire=1", "ipam_prefix.Find=1")
	other := w.walk()
	if p := other.plan(b, config.with(attrs{"address": "10.0.0.9"})).ok(t); !slices.Equal(p.replace, []string{"address", "prefix_id"}) {
		t.Errorf("replaced for %v", p.replace)
	}
	// While a block is being replaced another one cannot have its name either.
	other.plan(other.block(address), config).wantError(t, "another block of this configuration")
}

func TestPlanReplacesForImmutableAttributes(t *testing.T) {
	for _, c := range []struct {
		kind    string
		config  attrs
		changes map[string]any
	}{
		{item, server("web-01"), map[string]any{"class": "database"}},
		{prefix, attrs{"cidr": "10.0.0.0/24"}, map[string]any{"cidr": "10.0.1.0/24"}},
		{request, attrs{"summary": "Upgrade", "name": "up", "triggers": map[string]string{"a": "1"}}, map[string]any{
			"name": "down", "triggers": map[string]string{"a": "2"},
		}},
	} {
		for name, v := range c.changes {
			for _, changed := range []any{v, unknown{}} {
				w := newWorld(t)
				b := w.created(c.kind, c.config)
				p := w.walk().plan(b, c.config.with(attrs{name: changed})).ok(t)
				if !slices.Equal(p.replace, []string{name}) {
					t.Errorf("%s: %s = %v is replaced for %v", c.kind, name, changed, p.replace)
				}
			}
		}
	}
}

func TestPlanKnowsWhatFollowsFromTheConfiguration(t *testing.T) {
	w := newWorld(t)
	walk := w.walk()
	config := attrs{"summary": "Upgrade", "triggers": map[string]string{"size": "l"}}
	b := walk.block(request)
	p := walk.plan(b, config).ok(t)
	key := textOf(p.state, "correlation_id")
	w.walk().apply(b, config).ok(t)
	if key != b.text("correlation_id") || textOf(p.state, "system") != "memory" {
		t.Errorf("planned %s, became %s", p.state, b.state)
	}
	p = w.walk().plan(w.walk().block(request), config.with(attrs{"summary": unknown{}})).ok(t)
	if got := textOf(p.state, "correlation_id"); got != "(unknown)" {
		t.Errorf("correlation_id is planned as %q although the summary is not known yet", got)
	}
}

// A system may keep more of a content than is configured, so its hash is known only where no content changes.
func TestPlanKeepsTheContentHashWhereNoContentChanges(t *testing.T) {
	w := newWorld(t)
	config := attrs{"summary": "Upgrade", "name": "up", "extensions": map[string]any{"memory": map[string]string{"u": "1"}}}
	b := w.created(request, config)
	for _, c := range []struct {
		change attrs
		want   string
	}{
		{attrs{"extensions": map[string]any{"memory": map[string]string{"u": "2"}}}, b.text("content_hash")},
		{attrs{"on_destroy": "keep"}, b.text("content_hash")},
		{attrs{"risk": "high"}, "(unknown)"},
		{attrs{"risk": unknown{}}, "(unknown)"},
	} {
		p := w.walk().plan(b, config.with(c.change)).ok(t)
		if got := textOf(p.state, "content_hash"); got != c.want || p.empty {
			t.Errorf("%v plans content_hash %q, want %q", c.change, got, c.want)
		}
	}
	if p := w.walk().plan(w.walk().block(request), attrs{"summary": "Another"}).ok(t); textOf(p.state, "content_hash") != "(unknown)" {
		t.Error("the hash of a new change is promised before the system has told it")
	}
}

func TestPlanOfAnEditOfAChange(t *testing.T) {
	config := attrs{"summary": "Upgrade", "name": "up", "description": "From 1 to 2."}
	for _, c := range []struct {
		state   record.ChangeState
		change  attrs
		replace []string
	}{
		{record.ChangeNew, attrs{"description": "From 1 to 3."}, nil},
		{record.ChangeScheduled, attrs{"description": "From 1 to 3."}, []string{"description"}},
		{record.ChangeScheduled, attrs{"description": unknown{}}, []string{"description"}},
		{record.ChangeScheduled, attrs{"attachments": map[string]string{"plan": "x"}}, []string{"attachments"}},
		{record.ChangeScheduled, attrs{"on_destroy": "keep"}, nil},
		{record.ChangeClosed, attrs{"description": "From 1 to 3."}, []string{"description"}},
		{record.ChangeCanceled, attrs{"description": "From 1 to 3."}, []string{"description"}},
	} {
		t.Run(fmt.Sprintf("%s %v", c.state, c.change), func(t *testing.T) {
			w := newWorld(t)
			b := w.created(request, config)
			w.moveTo(b.text("id"), c.state)
			walk := w.walk()
			walk.read(b).ok(t)
			p := walk.plan(b, config.with(c.change)).ok(t)
			if !slices.Equal(p.replace, c.replace) {
				t.Errorf("replaced for %v, want %v", p.replace, c.replace)
			}
			if c.change["description"] == "From 1 to 3." {
				w.walk().apply(b, config.with(c.change)).ok(t)
				if want := map[bool]int{true: 2, false: 1}[c.replace != nil]; len(w.all(request)) != want {
					t.Errorf("there are %d changes, want %d", len(w.all(request)), want)
				}
			}
		})
	}
}

func TestPlanRefusesToEditAClosure(t *testing.T) {
	w := newWorld(t)
	c := w.created(request, attrs{"summary": "Upgrade", "type": "standard"})
	config := attrs{"change_request_id": c.text("id"), "notes": "Done.", "evidence": map[string]string{"test": "ok"}}
	b := w.created(closure, config)
	for name, v := range map[string]any{"notes": "Not done.", "outcome": "unsuccessful", "evidence": map[string]string{"test": "bad"}} {
		w.walk().plan(b, config.with(attrs{name: v})).wantError(t, name, "what it was closed with is evidence that cannot be edited", "Revert the edit")
	}
	if p := w.walk().plan(b, config).ok(t); !p.empty {
		t.Errorf("planned %s", p.state)
	}
}

func TestPlanRefusesWhatTheSystemCannotExpress(t *testing.T) {
	w := newWorld(t)
	w.system.Kinds[item] = record.Support{Unsupported: []string{"location"}, Values: map[string][]string{"class": {"server", "database"}}}
	walk := w.walk()
	walk.plan(walk.block(item), server("a").with(attrs{"location": "hall 1"})).wantError(t, "location: Invalid location: location cannot be expressed in Memory; remove it")
	walk.plan(walk.block(item), attrs{"class": "toaster", "name": "b"}).wantError(t, `class: Invalid class: class must be one of server, database in Memory, is "toaster".`)
	walk.plan(walk.block(item), server("c")).ok(t)
	walk.plan(walk.block(item), server("d").with(attrs{"location": unknown{}})).ok(t)
	w.wantCalls("cmdb_configuration_item.Find=1")
}

func TestPlanWithoutAKnownProvider(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01").with(attrs{"fqdn": "web-01.example.com"}))
	before := b.state
	w.unknown = true
	walk := w.walk()
	p := walk.plan(walk.block(item), server("web-02")).ok(t)
	if got := textOf(p.state, "id"); got != "(unknown)" {
		t.Errorf("id is planned as %q", got)
	}
	walk.read(b).ok(t).wantWarning(t, "Records were not refreshed", "the provider's configuration is not known yet")
	walk.read(b).ok(t).wantWarning(t)
	if !b.state.Equal(before) {
		t.Errorf("read as %s", b.state)
	}
	// What the apply will find has to be planned, or Terraform calls the final plan inconsistent.
	if p := walk.plan(b, attrs{"class": "database", "name": "web-01"}).ok(t); !slices.Equal(p.replace, []string{"class"}) {
		t.Errorf("a change of class is replaced for %v", p.replace)
	}
	p = walk.plan(b, server("web-01").with(attrs{"fqdn": "WEB-01.example.com", "owner": "bob"})).ok(t)
	if got := textOf(p.state, "fqdn"); got != "web-01.example.com" {
		t.Errorf("another spelling of fqdn is planned as %q", got)
	}
	w.unknown = false
	change := w.created(request, attrs{"summary": "Upgrade", "name": "up"})
	w.approve(change.text("id"))
	w.walk().read(change).ok(t)
	w.unknown = true
	if p := w.walk().plan(change, attrs{"summary": "Downgrade", "name": "up"}).ok(t); !slices.Equal(p.replace, []string{"summary"}) {
		t.Errorf("an edit of an approved change is replaced for %v", p.replace)
	}
	w.faulty.Reset()
	walk.apply(walk.block(item), server("web-03")).wantError(t, "creating configuration item: the provider's configuration is not known yet.")
	w.wantCalls()
}

func TestPlanReadsNothingForAnUpdate(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01"))
	w.walk().plan(b, server("web-01").with(attrs{"owner": "bob"})).ok(t)
	if n := w.faulty.Count("", ""); n != 0 {
		t.Errorf("%d requests: %v", n, w.faulty.Calls())
	}
}

func TestPlanWhoseLookUpFailsIsAnError(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Method: systemtest.Find, Times: 1, Err: record.Errorf(record.ErrUnauthorized, "no")})
	walk := w.walk()
	walk.plan(walk.block(item), server("a")).wantError(t, `planning configuration item "server/a" in memory: no.`)
	walk.plan(walk.block(item), server("b")).ok(t)
}
