// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestDestroyDoesWhatOnDestroySays(t *testing.T) {
	for _, c := range []struct {
		kind, onDestroy string
		config          attrs
		left            string // the field that tells the end
		want            string
		calls           []string
	}{
		{item, "retire", server("web-01"), "status", "retired", []string{"cmdb_configuration_item.Retire=1"}},
		{item, "delete", server("web-01"), "status", "", []string{"cmdb_configuration_item.Retire=1"}},
		{request, "cancel", attrs{"summary": "Upgrade"}, "state", "canceled", []string{"change_request.Find=1", "change_request.Get=1", "change_request.Retire=1"}},
		{request, "keep", attrs{"summary": "Upgrade"}, "state", "new", nil},
		{prefix, "", attrs{"cidr": "10.0.0.0/24"}, "cidr", "10.0.0.0/24", []string{"ipam_prefix.Retire=1"}},
	} {
		t.Run(c.kind+" "+c.onDestroy, func(t *testing.T) {
			w := newWorld(t)
			if c.onDestroy != "" {
				c.config["on_destroy"] = c.onDestroy
			}
			b := w.created(c.kind, c.config)
			w.walk().destroy(b).ok(t).wantWarning(t)
			w.wantCalls(c.calls...)
			if !b.state.IsNull() {
				t.Errorf("state is %s", b.state)
			}
			found := w.all(record.Kind(c.kind))
			if c.want == "" {
				if len(found) > 0 {
					t.Errorf("%v was not deleted", found[0])
				}
				return
			}
			if got, _ := record.Text(found[0], c.left); got != c.want {
				t.Errorf("%s is %q, want %q", c.left, got, c.want)
			}
		})
	}
}

func TestDestroyOfAViewLeavesTheRecord(t *testing.T) {
	w := newWorld(t)
	c := w.created(request, attrs{"summary": "Upgrade", "type": "standard"})
	gate := w.created(approval, attrs{"change_request_id": c.text("id")})
	end := w.created(closure, attrs{"change_request_id": c.text("id"), "notes": "Done."})
	walk := w.walk()
	for _, b := range []*block{end, gate, c} {
		if walk.destroy(b).ok(t); !b.state.IsNull() {
			t.Errorf("state is %s", b.state)
		}
	}
	if kept := w.only(request).(*record.ChangeRequest); kept.State != record.ChangeClosed || kept.CloseNotes != "Done." {
		t.Errorf("the evidence is now %+v", kept)
	}
}

func TestDestroyOfWhatHasGoneIsSuccess(t *testing.T) {
	w := newWorld(t)
	b := w.created(item, server("web-01"))
	if err := w.store(item).Retire(t.Context(), b.text("id"), record.Erase); err != nil {
		t.Fatal(err)
	}
	w.walk().destroy(b).ok(t)
	c := w.created(item, server("web-02"))
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Retire, Err: record.Errorf(record.ErrNotFound, "no such record")})
	if w.walk().destroy(c).ok(t); !c.state.IsNull() {
		t.Errorf("state is %s", c.state)
	}
}

func TestFailedDestroyKeepsTheState(t *testing.T) {
	w := newWorld(t)
	p := w.created(prefix, attrs{"cidr": "10.0.0.0/24"})
	w.created(address, attrs{"name": "x", "prefix_id": p.text("id")})
	w.walk().destroy(p).wantError(t, "Cannot destroy IPAM prefix", `destroying IPAM prefix "10.0.0.0/24" (id `+p.text("id")+`) in memory: 1 addresses of the prefix are in use.`)
	if p.state.IsNull() {
		t.Error("the state was let go")
	}
	w.faulty.Inject(systemtest.Fault{Method: systemtest.Retire, Panic: "boom"})
	w.walk().destroy(p).wantError(t, "the provider panicked")
}

// A block that was renamed without a moved block is a new block and an old one that goes. The record has to survive.
func TestDestroyLeavesWhatAnotherBlockTookOver(t *testing.T) {
	w := newWorld(t)
	old := w.created(item, server("web-01"))
	walk := w.walk()
	renamed := walk.block(item)
	walk.apply(renamed, server("web-01")).ok(t)
	w.faulty.Reset()
	walk.destroy(old).ok(t).wantWarning(t, "The record stays", `configuration item "server/web-01" (id `+renamed.text("id")+")", "moved block")
	w.wantCalls()
	if kept := w.only(item).(*record.ConfigurationItem); kept.Status != "planned" {
		t.Errorf("status is %s", kept.Status)
	}
}

func TestDestroyBeforeAnotherBlockTakesOverRevives(t *testing.T) {
	w := newWorld(t)
	old := w.created(item, server("web-01"))
	id := old.text("id")
	walk := w.walk()
	renamed := walk.block(item)
	p := walk.plan(renamed, server("web-01")).ok(t)
	walk.destroy(old).ok(t)
	walk.change(renamed, p, value(walk.typeOf(item), map[string]any(server("web-01")))).ok(t)
	if kept := w.only(item).(*record.ConfigurationItem); kept.Status != "planned" || renamed.text("id") != id {
		t.Errorf("kept %+v", kept)
	}
}

// The old block takes another name, and a new block takes the old one: the new block is first and finds the record.
func TestUpdateOfWhatAnotherBlockTookOverIsRefused(t *testing.T) {
	w := newWorld(t)
	old := w.created(item, server("web-01"))
	walk := w.walk()
	walk.apply(walk.block(item), server("web-01")).ok(t)
	walk.apply(old, server("web-02")).wantError(t, "another block, which is new in this run, has taken over this record", "Rename in two applies, or use a moved block")
	if kept := w.only(item).(*record.ConfigurationItem); kept.Name != "web-01" {
		t.Errorf("kept %+v", kept)
	}
}
