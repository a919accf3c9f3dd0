// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// imageVersionRules: images are published by one stack for all, so a live version exists once over all stacks.
type imageVersionRules struct{ plain }

func (imageVersionRules) stored(r record.Record) record.Record {
	v := record.Clone(r.(*record.ImageVersion))
	v.Status, v.PackerManifest = "", ""
	return v
}

func (imageVersionRules) creating(ctx context.Context, tx *transaction, r record.Record) error {
	r.(*record.ImageVersion).CreatedAt = tx.at
	return publishable(ctx, tx, r)
}

func (imageVersionRules) updating(ctx context.Context, tx *transaction, _ int64, was, now record.Record) error {
	now.(*record.ImageVersion).CreatedAt = was.(*record.ImageVersion).CreatedAt
	if was.NaturalName() == now.NaturalName() {
		return nil
	}
	return publishable(ctx, tx, now)
}

func (imageVersionRules) complete(_ context.Context, s session, records []record.Record) error {
	now := s.r.now()
	for _, r := range records {
		r.(*record.ImageVersion).Judge(now)
	}
	return nil
}

// publishable refuses what another stack has published under the same name. The lock comes before any row.
func publishable(ctx context.Context, tx *transaction, r record.Record) error {
	if err := tx.r.engine.lock(ctx, tx.session, lockImage, false); err != nil {
		return err
	}
	var holder int64
	var stack string
	title := record.Define(r.Kind()).Title
	held, err := tx.one(ctx, []any{&holder, &stack}, "SELECT id, stack FROM infraops_record WHERE kind = ? AND name = ? AND holds_key = 1 AND stack <> ?",
		string(r.Kind()), r.NaturalName(), r.Metadata().Stack)
	if err != nil || !held {
		return err
	}
	conflict := record.Errorf(record.ErrConflict, "%s %s already exists: stack %q has it under id %d", title, r.NaturalName(), stack, holder).On("family").
		Advise("Use it through the data source infraops_image, or choose another family")
	conflict.ID = strconv.FormatInt(holder, 10)
	return conflict
}

// imagesOf reads the live images of one version, whatever their stack.
func imagesOf(ctx context.Context, tx *transaction, family, version string) ([]*record.ImageVersion, error) {
	store := tx.r.stores[record.KindImageVersion].(*store)
	prefix := family + "/" + version + "/"
	found, err := store.list(ctx, tx.session, "gone = 0 AND substr(name, 1, ?) = ? ORDER BY id", []any{utf8.RuneCountInString(prefix), prefix})
	if err != nil {
		return nil, err
	}
	images := make([]*record.ImageVersion, len(found))
	for i, r := range found {
		images[i] = r.(*record.ImageVersion)
	}
	return images, store.rules.complete(ctx, tx.session, found)
}
