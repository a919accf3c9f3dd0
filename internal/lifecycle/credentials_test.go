// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// revoked is what a system answers whose credentials were taken back.
func revoked(method systemtest.Method) systemtest.Fault {
	return systemtest.Fault{Method: method, Err: &record.Error{Reason: record.ErrUnauthorized, Everything: true, Answer: "it answered 401: the token was revoked"}}
}

const (
	whole = "the token was revoked.\n\nCheck the credentials of the provider block"
	brief = "not tried, since memory refuses the credentials; another error of this run says more"
)

func TestRevokedCredentialsAreOneErrorOfAPlan(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(3)
	w.faulty.Inject(revoked(""))
	walk := w.walk()
	walk.read(blocks[0]).wantError(t, whole)
	for _, b := range blocks[1:] {
		if read := walk.read(b).ok(t); read.state.IsNull() {
			t.Error("a record that could not be read left the state")
		}
	}
	walk.plan(walk.block(item), server("new")).ok(t)
	walk = w.walk()
	walk.plan(walk.block(item), server("new-0")).wantError(t, whole)
	if planned := walk.plan(walk.block(item), server("new-1")).ok(t); textOf(planned.state, "correlation_id") == "" || textOf(planned.state, "system") == "" {
		t.Errorf("a plan without the system differs from one with it: %s", planned.state)
	}
	// What a hook would have found out is not known.
	walk.plan(walk.block(address), attrs{"name": "x", "prefix_id": "m1"}).wantError(t, brief)
}

func TestRevokedCredentialsAreOneWholeErrorOfAnApply(t *testing.T) {
	w := newWorld(t)
	blocks := w.items(2)
	walk := w.walk()
	for i := range 3 {
		w.faulty.Inject(revoked(systemtest.Create))
		b := walk.block(item)
		walk.apply(b, server(fmt.Sprintf("new-%d", i))).wantError(t, map[bool]string{true: whole, false: brief}[i == 0])
		if !b.state.IsNull() {
			t.Errorf("saved %s", b.state)
		}
	}
	w.faulty.Inject(revoked(systemtest.Retire))
	walk.destroy(blocks[0]).wantError(t, brief)
	if blocks[0].state.IsNull() {
		t.Error("a record that could not be destroyed left the state")
	}
}
