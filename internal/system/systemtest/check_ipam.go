// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// prefix makes a prefix with a gateway at its first address.
func (e *env) prefix(cidr string) *record.Prefix {
	e.t.Helper()
	gateway := netip.MustParsePrefix(cidr).Addr().Next().String()
	return e.once(cidr, func() record.Record { return &record.Prefix{CIDR: cidr, Gateway: gateway} }).(*record.Prefix)
}

func (e *env) allocator(conn record.Connection) record.Allocator[record.Record] {
	e.t.Helper()
	a, ok := record.Capability[record.Allocator[record.Record]](e.storeOf(conn, record.KindIPAddress))
	if !ok {
		e.t.Fatalf("the store of addresses cannot allocate")
	}
	return a
}

func (e *env) address(prefix *record.Prefix, name, address string) *record.IPAddress {
	return e.express(&record.IPAddress{Name: name, PrefixID: prefix.ID, Address: address}).(*record.IPAddress)
}

func (e *env) allocate(prefix *record.Prefix, name string) *record.IPAddress {
	e.t.Helper()
	r, err := e.allocator(e.conn).Allocate(e.t.Context(), e.address(prefix, name, ""))
	if err != nil {
		e.t.Fatalf("Allocate %q in %s: %v", name, prefix.CIDR, err)
	}
	return r.(*record.IPAddress)
}

func (e *env) wantCounts(what string, prefix *record.Prefix, used, free int64) {
	e.t.Helper()
	p := e.get(record.KindPrefix, prefix.ID).(*record.Prefix)
	if p.Used != used || p.Free != free || p.Size != used+free {
		e.t.Errorf("%s: prefix counts %d, of which %d used and %d free; want %d used and %d free", what, p.Size, p.Used, p.Free, used, free)
	}
}

func checkUniquePrefix(e *env) {
	first := e.prefix("10.9.0.0/29")
	p := e.express(&record.Prefix{CIDR: first.CIDR})
	p.Metadata().Stack = "suite/two"
	_, err := e.store(record.KindPrefix).Create(e.t.Context(), p)
	e.wantFailure("Create of a prefix that another stack has", err, record.ErrConflict, "")
	e.wantRecords("after a refused Create", e.find(record.KindPrefix, record.Query{}), first)
}

func checkPrefixInUse(e *env) {
	prefix := e.prefix("10.9.0.0/29")
	a := e.allocate(prefix, "web")
	err := e.store(record.KindPrefix).Retire(e.t.Context(), prefix.ID, record.Conclude)
	e.wantFailure("Retire of a prefix in use", err, record.ErrConflict, "")
	e.wantCounts("after a refused Retire", prefix, 1, 4)
	e.retire(record.KindIPAddress, a.ID, record.Conclude)
	e.wantCounts("after the release", prefix, 0, 5)
	e.retire(record.KindPrefix, prefix.ID, record.Conclude)
	_, err = e.allocator(e.conn).Allocate(e.t.Context(), e.address(prefix, "late", ""))
	e.wantFailure("Allocate in a prefix at its end", err, record.ErrNotFound, "prefix_id")
}

func checkAllocate(e *env) {
	for _, cidr := range []string{"10.9.0.0/29", "2001:db8::/64"} {
		prefix := e.prefix(cidr)
		a := e.allocate(prefix, "web-"+cidr)
		want := e.address(prefix, a.Name, a.Address)
		want.Within(prefix)
		if differences := differ(a, want, e.c.System.Kinds[a.Kind()].Unsupported); len(differences) > 0 {
			e.t.Errorf("Allocate's answer does not follow from its prefix: %q", differences)
		}
		if err := prefix.CanHold(a.Address); err != nil {
			e.t.Errorf("Allocate gave out an address that it must not: %v", err)
		}
		e.wantSame("Get after Allocate", e.get(a.Kind(), a.ID), a)
		_, err := e.allocator(e.again()).Allocate(e.t.Context(), e.address(prefix, a.Name, ""))
		e.wantHolder("second Allocate of one key", err, a.ID)
		e.wantRecords("after a refused Allocate", e.find(a.Kind(), e.named(a)), a)
		if err := e.store(a.Kind()).Retire(e.t.Context(), a.ID, record.Conclude); err != nil {
			e.t.Errorf("Retire of an allocated address: %v", err)
		}
		if b := e.allocate(prefix, a.Name); b.ID == a.ID {
			e.t.Errorf("a released address was given out as the same record %q", b.ID)
		}
	}
}

