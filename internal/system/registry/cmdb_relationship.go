// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// relationshipRules: both ends must be live configuration items of this registry.
type relationshipRules struct{ plain }

func (relationshipRules) created(ctx context.Context, tx *transaction, _ int64, r record.Record) error {
	return endsLive(ctx, tx, r.(*record.Relationship))
}

func (relationshipRules) updating(ctx context.Context, tx *transaction, _ int64, was, now record.Record) error {
	if was.NaturalName() == now.NaturalName() {
		return nil
	}
	return endsLive(ctx, tx, now.(*record.Relationship))
}

func endsLive(ctx context.Context, tx *transaction, r *record.Relationship) error {
	items := tx.r.stores[record.KindConfigurationItem].(*store)
	for _, end := range []struct{ field, id string }{{"parent_id", r.ParentID}, {"child_id", r.ChildID}} {
		var item record.Record
		if id, ok := numeric(end.id); ok {
			var err error
			if item, err = items.single(ctx, tx.session, id, tx.r.engine.held(true)); err != nil {
				return err
			}
		}
		if item == nil {
			return record.Errorf(record.ErrNotFound, "there is no configuration item with id %q in the registry", end.id).On(end.field).
				Advise("Refer to the id attribute of an infraops_cmdb_configuration_item")
		}
		if record.Gone(item) {
			return record.Errorf(record.ErrNotFound, "configuration item %q (id %s) is retired", item.NaturalName(), end.id).On(end.field).
				Advise("Refer to a live configuration item, or remove the relationship")
		}
	}
	return nil
}
