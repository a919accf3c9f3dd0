// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"errors"
	"testing"
)

// fakePool is a store that allocates.
type fakePool struct{ *fake[*IPAddress] }

func (f fakePool) Allocate(_ context.Context, r *IPAddress) (*IPAddress, error) {
	if f.failure != nil {
		return nil, f.failure
	}
	r.Address = "10.0.0.2"
	return f.keep(r), nil
}

func TestServe(t *testing.T) {
	s := Stores{}
	pool := fakePool{&fake[*IPAddress]{records: map[string]*IPAddress{}}}
	Serve(s, pool)
	Serve(s, &fake[*Prefix]{records: map[string]*Prefix{}})
	ctx, addresses := t.Context(), s[KindIPAddress]

	made, err := addresses.Create(ctx, &IPAddress{Meta: Meta{ID: "1"}, Name: "a"})
	if err != nil || made.(*IPAddress).Name != "a" {
		t.Fatalf("Create: %v, %v", made, err)
	}
	if kept, err := addresses.Update(ctx, &IPAddress{Meta: Meta{ID: "1"}, Name: "b"}, []string{"name"}); err != nil || kept.NaturalName() != "b" {
		t.Errorf("Update: %v, %v", kept, err)
	}
	if found, err := addresses.Get(ctx, []string{"1", "2"}); err != nil || len(found) != 1 || found["1"].NaturalName() != "b" {
		t.Errorf("Get: %v, %v", found, err)
	}
	if found, err := addresses.Find(ctx, Query{}); err != nil || len(found) != 1 {
		t.Errorf("Find: %v, %v", found, err)
	}
	allocator, ok := Capability[Allocator[Record]](addresses)
	if !ok {
		t.Fatal("the capability to allocate is lost")
	}
	if r, err := allocator.Allocate(ctx, &IPAddress{Meta: Meta{ID: "2"}}); err != nil || r.(*IPAddress).Address != "10.0.0.2" {
		t.Errorf("Allocate: %v, %v", r, err)
	}
	if err := addresses.Retire(ctx, "1", Erase); err != nil || len(pool.records) != 1 {
		t.Errorf("Retire: %v", err)
	}
	if _, ok := Capability[Allocator[Record]](s[KindPrefix]); ok {
		t.Error("a store that does not allocate seems to")
	}
}

// TestErasedErrors: with an error the answer is nil as an interface, too.
func TestErasedErrors(t *testing.T) {
	s := Stores{}
	f := fakePool{&fake[*IPAddress]{records: map[string]*IPAddress{"1": {}}, failure: Errorf(ErrUnavailable, "down")}}
	Serve(s, f)
	ctx, addresses := t.Context(), s[KindIPAddress]
	made, err1 := addresses.Create(ctx, &IPAddress{})
	kept, err2 := addresses.Update(ctx, &IPAddress{Meta: Meta{ID: "1"}}, nil)
	given, err3 := addresses.(Allocator[Record]).Allocate(ctx, &IPAddress{})
	if made != nil || kept != nil || given != nil {
		t.Errorf("answers beside errors: %v, %v, %v", made, kept, given)
	}
	found, err4 := addresses.Get(ctx, []string{"1"})
	listed, err5 := addresses.Find(ctx, Query{})
	if found != nil || listed != nil {
		t.Errorf("answers beside errors: %v, %v", found, listed)
	}
	for _, err := range []error{err1, err2, err3, err4, err5, addresses.Retire(ctx, "x", Conclude)} {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("error is %v", err)
		}
	}
}

type wrapped struct{ inner any }

func (w wrapped) Unwrap() any { return w.inner }

func TestCapability(t *testing.T) {
	f, s := newFakeChanges(unchanged)
	for name, c := range map[string]struct {
		store any
		want  bool
	}{
		"itself":        {f, true},
		"erased":        {s[KindChangeRequest], true},
		"wrapped twice": {wrapped{wrapped{s[KindChangeRequest]}}, true},
		"nothing":       {nil, false},
		"around nil":    {wrapped{nil}, false},
		"something":     {wrapped{5}, false},
	} {
		if got, ok := Capability[Approver](c.store); ok != c.want || ok && got != Approver(f) {
			t.Errorf("%s: %v, %t", name, got, ok)
		}
	}
}

func TestStoresOf(t *testing.T) {
	_, s := newFakeChanges(unchanged)
	_, err := s.Of(KindPrefix)
	wantReason(t, "a kind that is not kept", err, ErrUnsupported)
	view, err := s.Of(KindChangeApproval)
	if err != nil {
		t.Fatal(err)
	}
	found, err := view.Get(t.Context(), []string{"1"})
	if _, ok := found["1"].(*ChangeApproval); err != nil || !ok {
		t.Errorf("the view answers %v, %v", found, err)
	}
}
