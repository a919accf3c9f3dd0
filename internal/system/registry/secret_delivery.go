// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// deliveryRules: a secret is sealed before anything of it is written. Documents and history never hold it, not even sealed.
type deliveryRules struct{ plain }

func (deliveryRules) creating(_ context.Context, _ *transaction, r record.Record) error {
	d := r.(*record.SecretDelivery)
	if len(d.Secret) == 0 {
		return record.Errorf(record.ErrInvalid, "is needed: there is nothing to deliver").On("secret_wo")
	}
	d.RetrievalURL = ""
	return nil
}

func (deliveryRules) created(ctx context.Context, tx *transaction, id int64, r record.Record) error {
	return deliver(ctx, tx, id, r.(*record.SecretDelivery))
}

// deliver seals the secret and puts it where it can be fetched. What has expired meanwhile is taken away.
func deliver(ctx context.Context, tx *transaction, id int64, d *record.SecretDelivery) error {
	content := map[string]string{}
	for key, secret := range d.Secret {
		content[key] = secret.Reveal()
	}
	plain, err := json.Marshal(content)
	if err != nil {
		return record.Errorf(record.ErrInvalid, "the secret cannot be written as JSON").On("secret_wo")
	}
	message, err := seal(d.Recipient, plain)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(message))
	d.Deliver(hex.EncodeToString(sum[:16]), tx.at)
	d.Secret = nil
	if _, err := tx.exec(ctx, "DELETE FROM infraops_sealed WHERE record_id = ? OR expires_at <> '' AND expires_at < ?", id, formatTime(tx.at)); err != nil {
		return err
	}
	expires := ""
	if !d.ExpiresAt.IsZero() {
		expires = formatTime(d.ExpiresAt)
	}
	_, err = tx.exec(ctx, "INSERT INTO infraops_sealed (record_id, message, expires_at) VALUES (?, ?, ?)", id, message, expires)
	return err
}

// delivered are the fields that follow from what happens to a delivery, and no update writes.
var delivered = []string{"delivery_id", "delivered_at", "expires_at", "retrieval_url", "retrieved_at", "retrieved_by"}

func (deliveryRules) updating(ctx context.Context, tx *transaction, id int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.SecretDelivery), nowRecord.(*record.SecretDelivery)
	for _, field := range delivered {
		if f, _ := record.FieldNamed(was, field); !f.Equal(was, now) {
			return record.Errorf(record.ErrRefused, "%s follows from what happens to the delivery and is not edited", field).On(field)
		}
	}
	switch {
	case len(now.Secret) > 0:
		return deliver(ctx, tx, id, now)
	case was.Recipient != now.Recipient:
		return record.Errorf(record.ErrInvalid, "is needed again: what is sealed to one recipient cannot be sealed to another").On("secret_wo")
	case was.TTL == now.TTL:
		return nil
	}
	now.Date()
	expires := ""
	if !now.ExpiresAt.IsZero() {
		expires = formatTime(now.ExpiresAt)
	}
	_, err := tx.exec(ctx, "UPDATE infraops_sealed SET expires_at = ? WHERE record_id = ?", expires, id)
	return err
}

func (deliveryRules) ending(ctx context.Context, tx *transaction, id int64, _ record.Record) (string, error) {
	return actionRetire, destroySealed(ctx, tx, id)
}

func destroySealed(ctx context.Context, tx *transaction, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM infraops_sealed WHERE record_id = ?", id)
	return err
}

// refusedRecipient is what a plan can say of a recipient, since whether it can be sealed to does not depend on the secret.
func refusedRecipient(r record.Record) []record.FieldError {
	d := r.(*record.SecretDelivery)
	if d.Recipient == "" {
		return nil
	}
	if _, err := parseRecipient(d.Recipient); err != nil {
		return []record.FieldError{{
			Field: "recipient", Problem: fmt.Sprintf("is no public key that can be sealed to (%v): %s", err, recipientAdvice),
		}}
	}
	return nil
}

// deliveryStore can also give back what was sealed to one whose private key it has.
type deliveryStore struct{ *store }

