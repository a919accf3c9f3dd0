// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"math"
	"math/big"
	"net/netip"
)

// Prefix is a range of addresses from which addresses are given out.
type Prefix struct {
	Meta
	CIDR        string            `json:"cidr"`
	Name        string            `json:"name,omitempty"`
	Description string            `json:"description,omitempty"`
	Gateway     string            `json:"gateway,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	// Size is how many addresses can be given out: all but the network, broadcast and gateway addresses. It ends at math.MaxInt64.
	Size int64 `json:"size,omitempty"`
	// Used and Free add up to Size.
	Used int64 `json:"used,omitempty"`
	Free int64 `json:"free,omitempty"`
}

// KindPrefix is the kind of [Prefix].
var KindPrefix = define(Definition{
	Kind: "ipam_prefix", Role: RoleIPAM, Title: "IPAM prefix", Version: 1,
	Key: []string{"cidr"}, NameForm: "<cidr>",
	New: func() Record { return new(Prefix) },
})

// Kind implements [Record].
func (*Prefix) Kind() Kind { return "ipam_prefix" }

// NaturalName implements [Record].
func (p *Prefix) NaturalName() string { return p.CIDR }

// Canonicalise implements [Record].
func (p *Prefix) Canonicalise() {
	// Host bits are not dropped here: they are a mistake, which Validate names.
	if parsed, err := netip.ParsePrefix(p.CIDR); err == nil {
		p.CIDR = parsed.String()
	}
	p.Gateway = canonicalIP(p.Gateway)
}

// Validate implements [Record].
func (p *Prefix) Validate() []FieldError {
	var v rules
	v.cidr("cidr", p.CIDR)
	v.name("name", p.Name)
	v.text("description", p.Description)
	v.ip("gateway", p.Gateway)
	v.name("environment", p.Environment)
	v.entries("labels", p.Labels, MaxValue)
	v.entries("extensions", p.Extensions, MaxValue)
	prefix, err := netip.ParsePrefix(p.CIDR)
	gateway, gerr := netip.ParseAddr(p.Gateway)
	if err == nil && gerr == nil {
		if first, last := UsableRange(prefix); gateway.Less(first) || last.Less(gateway) {
			v.addAcross("gateway", []string{"cidr"}, "must be a host address inside %s, is %s", p.CIDR, p.Gateway)
		}
	}
	return v.problems
}

// Count fills Size, Used and Free, given how many addresses are in use.
func (p *Prefix) Count(used int64) {
	prefix, err := netip.ParsePrefix(p.CIDR)
	if err != nil {
		return
	}
	first, last := UsableRange(prefix)
	n := new(big.Int).Sub(addrInt(last), addrInt(first))
	n.Add(n, big.NewInt(1))
	if p.Gateway != "" {
		n.Sub(n, big.NewInt(1))
	}
	if p.Size = math.MaxInt64; n.IsInt64() {
		p.Size = n.Int64()
	}
	p.Used, p.Free = used, p.Size-used
}

// UsableRange is the first and last address of a prefix that a host can have. An IPv4 prefix loses its network and
// broadcast addresses (not /31, RFC 3021, nor /32), an IPv6 prefix its subnet-router anycast address (RFC 4291; not /127, RFC 6164, nor /128).
func UsableRange(p netip.Prefix) (first, last netip.Addr) {
	p = p.Masked()
	first, last = p.Addr(), lastAddr(p)
	hostBits := first.BitLen() - p.Bits()
	if hostBits < 2 {
		return first, last
	}
	first = first.Next()
	if first.Is4() {
		last = last.Prev()
	}
	return first, last
}

func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last
}

func addrInt(a netip.Addr) *big.Int { return new(big.Int).SetBytes(a.AsSlice()) }

func canonicalIP(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().String()
	}
	return s
}
