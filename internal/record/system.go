// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "context"

// System is what a system declares about itself. The provider block's schema, the documentation and the
// capability matrix are derived from it.
type System struct {
	// Name is the attribute in the provider block, such as "netbox".
	Name string
	// Title is the name that its vendor gives it.
	Title string
	// Description says in a sentence or two what it is for, in Markdown.
	Description string
	// Options are what the provider block can set.
	Options []Option
	// Kinds are the kinds that it keeps, with what it cannot express of them.
	Kinds map[Kind]Support
	// Open makes a connection. It must not reach the system: a plan must work while the configuration is still
	// unknown, and nothing connects until it is needed.
	Open func(Settings) (Connection, error)
}

// Support says what a system cannot express of a kind, so that it is refused at plan time.
type Support struct {
	// Unsupported names the fields that the system has no place for.
	Unsupported []string
	// Values names, for fields that the system limits, what it accepts.
	Values map[string][]string
	// Refuses judges what a list of values cannot tell, such as a number that the system would round: it lists the fields
	// that the system would not keep as they are. It never reaches the system. It may be nil.
	Refuses func(Record) []FieldError
	// Links names, with the kind that they refer to, the fields that the system keeps as links between records of its own. The id of
	// another system's record means nothing there, or another record, so such a field is refused at plan time while another
	// system serves that kind.
	Links map[string]Kind
	// Kept says where the system keeps each field, in its own terms and in Markdown, by the field's name; the fields of the
	// metadata are "id", "stack" and "correlation_id". The documentation shows it. Nil: as it is, in a document of the system's own.
	Kept map[string]string
}

// Connection is a system in use. It is safe for concurrent use.
type Connection interface {
	// Stores are the stores of all kinds that the system declares.
	Stores() Stores
	// Ready says, without changing anything, whether the system could be written to: reachable, authorised,
	// not read-only. Plans call it before they promise a create.
	Ready(ctx context.Context) error
	// Close lets go of what the connection holds.
	Close() error
}

// Validator is what a [Connection] can have besides: it knows the set-up that the documentation asks for in the system.
type Validator interface {
	// Validate says, without changing anything, what of the documented set-up is there and what is missing. An error means that
	// it could not be found out, such as a system that does not answer; what was found out before it is returned with it.
	Validate(ctx context.Context) ([]Finding, error)
}

// Finding is the answer about one thing that the documented set-up of a system asks for.
type Finding struct {
	// OK says that it is as it should be.
	OK bool
	// What names the thing, such as "custom field InfraOps Correlation on assets of the catalog Servers".
	What string
	// Problem says what is wrong with it, and Advice what to do about it, each as a sentence without a full stop. Both are empty where OK.
	Problem, Advice string
}

// Serves lists the roles that the system serves.
func (s System) Serves() []Role {
	var roles []Role
	for _, role := range Roles() {
		for kind := range s.Kinds {
			if Define(kind).Role == role {
				roles = append(roles, role)
				break
			}
		}
	}
	return roles
}

// Supports returns what the system says about a kind; for a view, what it says about the kind behind it.
func (s System) Supports(k Kind) (Support, bool) {
	if support, ok := s.Kinds[k]; ok {
		return support, true
	}
	if from := Define(k).From; from != "" {
		support, ok := s.Kinds[from]
		support.Refuses = nil // It knows the records of the kind itself.
		return support, ok
	}
	return Support{}, false
}
