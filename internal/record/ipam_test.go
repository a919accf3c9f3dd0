// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"math"
	"net/netip"
	"testing"
)

func TestUsableRange(t *testing.T) {
	for _, c := range []struct{ prefix, first, last string }{
		{"0.0.0.0/0", "0.0.0.1", "255.255.255.254"},
		{"10.0.0.0/8", "10.0.0.1", "10.255.255.254"},
		{"10.0.0.77/24", "10.0.0.1", "10.0.0.254"},
		{"10.0.0.128/25", "10.0.0.129", "10.0.0.254"},
		{"10.0.0.0/30", "10.0.0.1", "10.0.0.2"},
		{"10.0.0.0/31", "10.0.0.0", "10.0.0.1"},
		{"10.0.0.9/32", "10.0.0.9", "10.0.0.9"},
		{"255.255.255.254/31", "255.255.255.254", "255.255.255.255"},
		{"::/0", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"},
		{"2001:db8::/126", "2001:db8::1", "2001:db8::3"},
		{"2001:db8::/127", "2001:db8::", "2001:db8::1"},
		{"2001:db8::7/128", "2001:db8::7", "2001:db8::7"},
	} {
		first, last := UsableRange(netip.MustParsePrefix(c.prefix))
		if first.String() != c.first || last.String() != c.last {
			t.Errorf("%s: %s to %s, want %s to %s", c.prefix, first, last, c.first, c.last)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		cidr, gateway    string
		used, size, free int64
	}{
		{"10.0.0.0/24", "10.0.0.1", 3, 253, 250},
		{"10.0.0.0/24", "", 0, 254, 254},
		{"0.0.0.0/0", "", 0, 1<<32 - 2, 1<<32 - 2},
		{"10.0.0.0/31", "", 1, 2, 1},
		{"10.0.0.0/32", "", 1, 1, 0},
		{"10.0.0.0/32", "10.0.0.0", 0, 0, 0},
		{"2001:db8::/126", "2001:db8::1", 0, 2, 2},
		{"2001:db8::/65", "", 1, math.MaxInt64, math.MaxInt64 - 1},
		{"2001:db8::/64", "", 1, math.MaxInt64, math.MaxInt64 - 1},
		{"::/0", "::1", 0, math.MaxInt64, math.MaxInt64},
		{"not one", "", 5, 0, 0},
	} {
		p := &Prefix{CIDR: c.cidr, Gateway: c.gateway}
		if p.Count(c.used); p.Size != c.size || p.Free != c.free {
			t.Errorf("%s, %d used: size %d, free %d; want %d and %d", c.cidr, c.used, p.Size, p.Free, c.size, c.free)
		}
	}
}

func TestCanHold(t *testing.T) {
	v4, v6 := &Prefix{CIDR: "10.0.0.0/29", Gateway: "10.0.0.1"}, &Prefix{CIDR: "2001:db8::/64", Gateway: "2001:db8::1"}
	for _, c := range []struct {
		prefix  *Prefix
		address string
		ok      bool
	}{
		{v4, "10.0.0.2", true},
		{v4, "10.0.0.6", true},
		{v4, "10.0.0.0", false},
		{v4, "10.0.0.1", false},
		{v4, "10.0.0.7", false},
		{v4, "10.0.0.8", false},
		{v4, "::ffff:10.0.0.1", false},
		{v4, "2001:db8::2", false},
		{v4, "", false},
		{v4, "x", false},
		{v6, "2001:db8::2", true},
		{v6, "2001:db8::ffff:ffff:ffff:ffff", true},
		{v6, "2001:db8::", false},
		{v6, "2001:db8::1", false},
		{v6, "2001:DB8:0::1", false},
		{v6, "2001:db8::2%eth0", false},
		{v6, "2001:db8:0:1::2", false},
		{&Prefix{CIDR: "10.0.0.0/31"}, "10.0.0.0", true},
		{&Prefix{CIDR: "10.0.0.0/32"}, "10.0.0.0", true},
		{&Prefix{CIDR: "x"}, "10.0.0.1", false},
	} {
		err := c.prefix.CanHold(c.address)
		var failure *Error
		if (err == nil) != c.ok || err != nil && (!errors.As(err, &failure) || failure.Field != "address" || !errors.Is(err, ErrInvalid)) {
			t.Errorf("%s in %s: %v", c.address, c.prefix.CIDR, err)
		}
	}
}

func TestWithin(t *testing.T) {
	a := &IPAddress{Address: "10.0.0.9"}
	a.Within(&Prefix{CIDR: "10.0.0.0/20", Gateway: "10.0.0.1"})
	if a.PrefixLength != 20 || a.CIDR != "10.0.0.9/20" || a.Netmask != "255.255.240.0" || a.Gateway != "10.0.0.1" || a.Family != 4 {
		t.Errorf("IPv4: %+v", a)
	}
	b := &IPAddress{Address: "2001:db8::9", Netmask: "x"}
	b.Within(&Prefix{CIDR: "2001:db8::/64"})
	if b.PrefixLength != 64 || b.CIDR != "2001:db8::9/64" || b.Netmask != "" || b.Gateway != "" || b.Family != 6 {
		t.Errorf("IPv6: %+v", b)
	}
	c := &IPAddress{}
	if c.Within(&Prefix{CIDR: "10.0.0.0/20"}); c.PrefixLength != 0 || c.Family != 0 {
		t.Errorf("without an address: %+v", c)
	}
	if !c.NeedsAllocation() || a.NeedsAllocation() {
		t.Error("NeedsAllocation is wrong")
	}
}
