// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"maps"
	"slices"
	"time"
)

// FunctionalAccount is an account that a program or a team uses, and no person of its own.
type FunctionalAccount struct {
	Meta
	Name        string    `json:"name"`
	DisplayName string    `json:"display_name,omitempty"`
	Description string    `json:"description,omitempty"`
	Owner       string    `json:"owner,omitempty"`
	Container   string    `json:"container,omitempty"`
	Enabled     bool      `json:"enabled"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	// SSHPublicKeys are lines of an authorized_keys file without options.
	SSHPublicKeys    []string            `json:"ssh_public_keys,omitempty"`
	Attributes       map[string][]string `json:"attributes,omitempty"`
	Password         Secret              `json:"password_wo,omitzero"`
	PasswordVersion  int64               `json:"password_wo_version,omitempty" infraops:"input"`
	GeneratePassword *GeneratedPassword  `json:"generate_password,omitempty" infraops:"input"`
	OnDestroy        string              `json:"on_destroy,omitempty" infraops:"input"`
	// Principal is how permissions name the account.
	Principal string `json:"principal,omitempty"`
	SID       string `json:"sid,omitempty"`
	// Ended says that a destroy has disabled the account. One that is merely disabled is alive.
	Ended bool `json:"ended,omitempty"`
}

// GeneratedPassword asks for a password that nobody but its recipient sees.
type GeneratedPassword struct {
	Length    int64      `json:"length"`
	Version   int64      `json:"version"`
	DeliverTo *DeliverTo `json:"deliver_to"`
}

// DeliverTo is where a generated secret goes: see [SecretDelivery].
type DeliverTo struct {
	Path      string        `json:"path"`
	Recipient string        `json:"recipient"`
	TTL       time.Duration `json:"ttl,omitempty"`
	OneTime   bool          `json:"one_time"`
}

// The bounds of a generated password's length.
const (
	MinPasswordLength     = 16
	MaxPasswordLength     = 128
	DefaultPasswordLength = 32
)

// AccountEnds are what destroying an account or identity can do.
func AccountEnds() []string { return []string{"disable", "delete"} }

// KindFunctionalAccount is the kind of [FunctionalAccount].
var KindFunctionalAccount = define(Definition{
	Kind: "iam_functional_account", Role: RoleIAM, Title: "functional account", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New:   func() Record { return new(FunctionalAccount) },
	Adopt: reviveAccount,
})

// reviveAccount enables an account again that a destroy has disabled: the same name in the same directory is the same account.
func reviveAccount(existing, _ Record) ([]string, error) {
	if Gone(existing) {
		return []string{"ended", "enabled"}, nil
	}
	return nil, nil
}

// Kind implements [Record].
func (*FunctionalAccount) Kind() Kind { return "iam_functional_account" }

// NaturalName implements [Record].
func (a *FunctionalAccount) NaturalName() string { return a.Name }

// Retire implements [Retirer].
func (a *FunctionalAccount) Retire() { a.Enabled, a.Ended = false, true }

// Gone implements [Retirer].
func (a *FunctionalAccount) Gone() bool { return a.Ended || a.Retired }

// HoldsKey implements [Retirer]: a disabled account keeps its name, so that it is enabled again and never doubled.
func (a *FunctionalAccount) HoldsKey() bool { return !a.Retired }

// Canonicalise implements [Record].
func (a *FunctionalAccount) Canonicalise() {
	a.ExpiresAt = canonicalTime(a.ExpiresAt)
	for i, key := range a.SSHPublicKeys {
		a.SSHPublicKeys[i] = canonicalWords(key)
	}
	a.SSHPublicKeys = sortSet(a.SSHPublicKeys)
}

// Validate implements [Record].
func (a *FunctionalAccount) Validate() []FieldError {
	var v rules
	v.account("name", a.Name)
	v.name("display_name", a.DisplayName)
	v.text("description", a.Description)
	v.name("owner", a.Owner)
	v.name("container", a.Container)
	v.time("expires_at", a.ExpiresAt)
	for _, key := range a.SSHPublicKeys {
		v.sshPublicKey("ssh_public_keys", key, sshKeyTypes)
	}
	for _, key := range slices.Sorted(maps.Keys(a.Attributes)) {
		v.attributeValues(key, a.Attributes[key])
	}
	a.validatePassword(&v)
	v.oneOf("on_destroy", a.OnDestroy, AccountEnds())
	v.name("principal", a.Principal)
	v.entries("extensions", a.Extensions, MaxValue)
	return v.problems
}

// validatePassword looks at the version of a given password and not at the password, which a generated one is kept in too.
func (a *FunctionalAccount) validatePassword(v *rules) {
	const field = "generate_password"
	g := a.GeneratePassword
	if g == nil {
		return
	}
	if a.PasswordVersion != 0 {
		v.addAcross(field, []string{"password_wo_version"}, "cannot be used together with password_wo: a password is either given or generated")
	}
	if g.Length != 0 && (g.Length < MinPasswordLength || g.Length > MaxPasswordLength) {
		v.add(field+".length", "must be between %d and %d, is %d", MinPasswordLength, MaxPasswordLength, g.Length)
	}
	if g.Version < 1 {
		v.add(field+".version", "must be at least 1")
	}
	if to := g.DeliverTo; to != nil {
		v.secretPath(field+".deliver_to.path", to.Path)
		v.recipient(field+".deliver_to.recipient", to.Recipient)
		v.lifetime(field+".deliver_to.ttl", to.TTL)
	}
}

// attributeValues is for one attribute of a directory's entry.
func (v *rules) attributeValues(key string, values []string) {
	path := "attributes." + key
	before := len(v.problems)
	if key == "" {
		v.add("attributes", "must not have an empty key")
		return
	}
	if v.name(path, key); len(v.problems) > before {
		v.problems[before].Problem = "the key " + v.problems[before].Problem
		return
	}
	if len(values) == 0 {
		v.add(path, "must not be an empty list; leave the key out to have no value")
	}
	for _, value := range values {
		v.boundedText(path, value, MaxValue)
	}
}
