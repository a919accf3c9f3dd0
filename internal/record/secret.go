// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// Secret is a text that must not get anywhere but to the system that it is for. Whatever prints, logs, compares or
// marshals a record leaves it out; only Reveal gives it. A field of this type is write-only in Terraform: it is named
// "<x>_wo", and the field "<x>_wo_version" beside it says when it is another one.
type Secret struct {
	// A function, since packages that print or copy by reflection do not look into one.
	reveal func() string
}

// NewSecret wraps a text; an empty one is no secret.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return s }}
}

// Reveal returns the text, which must then be handled with care.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero says that there is none.
func (s Secret) IsZero() bool { return s.reveal == nil }

// hidden is what is shown in a secret's place.
const hidden = "(secret)"

// Format implements [fmt.Formatter] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON writes null, so that no document holds a secret.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(nil) }

// UnmarshalJSON reads what MarshalJSON writes and refuses anything else: no document holds a secret.
func (s *Secret) UnmarshalJSON(raw []byte) error {
	if string(raw) != "null" {
		return fmt.Errorf("a document must not hold a secret")
	}
	*s = Secret{}
	return nil
}

// Withhold takes the secrets out of a record, for a store that keeps records as they are.
func Withhold(r Record) {
	for _, f := range Fields(r) {
		if f.Secret {
			f.In(r).Set(reflect.Zero(f.Type))
		}
	}
}

// SecretReader is the capability of a store of secrets to give back what was delivered, to whoever may read it.
type SecretReader interface {
	// ReadSecret reads without changing anything. What cannot be read by a program, or no longer, is [ErrRefused].
	ReadSecret(ctx context.Context, q SecretQuery) (map[string]Secret, error)
}

// SecretQuery names a secret.
type SecretQuery struct {
	Stack, Path string
	// DeliveryID is the delivery that is meant; empty for whichever is there.
	DeliveryID string
}
