// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import "github.com/infraops/terraform-provider-infraops/internal/record"

// usedLive refuses a reference to what is not there, or has ended.
func (d *memoryData) usedLive(r record.Record) error {
	for field, kind := range record.Define(r.Kind()).Uses {
		id, _ := record.Text(r, field)
		if used, ok := d.records[id]; !ok || used.Kind() != kind || record.Gone(used) {
			return record.Errorf(record.ErrNotFound, "there is no %s %q", kind, id).On(field)
		}
	}
	return nil
}

// notInUse refuses to end what live records refer to.
func (d *memoryData) notInUse(used record.Record) error {
	for _, r := range d.records {
		for field, kind := range record.Define(r.Kind()).Uses {
			if id, _ := record.Text(r, field); kind == used.Kind() && id == used.Metadata().ID && !record.Gone(r) {
				return record.Errorf(record.ErrConflict, "%q is in use by %q", used.NaturalName(), r.NaturalName())
			}
		}
	}
	return nil
}
