// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image

import (
	"slices"

	"github.com/hashicorp/go-version"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// versions are the images of a family, or some of them.
type versions []*record.ImageVersion

func versionsOf(found []record.Record) versions {
	all := make(versions, len(found))
	for i, r := range found {
		all[i] = r.(*record.ImageVersion)
	}
	return all
}

func (all versions) where(fits func(*record.ImageVersion) bool) versions {
	return slices.DeleteFunc(slices.Clone(all), func(v *record.ImageVersion) bool { return !fits(v) })
}

// version are the images of one version.
func (all versions) version(name string) versions {
	return all.where(func(v *record.ImageVersion) bool { return v.Version == name })
}

// newerThan is the newest image that is usable and newer than another one; nil where there is none.
func (all versions) newerThan(old *record.ImageVersion) *record.ImageVersion {
	newer := all.order()
	var newest *record.ImageVersion
	for _, v := range all {
		if v.Usable() && newer(v, old) && (newest == nil || newer(v, newest)) {
			newest = v
		}
	}
	return newest
}

// order tells which of two images is newer: by semantic version where every version of the family is one, else by the
// time of publication. One order holds for the whole family, since the two contradict each other.
func (all versions) order() (newer func(a, b *record.ImageVersion) bool) {
	parsed := map[string]*version.Version{}
	for _, v := range all {
		p, err := version.NewVersion(v.Version)
		if err != nil {
			return func(a, b *record.ImageVersion) bool { return a.CreatedAt.After(b.CreatedAt) }
		}
		parsed[v.Version] = p
	}
	return func(a, b *record.ImageVersion) bool { return parsed[a.Version].GreaterThan(parsed[b.Version]) }
}
