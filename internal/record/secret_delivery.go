// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// SecretDelivery is a secret that lies sealed for one recipient until it is fetched.
type SecretDelivery struct {
	Meta
	Path string `json:"path"`
	// Recipient is the public key that the secret is sealed to.
	Recipient     string            `json:"recipient"`
	Secret        map[string]Secret `json:"secret_wo,omitempty"`
	SecretVersion int64             `json:"secret_wo_version,omitempty" infraops:"input"`
	TTL           time.Duration     `json:"ttl,omitempty"`
	OneTime       bool              `json:"one_time"`
	// MadeFor names the record on whose behalf the delivery was made, as "<kind>/<natural name>"; empty for one of its own block.
	MadeFor string `json:"made_for,omitempty"`
	// DeliveryID is another one whenever something was delivered.
	DeliveryID   string    `json:"delivery_id,omitempty"`
	DeliveredAt  time.Time `json:"delivered_at,omitzero"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
	RetrievalURL string    `json:"retrieval_url,omitempty"`
	// RetrievedAt and RetrievedBy tell of the last retrieval.
	RetrievedAt time.Time `json:"retrieved_at,omitzero"`
	RetrievedBy string    `json:"retrieved_by,omitempty"`
}

// KindSecretDelivery is the kind of [SecretDelivery].
var KindSecretDelivery = define(Definition{
	Kind: "secret_delivery", Role: RoleSecret, Title: "secret delivery", Version: 1,
	Key: []string{"path"}, NameForm: "<path>",
	New: func() Record { return new(SecretDelivery) },
	Adopt: func(existing, wanted Record) ([]string, error) {
		e, w := existing.(*SecretDelivery), wanted.(*SecretDelivery)
		if e.MadeFor == w.MadeFor {
			return nil, nil
		}
		owner := e.MadeFor
		if owner == "" {
			owner = "an infraops_secret_delivery of its own"
		}
		return nil, Errorf(ErrConflict, "the path %q holds what %s delivers", e.Path, owner).On("path").Advise("Deliver to another path")
	},
})

// Kind implements [Record].
func (*SecretDelivery) Kind() Kind { return "secret_delivery" }

// NaturalName implements [Record].
func (d *SecretDelivery) NaturalName() string { return d.Path }

// Owner is the kind and the natural name of the record on whose behalf the delivery was made.
func (d *SecretDelivery) Owner() (kind Kind, name string, ok bool) {
	k, name, ok := strings.Cut(d.MadeFor, "/")
	return Kind(k), name, ok
}

// Deliver notes that the secret was sealed, which takes back an earlier retrieval. The id must be another one each time.
func (d *SecretDelivery) Deliver(id string, at time.Time) {
	d.DeliveryID, d.DeliveredAt = id, canonicalTime(at)
	d.RetrievedAt, d.RetrievedBy = time.Time{}, ""
	d.Date()
}

// Date derives when the delivery expires.
func (d *SecretDelivery) Date() {
	if d.ExpiresAt = (time.Time{}); d.TTL > 0 {
		d.ExpiresAt = d.DeliveredAt.Add(d.TTL)
	}
}

// Expired says that the secret can no longer be fetched.
func (d *SecretDelivery) Expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && !d.ExpiresAt.After(now)
}

// Readable says why a program must not read the secret now; nil where it may.
func (d *SecretDelivery) Readable(q SecretQuery, now time.Time) error {
	switch {
	case q.DeliveryID != "" && q.DeliveryID != d.DeliveryID:
		return Errorf(ErrConflict, "%q holds another delivery than %s by now", d.Path, q.DeliveryID).On("delivery_id").
			Advise("Refer to the delivery_id attribute of the infraops_secret_delivery, and plan again")
	case d.OneTime:
		return Errorf(ErrRefused, "%q is a one-time delivery, and Terraform would read it at every plan", d.Path).On("path").
			Advise("Set one_time = false on the infraops_secret_delivery, or leave it to be fetched by its recipient")
	case d.Expired(now):
		return Errorf(ErrRefused, "the delivery at %q expired at %s", d.Path, FormatTime(d.ExpiresAt)).On("path").
			Advise("Raise secret_wo_version of the infraops_secret_delivery to deliver it again")
	}
	return nil
}

// Canonicalise implements [Record].
func (d *SecretDelivery) Canonicalise() {
	d.Recipient = canonicalWords(d.Recipient)
	d.DeliveredAt, d.ExpiresAt, d.RetrievedAt = canonicalTime(d.DeliveredAt), canonicalTime(d.ExpiresAt), canonicalTime(d.RetrievedAt)
}

// Validate implements [Record].
func (d *SecretDelivery) Validate() []FieldError {
	var v rules
	v.secretPath("path", d.Path)
	v.recipient("recipient", d.Recipient)
	if d.Secret != nil && len(d.Secret) == 0 {
		v.add("secret_wo", "must have at least one entry")
	}
	for _, key := range slices.Sorted(maps.Keys(d.Secret)) {
		if key == "" {
			v.add("secret_wo", "must not have an empty key")
		}
		v.name("secret_wo."+key, key)
	}
	v.lifetime("ttl", d.TTL)
	v.name("made_for", d.MadeFor)
	v.entries("extensions", d.Extensions, MaxValue)
	return v.problems
}

var secretPathForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]*(/[A-Za-z0-9_][A-Za-z0-9_.@-]*)*$`)

// secretPath is for a place in a vault.
func (v *rules) secretPath(field, s string) {
	switch {
	case s == "":
	case len(s) > MaxName:
		v.add(field, "must have at most %d characters, has %d", MaxName, len(s))
	case !secretPathForm.MatchString(s):
		v.add(field, "must be a path such as vm/web-01/admin: names of letters, digits, '_', '-', '.' and '@' between single slashes, is %s", shown(s))
	}
}

// ageRecipient is the text form of an X25519 public key of age: Bech32 of 32 bytes.
var ageRecipient = regexp.MustCompile(`^age1[02-9ac-hj-np-z]{58}$`)

// recipient is for a public key that a secret can be sealed to.
func (v *rules) recipient(field, s string) {
	switch {
	case s == "" || ageRecipient.MatchString(s):
	case strings.HasPrefix(s, "age1"):
		v.add(field, "must be an age public key of 62 characters as age-keygen prints it, is %s", shown(s))
	default:
		v.sshPublicKey(field, s, []string{"ssh-ed25519", "ssh-rsa"})
	}
}

// lifetime is for how long something is kept.
func (v *rules) lifetime(field string, d time.Duration) {
	if d != 0 && d < time.Minute {
		v.add(field, "must be at least 1m, is %s", d)
	}
}