// ReadSecret implements [record.SecretReader].
func (s *deliveryStore) ReadSecret(ctx context.Context, q record.SecretQuery) (map[string]record.Secret, error) {
	none := record.Errorf(record.ErrNotFound, "stack %q has no delivery at %q", q.Stack, q.Path).On("path").
		Advise("Check path and stack. Where this configuration delivers it, add delivery_id = infraops_secret_delivery.NAME.delivery_id, so that it is read after it was delivered")
	var message string
	err := s.r.read(ctx, func(via session) error {
		condition, args := narrow(record.Query{Stack: q.Stack, Names: []string{q.Path}}, 0)
		found, err := s.list(ctx, via, condition, args)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return none
		}
		d := found[0].(*record.SecretDelivery)
		if err := d.Readable(q, s.r.now()); err != nil {
			return err
		}
		message, err = sealedMessage(ctx, via, d)
		return err
	})
	if errors.Is(err, errAbsent) {
		return nil, none
	}
	if err != nil {
		return nil, err
	}
	return s.open(message)
}

// sealedMessage is what lies there for the recipient.
func sealedMessage(ctx context.Context, via session, d *record.SecretDelivery) (message string, err error) {
	id, _ := numeric(d.ID)
	there, err := via.one(ctx, []any{&message}, "SELECT message FROM infraops_sealed WHERE record_id = ?", id)
	if err == nil && !there {
		err = record.Errorf(record.ErrRefused, "nothing is left to be fetched at %q", d.Path).On("path").
			Advise("Raise secret_wo_version of the infraops_secret_delivery, or the version of generate_password, to deliver it again")
	}
	return message, err
}

func (s *deliveryStore) open(message string) (map[string]record.Secret, error) {
	plain, err := unseal(message, s.r.identityFile)
	if err != nil {
		return nil, err
	}
	var content map[string]string
	if json.Unmarshal(plain, &content) != nil { // whose error may quote the content
		return nil, record.Errorf(record.ErrUnavailable, "what is sealed there is no JSON object of texts").On("path")
	}
	secrets := make(map[string]record.Secret, len(content))
	for key, value := range content {
		secrets[key] = record.NewSecret(value)
	}
	return secrets, nil
}

// RetrieveSecret gives out what is sealed at a path, for its recipient to open, and notes it. A one-time delivery is
// taken away with it. The stack may be empty where only one has a delivery at the path.
func (r *Registry) RetrieveSecret(ctx context.Context, stack, path string) (message string, err error) {
	s := r.stores[record.KindSecretDelivery].(*deliveryStore)
	found, err := s.Find(ctx, record.Query{Stack: stack, Names: []string{path}})
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", noDelivery(found, stack, path)
	}
	_, err = s.within(ctx, found[0].Metadata().ID, func(tx *transaction, id int64, was record.Record) error {
		d := record.Clone(was.(*record.SecretDelivery))
		if err := fetchable(d, tx); err != nil {
			return err
		}
		if message, err = sealedMessage(ctx, tx.session, d); err != nil {
			return err
		}
		if d.OneTime {
			if err := destroySealed(ctx, tx, id); err != nil {
				return err
			}
		}
		d.RetrievedAt, d.RetrievedBy = tx.at, r.actor
		d.Canonicalise()
		row, err := columnsOf(d, d)
		if err == nil {
			err = s.write(ctx, tx, id, row)
		}
		if err != nil {
			return err
		}
		return tx.log(ctx, entry{action: actionRetrieve, id: id, was: was, now: d})
	})
	if err != nil {
		return "", err
	}
	return message, nil
}

// fetchable says why a delivery cannot be fetched; nil where it can.
func fetchable(d *record.SecretDelivery, tx *transaction) error {
	again := "Deliver it again: raise secret_wo_version of the infraops_secret_delivery, or the version of generate_password"
	switch {
	case d.OneTime && !d.RetrievedAt.IsZero():
		return record.Errorf(record.ErrRefused, "%q is a one-time delivery, and %s retrieved it at %s", d.Path, d.RetrievedBy, record.FormatTime(d.RetrievedAt)).
			Advise("If that was not its recipient, replace the secret. %s", again)
	case d.Expired(tx.at):
		return record.Errorf(record.ErrRefused, "the delivery at %q expired at %s", d.Path, record.FormatTime(d.ExpiresAt)).Advise("%s", again)
	}
	return nil
}

func noDelivery(found []record.Record, stack, path string) error {
	if len(found) > 1 {
		var stacks []string
		for _, f := range found {
			stacks = append(stacks, f.Metadata().Stack)
		}
		slices.Sort(stacks)
		return record.Errorf(record.ErrConflict, "several stacks have a delivery at %q", path).Advise("Say with --stack which one is meant: %s", strings.Join(stacks, ", "))
	}
	in := "the registry"
	if stack != "" {
		in = "stack " + stack
	}
	return record.Errorf(record.ErrNotFound, "%s has no delivery at %q", in, path).Advise("See secret list for what there is")
}
