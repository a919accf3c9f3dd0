// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// faultyItems has the store of configuration items of a fresh system behind a plan.
func faultyItems(plan ...Fault) (*FaultyConnection, record.Store[record.Record]) {
	c := Faulty(NewMemory(), plan...)
	return c, c.Stores()[record.KindConfigurationItem]
}

func item(name string) *record.ConfigurationItem {
	return &record.ConfigurationItem{
		Meta: record.Meta{Stack: "s"}, Class: "server", Name: name, Owner: "me", Attributes: map[string]string{"cpu": "4", "memory": "8"},
	}
}

func count(t *testing.T, c *FaultyConnection) int {
	t.Helper()
	found, err := c.inner.Stores()[record.KindConfigurationItem].Find(t.Context(), record.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestFaultBeforeAndAfterCommit(t *testing.T) {
	for _, reason := range []error{record.ErrUnauthorized, record.ErrUnavailable, record.ErrConflict, record.ErrInvalid, record.ErrAmbiguous} {
		for committed, want := range map[bool]int{false: 0, true: 1} {
			fault := &record.Error{Reason: reason, RetryAfter: time.Minute}
			c, items := faultyItems(Fault{Method: Create, Err: fault, Committed: committed})
			made, err := items.Create(t.Context(), item("a"))
			var failure *record.Error
			if made != nil || !errors.As(err, &failure) || failure != fault {
				t.Errorf("%v, committed %t: answer %v, error %v", reason, committed, made, err)
			}
			if got := count(t, c); got != want {
				t.Errorf("%v, committed %t: %d records were written, want %d", reason, committed, got, want)
			}
		}
	}
}

func TestFaultSelectsCalls(t *testing.T) {
	busy := record.Errorf(record.ErrUnavailable, "busy")
	c, items := faultyItems(
		Fault{Kind: record.KindPrefix, Err: busy}, Fault{Kind: record.KindConfigurationItem, Method: Find, After: 1, Times: 2, Err: busy},
	)
	var failed []bool
	for range 5 {
		_, err := items.Find(t.Context(), record.Query{})
		failed = append(failed, err != nil)
	}
	if want := []bool{false, true, true, false, false}; !slices.Equal(failed, want) {
		t.Errorf("calls failed: %v, want %v", failed, want)
	}
	if _, err := items.Get(t.Context(), nil); err != nil {
		t.Errorf("a fault of Find hit Get: %v", err)
	}
	if _, err := c.Stores()[record.KindPrefix].Get(t.Context(), nil); !errors.Is(err, record.ErrUnavailable) {
		t.Errorf("a fault of a whole kind did not hit Get: %v", err)
	}
	if n, all := c.Count(record.KindConfigurationItem, Find), c.Count("", ""); n != 5 || all != 7 {
		t.Errorf("counted %d finds and %d calls, want 5 and 7: %v", n, all, c.Calls())
	}
	c.Heal()
	c.Reset()
	if _, err := c.Stores()[record.KindPrefix].Get(t.Context(), nil); err != nil || c.Count("", "") != 1 {
		t.Errorf("after Heal and Reset: error %v, calls %v", err, c.Calls())
	}
}

func TestFaultDropsFields(t *testing.T) {
	_, items := faultyItems(Fault{Drop: []string{"owner", "attributes.cpu"}})
	sent := item("a")
	made, err := items.Create(t.Context(), sent)
	if err != nil {
		t.Fatal(err)
	}
	if differences := differ(made, sent, nil); len(differences) != 2 {
		t.Errorf("lost on create: %q", differences)
	}
	if sent.Owner != "me" || sent.Attributes["cpu"] != "4" {
		t.Errorf("the caller's record was changed: %+v", sent)
	}
	sent.ID, sent.Location = made.Metadata().ID, "fra1"
	kept, err := items.Update(t.Context(), sent, []string{"location", "owner", "attributes.cpu"})
	if err != nil {
		t.Fatal(err)
	}
	if differences := differ(kept, sent, nil); len(differences) != 2 {
		t.Errorf("lost on update: %q", differences)
	}
}

func TestFaultWaits(t *testing.T) {
	c, items := faultyItems(Fault{Hang: true, Times: 4})
	for method, reason := range map[Method]error{Get: record.ErrUnavailable, Create: record.ErrAmbiguous} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		err := operations(items, item("a"), item("b"))[string(method)](ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, reason) {
			t.Errorf("a hanging %s: error is %v, want %v", method, err, reason)
		}
	}
	c.Heal()
	c.Inject(Fault{Delay: 20 * time.Millisecond})
	begin := time.Now()
	if _, err := items.Get(t.Context(), nil); err != nil || time.Since(begin) < 20*time.Millisecond {
		t.Errorf("a delayed Get took %s, error %v", time.Since(begin), err)
	}
	if n := count(t, c); n != 0 {
		t.Errorf("%d records were written", n)
	}
}

func TestFaultPanics(t *testing.T) {
	_, items := faultyItems(Fault{Method: Create, Panic: "boom"})
	defer func() {
		if p := recover(); p != "boom" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, _ = items.Create(t.Context(), item("a"))
	t.Error("Create did not panic")
}

// TestFaultyKeepsCapabilities checks that the wrapper has exactly the capabilities of what it wraps, and that faults and counts reach them.
func TestFaultyKeepsCapabilities(t *testing.T) {
	refuse := record.Errorf(record.ErrUnauthorized, "no")
	c := Faulty(NewMemory(), Fault{Err: refuse})
	for kind, s := range c.Stores() {
		allocator, allocates := record.Capability[record.Allocator[record.Record]](s)
		transitioner, moves := record.Capability[record.Transitioner](s)
		approver, approves := record.Capability[record.Approver](s)
		if allocates != (kind == record.KindIPAddress) || moves != (kind == record.KindChangeRequest) || approves != moves {
			t.Errorf("%s: allocates %t, moves %t, approves %t", kind, allocates, moves, approves)
		}
		var errs []error
		if allocates {
			_, err := allocator.Allocate(t.Context(), nil)
			errs = append(errs, err)
		}
		if moves && approves {
			_, err := transitioner.Transition(t.Context(), "", record.Transition{})
			_, err2 := approver.RequestApproval(t.Context(), "")
			_, err3 := approver.Approvals(t.Context(), nil)
			errs = append(errs, err, err2, err3)
		}
		for _, err := range errs {
			if !errors.Is(err, record.ErrUnauthorized) {
				t.Errorf("%s: a capability escaped the fault: %v", kind, err)
			}
		}
	}
	if err := c.Ready(t.Context()); !errors.Is(err, record.ErrUnauthorized) {
		t.Errorf("Ready escaped the fault: %v", err)
	}
	for _, method := range []Method{Allocate, Transition, RequestApproval, Approvals, Ready} {
		if c.Count("", method) != 1 {
			t.Errorf("%s was counted %d times", method, c.Count("", method))
		}
	}
}
