// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// namePrincipal names an account as a user principal name does.
func namePrincipal(r record.Record) {
	switch r := r.(type) {
	case *record.FunctionalAccount:
		r.Principal = r.Name + "@memory"
	case *record.Identity:
		r.Principal = r.IdentityKind + "/" + r.Name + "@memory"
	}
}

// deliver takes the secret that came with a write, and dates the delivery. It is called before the secret is withheld.
func (d *memoryData) deliver(was, now record.Record) error {
	delivery, ok := now.(*record.SecretDelivery)
	if !ok {
		return nil
	}
	switch {
	case len(delivery.Secret) > 0:
		d.delivered++
		d.secrets[delivery.ID] = delivery.Secret
		delivery.Deliver(fmt.Sprintf("d%d", d.delivered), time.Now())
	case was == nil:
		return record.Errorf(record.ErrInvalid, "is needed").On("secret_wo")
	case was.(*record.SecretDelivery).Recipient != delivery.Recipient:
		return record.Errorf(record.ErrInvalid, "is needed again").On("secret_wo")
	}
	delivery.Date()
	return nil
}

// memoryDeliveries can give secrets back.
type memoryDeliveries struct{ memoryStore }

// ReadSecret implements [record.SecretReader].
func (s memoryDeliveries) ReadSecret(ctx context.Context, q record.SecretQuery) (content map[string]record.Secret, err error) {
	err = s.m.do(ctx, func() error {
		for id, r := range s.m.records {
			if d, ok := r.(*record.SecretDelivery); ok && !d.Retired && d.Stack == q.Stack && d.Path == q.Path {
				content = s.m.secrets[id]
				return d.Readable(q, time.Now())
			}
		}
		return record.Errorf(record.ErrNotFound, "there is no delivery at %q", q.Path).On("path")
	})
	if err != nil {
		return nil, err
	}
	return content, nil
}
