// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// checkEnableAgain does what a configuration does that wants back an account that a destroy has disabled.
func checkEnableAgain(e *env) {
	for _, k := range []kindCase{accountCase(), identityCase()} {
		if !e.c.serves(k.kind) {
			continue
		}
		first := e.create(e.record(k, 1))
		e.retire(k.kind, first.Metadata().ID, record.Conclude)
		existing := e.get(k.kind, first.Metadata().ID)
		if enabled, _ := record.Text(existing, "enabled"); enabled != "false" {
			e.t.Errorf("the ended %s is still enabled", k.kind)
		}
		wanted := e.record(k, 1)
		fields, err := record.Define(k.kind).Adopt(existing, wanted)
		if err != nil {
			e.t.Fatalf("a disabled %s cannot be adopted: %v", k.kind, err)
		}
		wanted.Metadata().ID = existing.Metadata().ID
		e.wantSame("the account that is enabled again", e.update(wanted, fields...), first)
		e.wantRecords("Find after it was enabled again", e.find(k.kind, record.Query{Stack: e.stack}), e.get(k.kind, first.Metadata().ID))
	}
}

// checkDeliverAgain holds a delivery to a new id for each sealing, and only then.
func checkDeliverAgain(e *env) {
	k := deliveryCase()
	first := e.create(e.record(k, 1)).(*record.SecretDelivery)
	if first.ExpiresAt.Sub(first.DeliveredAt) != time.Hour || time.Since(first.DeliveredAt).Abs() > time.Minute {
		e.t.Errorf("delivered at %s, expires at %s", first.DeliveredAt, first.ExpiresAt)
	}
	longer := record.Clone(first)
	longer.TTL = 2 * time.Hour
	after := e.update(longer, "ttl").(*record.SecretDelivery)
	if after.DeliveryID != first.DeliveryID || after.ExpiresAt.Sub(after.DeliveredAt) != 2*time.Hour {
		e.t.Errorf("another ttl delivered again, or did not move the end: %+v", after)
	}
	other := e.record(k, 1).(*record.SecretDelivery)
	other.ID, other.SecretVersion = first.ID, 2
	if again := e.update(other, "secret_wo", "secret_wo_version").(*record.SecretDelivery); again.DeliveryID == first.DeliveryID {
		e.t.Errorf("another secret has the same delivery id")
	}
	other.Recipient, other.Secret = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN", nil
	_, err := e.store(k.kind).Update(e.t.Context(), other, []string{"recipient"})
	e.wantFailure("another recipient without the secret", err, record.ErrInvalid, "secret_wo")
}

// checkReadSecret is for systems that can give a secret back to Terraform.
func checkReadSecret(e *env) {
	k := deliveryCase()
	reader, can := record.Capability[record.SecretReader](e.store(k.kind))
	if !can {
		return
	}
	d := e.record(k, 1).(*record.SecretDelivery)
	d.OneTime = false
	kept := e.create(d).(*record.SecretDelivery)
	q := record.SecretQuery{Stack: e.stack, Path: kept.Path}
	for _, q.DeliveryID = range []string{"", kept.DeliveryID} {
		content, err := reader.ReadSecret(e.t.Context(), q)
		if err != nil || len(content) != 1 || content["password"].Reveal() != deliveryText {
			e.t.Errorf("ReadSecret of delivery %q: %d entries, error %v", q.DeliveryID, len(content), err)
		}
	}
	e.wantSame("after ReadSecret", e.get(k.kind, kept.ID), kept)
	for what, c := range map[string]struct {
		q      record.SecretQuery
		reason error
		field  string
	}{
		"nothing there":    {record.SecretQuery{Stack: e.stack, Path: "vm/none"}, record.ErrNotFound, "path"},
		"another stack":    {record.SecretQuery{Stack: "suite/two", Path: kept.Path}, record.ErrNotFound, "path"},
		"another delivery": {record.SecretQuery{Stack: e.stack, Path: kept.Path, DeliveryID: "x"}, record.ErrConflict, "delivery_id"},
	} {
		_, err := reader.ReadSecret(e.t.Context(), c.q)
		e.wantFailure("ReadSecret: "+what, err, c.reason, c.field)
	}
	kept.OneTime = true
	e.update(kept, "one_time")
	_, err := reader.ReadSecret(e.t.Context(), record.SecretQuery{Stack: e.stack, Path: kept.Path})
	e.wantFailure("ReadSecret of a one-time delivery", err, record.ErrRefused, "path")
	e.retire(k.kind, kept.ID, record.Conclude)
	_, err = reader.ReadSecret(e.t.Context(), record.SecretQuery{Stack: e.stack, Path: kept.Path})
	e.wantFailure("ReadSecret after the end", err, record.ErrNotFound, "path")
}

// checkNoSecret looks for secrets in what the stores give back.
func checkNoSecret(e *env) {
	for _, k := range []kindCase{accountCase(), deliveryCase()} {
		if !e.c.serves(k.kind) {
			continue
		}
		for _, r := range []record.Record{e.create(e.record(k, 1)), e.find(k.kind, record.Query{Stack: e.stack})[0]} {
			for _, f := range record.Fields(r) {
				if f.Secret && !f.In(r).IsZero() {
					e.t.Errorf("the store gives %s.%s back", k.kind, f.Name)
				}
			}
		}
	}
}
