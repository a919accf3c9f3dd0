// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// messageRules: the registry's outbox keeps messages as they would have been sent. It sends nothing.
type messageRules struct{ plain }

func (messageRules) erasable() bool { return false }

func (messageRules) creating(_ context.Context, tx *transaction, r record.Record) error {
	m := r.(*record.Message)
	m.MessageID, m.SentAt, m.Delivery = "", tx.at, record.DeliveryOutbox
	return nil
}

func (messageRules) created(_ context.Context, _ *transaction, id int64, r record.Record) error {
	r.(*record.Message).MessageID = fmt.Sprintf("outbox-%d", id)
	return nil
}

func (messageRules) updating(_ context.Context, _ *transaction, _ int64, was, now record.Record) error {
	for _, f := range record.Fields(was) {
		if f.Name != "extensions" && !f.Equal(was, now) {
			return record.Errorf(record.ErrRefused, "what was sent is kept as evidence: %s cannot be edited", f.Name).On(f.Name).
				Advise("Send a new message: give it other triggers")
		}
	}
	return nil
}