func checkConcurrentAllocation(e *env) {
	const each = 64
	prefix := e.prefix("10.9.0.0/24")
	answers, errs := make([]record.Record, 2*each), make([]error, 2*each)
	e.together(2*each, func(i int, conn record.Connection) {
		allocator, ok := record.Capability[record.Allocator[record.Record]](conn.Stores()[record.KindIPAddress])
		if !ok {
			errs[i] = errors.New("the store of addresses cannot allocate")
			return
		}
		answers[i], errs[i] = allocator.Allocate(e.t.Context(), e.address(prefix, fmt.Sprintf("web-%d", i), ""))
	})
	if err := errors.Join(errs...); err != nil {
		e.t.Fatalf("concurrent Allocate: %.500s", err)
	}
	holders := map[string]string{}
	for _, r := range answers {
		a := r.(*record.IPAddress)
		if other, twice := holders[a.Address]; twice {
			e.t.Errorf("%s was given to %q and to %q", a.Address, other, a.Name)
		}
		holders[a.Address] = a.Name
		if err := prefix.CanHold(a.Address); err != nil {
			e.t.Errorf("Allocate gave out an address that it must not: %v", err)
		}
	}
	e.wantRecords("Find after concurrent Allocate", e.find(record.KindIPAddress, record.Query{Stack: e.stack}), answers...)
	e.wantCounts("after concurrent Allocate", prefix, 2*each, 253-2*each)
}

func checkExhausted(e *env) {
	prefix := e.prefix("10.9.0.0/29")
	var last *record.IPAddress
	for i := range 5 {
		last = e.allocate(prefix, fmt.Sprintf("web-%d", i))
	}
	_, err := e.allocator(e.conn).Allocate(e.t.Context(), e.address(prefix, "one too many", ""))
	e.wantFailure("Allocate in a full prefix", err, record.ErrExhausted, "")
	e.wantCounts("a full prefix", prefix, 5, 0)
	e.retire(last.Kind(), last.ID, record.Conclude)
	if next := e.allocate(prefix, "next"); next.Address != last.Address {
		e.t.Errorf("the only free address is %s, and Allocate gave out %s", last.Address, next.Address)
	}
}

func checkRefusedAddresses(e *env) {
	prefix := e.prefix("10.9.0.0/29")
	taken := e.create(e.address(prefix, "taken", "10.9.0.3")).(*record.IPAddress)
	for _, c := range []struct {
		what, address string
		reason        error
		field         string
	}{
		{"a taken address", "10.9.0.3", record.ErrConflict, "address"},
		{"an address outside", "10.9.0.8", record.ErrInvalid, "address"},
		{"an address of the other family", "2001:db8::3", record.ErrInvalid, "address"},
		{"the network address", "10.9.0.0", record.ErrInvalid, "address"},
		{"the broadcast address", "10.9.0.7", record.ErrInvalid, "address"},
		{"the gateway", "10.9.0.1", record.ErrInvalid, "address"},
	} {
		r := e.address(prefix, "wanted", c.address)
		r.Stack = "suite/two"
		_, err := e.store(record.KindIPAddress).Create(e.t.Context(), r)
		e.wantFailure("Create of "+c.what, err, c.reason, c.field)
	}
	nowhere := &record.Prefix{Meta: record.Meta{ID: absentID}}
	_, err := e.store(record.KindIPAddress).Create(e.t.Context(), e.address(nowhere, "wanted", "10.9.0.4"))
	e.wantFailure("Create in a missing prefix", err, record.ErrNotFound, "prefix_id")
	_, err = e.allocator(e.conn).Allocate(e.t.Context(), e.address(nowhere, "wanted", ""))
	e.wantFailure("Allocate in a missing prefix", err, record.ErrNotFound, "prefix_id")
	e.wantRecords("after refused creates", e.find(record.KindIPAddress, record.Query{}), taken)
	e.retire(taken.Kind(), taken.ID, record.Conclude)
	e.create(e.address(prefix, "wanted", "10.9.0.3"))
}
