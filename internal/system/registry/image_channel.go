// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// imageChannelRules: a channel exists once over all stacks, as images do, and is given only versions that can be used.
type imageChannelRules struct{ plain }

func (imageChannelRules) creating(ctx context.Context, tx *transaction, r record.Record) error {
	return publishable(ctx, tx, r)
}

func (imageChannelRules) created(ctx context.Context, tx *transaction, _ int64, r record.Record) error {
	return admit(ctx, tx, r.(*record.ImageChannel))
}

func (imageChannelRules) updating(ctx context.Context, tx *transaction, _ int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.ImageChannel), nowRecord.(*record.ImageChannel)
	if was.NaturalName() != now.NaturalName() {
		if err := publishable(ctx, tx, now); err != nil {
			return err
		}
	}
	if was.Family == now.Family && was.Version == now.Version {
		return nil
	}
	return admit(ctx, tx, now)
}

func admit(ctx context.Context, tx *transaction, c *record.ImageChannel) error {
	images, err := imagesOf(ctx, tx, c.Family, c.Version)
	if err != nil {
		return err
	}
	return c.Admit(images)
}
