// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"maps"
	"slices"
	"strings"
)

// Identity is that of a machine or of a workload, such as a computer account or a service principal.
type Identity struct {
	Meta
	Name string `json:"name"`
	// IdentityKind is one of [IdentityKinds].
	IdentityKind string              `json:"kind"`
	DNSName      string              `json:"dns_name,omitempty"`
	SPNs         []string            `json:"service_principal_names,omitempty"`
	Description  string              `json:"description,omitempty"`
	Owner        string              `json:"owner,omitempty"`
	Container    string              `json:"container,omitempty"`
	Enabled      bool                `json:"enabled"`
	Attributes   map[string][]string `json:"attributes,omitempty"`
	OnDestroy    string              `json:"on_destroy,omitempty" infraops:"input"`
	// Principal is how permissions name the identity.
	Principal string `json:"principal,omitempty"`
	// Ended says that a destroy has disabled the identity. One that is merely disabled is alive.
	Ended bool `json:"ended,omitempty"`
}

// IdentityKinds are what an identity can be of.
func IdentityKinds() []string { return []string{"computer", "service"} }

// KindIdentity is the kind of [Identity].
var KindIdentity = define(Definition{
	Kind: "iam_identity", Role: RoleIAM, Title: "identity", Version: 1,
	Key: []string{"kind", "name"}, NameForm: "<kind>/<name>",
	New:   func() Record { return new(Identity) },
	Adopt: reviveAccount,
})

// Kind implements [Record].
func (*Identity) Kind() Kind { return "iam_identity" }

// NaturalName joins kind and name: a machine and a service on it may share a name.
func (i *Identity) NaturalName() string { return i.IdentityKind + "/" + i.Name }

// Retire implements [Retirer].
func (i *Identity) Retire() { i.Enabled, i.Ended = false, true }

// Gone implements [Retirer].
func (i *Identity) Gone() bool { return i.Ended || i.Retired }

// HoldsKey implements [Retirer]: a disabled identity keeps its name, so that it is enabled again and never doubled.
func (i *Identity) HoldsKey() bool { return !i.Retired }

// Canonicalise implements [Record].
func (i *Identity) Canonicalise() {
	i.DNSName = canonicalHost(i.DNSName)
	i.SPNs = sortSet(i.SPNs)
}

// Validate implements [Record].
func (i *Identity) Validate() []FieldError {
	var v rules
	v.account("name", i.Name)
	v.oneOf("kind", i.IdentityKind, IdentityKinds())
	v.host("dns_name", i.DNSName)
	for _, spn := range i.SPNs {
		v.servicePrincipal("service_principal_names", spn)
	}
	v.text("description", i.Description)
	v.name("owner", i.Owner)
	v.name("container", i.Container)
	for _, key := range slices.Sorted(maps.Keys(i.Attributes)) {
		v.attributeValues(key, i.Attributes[key])
	}
	v.oneOf("on_destroy", i.OnDestroy, AccountEnds())
	v.name("principal", i.Principal)
	v.entries("extensions", i.Extensions, MaxValue)
	return v.problems
}

// servicePrincipal is for what a client asks Kerberos for: the service's class and its host.
func (v *rules) servicePrincipal(field, s string) {
	class, host, two := strings.Cut(s, "/")
	if !two || class == "" || host == "" || strings.ContainsAny(s, " \t@") {
		v.add(field, "must have the form <service>/<host>, such as HTTP/web-01.example.com, is %s", shown(s))
		return
	}
	v.name(field, s)
}
