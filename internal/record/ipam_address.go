// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"net"
	"net/netip"
)

// IPAddress is one address, given out from a [Prefix].
type IPAddress struct {
	Meta
	Name                string            `json:"name"`
	PrefixID            string            `json:"prefix_id"`
	Address             string            `json:"address,omitempty"`
	Hostname            string            `json:"hostname,omitempty"`
	Description         string            `json:"description,omitempty"`
	Labels              map[string]string `json:"labels,omitempty"`
	ConfigurationItemID string            `json:"configuration_item_id,omitempty"`
	// The rest follows from the address and its prefix: see [IPAddress.Within].
	PrefixLength int64  `json:"prefix_length,omitempty"`
	CIDR         string `json:"cidr,omitempty"`
	Netmask      string `json:"netmask,omitempty"`
	Gateway      string `json:"gateway,omitempty"`
	Family       int64  `json:"family,omitempty"`
}

// KindIPAddress is the kind of [IPAddress].
var KindIPAddress = define(Definition{
	Kind: "ipam_address", Role: RoleIPAM, Title: "IPAM address", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New: func() Record { return new(IPAddress) },
	Adopt: func(existing, wanted Record) ([]string, error) {
		e, w := existing.(*IPAddress), wanted.(*IPAddress)
		switch {
		case e.PrefixID != w.PrefixID:
			return nil, Errorf(ErrConflict, "the stack already has an address of that name, %s in prefix %s", e.Address, e.PrefixID).On("name").
				Advise("Choose another name, or import the existing address")
		case w.Address != "" && e.Address != w.Address:
			return nil, Errorf(ErrConflict, "the stack already has an address of that name, %s", e.Address).On("name").
				Advise("Choose another name, leave address out, or import the existing address")
		}
		return nil, nil
	},
})

// Kind implements [Record].
func (*IPAddress) Kind() Kind { return "ipam_address" }

// NaturalName implements [Record].
func (a *IPAddress) NaturalName() string { return a.Name }

// NeedsAllocation implements [Pooled].
func (a *IPAddress) NeedsAllocation() bool { return a.Address == "" }

// Canonicalise implements [Record].
func (a *IPAddress) Canonicalise() {
	a.Address = canonicalIP(a.Address)
	a.Gateway = canonicalIP(a.Gateway)
	a.Hostname = canonicalHost(a.Hostname)
}

// Validate implements [Record].
func (a *IPAddress) Validate() []FieldError {
	var v rules
	v.name("name", a.Name)
	v.name("prefix_id", a.PrefixID)
	v.ip("address", a.Address)
	v.host("hostname", a.Hostname)
	v.text("description", a.Description)
	v.name("configuration_item_id", a.ConfigurationItemID)
	v.entries("labels", a.Labels, MaxValue)
	v.entries("extensions", a.Extensions, MaxValue)
	return v.problems
}

// Within fills what follows from the prefix that the address belongs to.
func (a *IPAddress) Within(p *Prefix) {
	addr, err := netip.ParseAddr(a.Address)
	prefix, perr := netip.ParsePrefix(p.CIDR)
	if err != nil || perr != nil {
		return
	}
	a.PrefixLength, a.Gateway = int64(prefix.Bits()), p.Gateway
	a.CIDR = netip.PrefixFrom(addr, prefix.Bits()).String()
	a.Netmask, a.Family = "", 6
	if addr.Is4() {
		a.Netmask, a.Family = net.IP(net.CIDRMask(prefix.Bits(), 32)).String(), 4
	}
}

// CanHold says why a prefix cannot give out this particular address; nil where it can.
func (p *Prefix) CanHold(address string) error {
	addr, err := netip.ParseAddr(address)
	prefix, perr := netip.ParsePrefix(p.CIDR)
	if err != nil || perr != nil {
		return Errorf(ErrInvalid, "must be an address inside %s, is %s", p.CIDR, shown(address)).On("address")
	}
	first, last := UsableRange(prefix)
	switch {
	case !prefix.Contains(addr):
		return Errorf(ErrInvalid, "%s is outside prefix %s", address, p.CIDR).On("address").
			Advise("Choose an address between %s and %s, or leave it out to get the next free one", first, last)
	case addr.Less(first) || last.Less(addr):
		return Errorf(ErrInvalid, "%s is the network or broadcast address of %s", address, p.CIDR).On("address").
			Advise("Choose an address between %s and %s, or leave it out to get the next free one", first, last)
	case addr.String() == canonicalIP(p.Gateway):
		return Errorf(ErrInvalid, "%s is the gateway of %s", address, p.CIDR).On("address").
			Advise("Choose another address, or leave it out to get the next free one")
	}
	return nil
}
