// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package record says what is managed: one file per kind with its natural name, its validation and its
// canonical form, the [Store] port that every system implements, and the errors that cross that port.
//
// A record's kind is its Terraform type without the provider's prefix, and a field's JSON name is its
// Terraform attribute. That one name is used in HCL, in stored documents, in errors and in the documentation,
// so that nothing has to be translated between them.
package record

import (
	"fmt"
	"sort"
)

// Kind is a Terraform type name without the provider's prefix, such as "ipam_address".
type Kind string

// Role is an area of the enterprise that one system serves, such as "ipam".
type Role string

// The roles that a system can serve.
const (
	RoleImage        Role = "image"
	RoleCMDB         Role = "cmdb"
	RoleChange       Role = "change"
	RoleIPAM         Role = "ipam"
	RoleIAM          Role = "iam"
	RoleMonitoring   Role = "monitoring"
	RolePatch        Role = "patch"
	RoleBackup       Role = "backup"
	RoleSoftware     Role = "software"
	RoleNotification Role = "notification"
	RoleSecret       Role = "secret"
)

// Roles lists every role, in the order in which a provisioning meets them.
func Roles() []Role {
	return []Role{
		RoleImage, RoleCMDB, RoleChange, RoleIPAM, RoleIAM, RoleMonitoring, RolePatch, RoleBackup, RoleSoftware, RoleNotification, RoleSecret,
	}
}

// Meta is what every record has, whatever its kind. A store fills it on everything that it returns.
type Meta struct {
	// ID is the system's own identifier. It never changes.
	ID string `json:"-"`
	// System is the name of the system that keeps the record, such as "registry".
	System string `json:"-"`
	// URL is a link for a person; empty where the system has no user interface.
	URL string `json:"-"`
	// Stack names the stack that owns the record.
	Stack string `json:"-"`
	// CorrelationID is the correlation key as the system holds it.
	CorrelationID string `json:"-"`
	// Retired says that the record is kept as evidence only: a released address, a removed relationship.
	Retired bool `json:"-"`
	// Extensions are vendor fields of the system that keeps the record, owned key by key.
	Extensions map[string]string `json:"extensions,omitempty"`
}

// Metadata gives access to the fields that all kinds share.
func (m *Meta) Metadata() *Meta { return m }

// Record is a thing that a system keeps. It is implemented by a pointer to each kind's struct.
type Record interface {
	// Kind names the type.
	Kind() Kind
	// Metadata is never nil.
	Metadata() *Meta
	// NaturalName is what people call the record; it is unique among the live records of a stack and kind.
	NaturalName() string
	// Canonicalise puts every field into the one form in which two equal records are equal.
	Canonicalise()
	// Validate lists what is wrong, field by field. It judges only fields that are set, and it never needs a system.
	Validate() []FieldError
}

// Retirer is implemented by a kind whose end of life is more than the mark [Meta.Retired]: a configuration
// item's status, a change request's state.
type Retirer interface {
	// Retire puts the record into its end state, keeping it as evidence.
	Retire()
	// Gone says that the record has reached an end after which Terraform no longer manages it, so that a plan re-creates it.
	Gone() bool
	// HoldsKey says that no second record with this correlation key may exist beside this one.
	HoldsKey() bool
}

// Preparer is implemented by a kind that derives fields at creation from what was configured.
type Preparer interface {
	// Prepare fills those fields. It is called once, before the record is created.
	Prepare()
}

// Pooled is implemented by a kind that can leave a value for the system to choose from a pool.
type Pooled interface {
	// NeedsAllocation says that the value was left open. Such a record is created by [Allocator], not by Create.
	NeedsAllocation() bool
}

// Gone says whether Terraform should treat r as no longer there.
func Gone(r Record) bool {
	if e, ok := r.(Retirer); ok {
		return e.Gone()
	}
	return r.Metadata().Retired
}

// HoldsKey says whether r occupies its correlation key.
func HoldsKey(r Record) bool {
	if e, ok := r.(Retirer); ok {
		return e.HoldsKey()
	}
	return !r.Metadata().Retired
}

// Retire puts r into the end state of its kind.
func Retire(r Record) {
	if e, ok := r.(Retirer); ok {
		e.Retire()
		return
	}
	r.Metadata().Retired = true
}

// CorrelationKey is the key under which a record is found again after a create whose outcome is unknown.
// It must come from configuration alone: a random value made at plan time would not reach the apply.
func CorrelationKey(stack string, kind Kind, name string) string {
	return stack + "/" + string(kind) + "/" + name
}

// Definition is what the house knows about a kind besides its fields.
type Definition struct {
	Kind Kind
	// Role decides which system serves the kind.
	Role Role
	// Title is what diagnostics and documentation call it, such as "IPAM address".
	Title string
	// Key names the fields that make up the natural name; nil for a view, whose name is that of the record behind it.
	Key []string
	// NameForm shows a person how the natural name is written, such as "<class>/<name>".
	NameForm string
	// New makes an empty record.
	New func() Record
	// Version is the version of the stored document. A change of a JSON name or meaning raises it and adds a step to Upgrade.
	Version int
	// Upgrade turns a document of an older version into the next one; nil while there is only version 1.
	Upgrade func(version int, document map[string]any) error
	// Adopt decides whether an existing record that holds the key may be taken over by a block that wants to
	// create it, and which fields must be written besides those that differ. Nil: always, none.
	Adopt func(existing, wanted Record) (fields []string, err error)
	// Lasting names fields that keep their value when a configuration no longer sets them, since a record cannot be without.
	Lasting []string
	// Uses names the fields that hold the id of another record of the same role. That record must be live, and it is not ended
	// while this one lives.
	Uses map[string]Kind
	// Derive builds the kind's store from the stores of others; nil for a kind that a system keeps itself.
	Derive func(Stores) (Store[Record], error)
	// From names the kind that a derived kind is a view of.
	From Kind
	// StateOnly says that no system keeps anything of the record while it lives. Terraform's state is all there is, so
	// reads and updates ask nobody, and what happens to the record behind it does not take it out of the state.
	StateOnly bool
	// Extend adds to the store of a kind what holds for it in every system; nil where nothing does.
	Extend func(Store[Record]) Store[Record]
}

var definitions = map[Kind]Definition{}

func define(d Definition) Kind {
	if _, twice := definitions[d.Kind]; twice {
		panic("record: kind defined twice: " + string(d.Kind))
	}
	definitions[d.Kind] = d
	return d.Kind
}

// Define returns the definition of a kind. It panics on an unknown kind, which is a programming error.
func Define(k Kind) Definition {
	d, ok := definitions[k]
	if !ok {
		panic(fmt.Sprintf("record: unknown kind %q", k))
	}
	return d
}

// Known says whether the kind is defined.
func Known(k Kind) bool {
	_, ok := definitions[k]
	return ok
}

// Kinds lists the kinds that a system keeps, sorted. Derived kinds are views of these and not listed.
func Kinds() []Kind {
	var kinds []Kind
	for k, d := range definitions {
		if d.Derive == nil {
			kinds = append(kinds, k)
		}
	}
	sort.Slice(kinds, func(i, j int) bool { return kinds[i] < kinds[j] })
	return kinds
}
