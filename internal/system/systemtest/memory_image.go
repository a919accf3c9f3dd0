// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"maps"
	"slices"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// publishable refuses what another stack has published: images are there for all stacks.
func (d *memoryData) publishable(r record.Record) error {
	for id, other := range d.records {
		if other.Kind() == r.Kind() && record.HoldsKey(other) && other.NaturalName() == r.NaturalName() {
			return &record.Error{Reason: record.ErrConflict, ID: id, Field: "family", Answer: r.NaturalName() + " exists"}
		}
	}
	return nil
}

func (d *memoryData) imagesOf(family, version string) []*record.ImageVersion {
	var images []*record.ImageVersion
	for _, id := range slices.Sorted(maps.Keys(d.records)) {
		if v, ok := d.records[id].(*record.ImageVersion); ok && !v.Retired && v.Family == family && v.Version == version {
			image := record.Clone(v)
			image.Judge(time.Now())
			images = append(images, image)
		}
	}
	return images
}
