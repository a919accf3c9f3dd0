// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func imageCases() []kindCase { return []kindCase{imageVersionCase(), imageChannelCase()} }

func imageVersionCase() kindCase {
	type version = *record.ImageVersion
	zone := time.FixedZone("CEST", 2*60*60)
	return kindCase{
		kind: record.KindImageVersion,
		build: func(_ *env, n int) record.Record {
			return &record.ImageVersion{
				Family: "ubuntu-24.04", Version: fmt.Sprintf("1.%d.0", n), Platform: "aws", Region: "eu-west-1", ExternalID: fmt.Sprintf("ami-%08x", n),
				BaseImage: "ubuntu/noble", Labels: map[string]string{"arch": "amd64", "hardened": "cis"}, PackerManifest: "manifest.json",
				RevokeAt: time.Date(2090, 5, 1, 10, 0, 0, 500, zone), EndOfLifeAt: time.Date(2091, 5, 1, 10, 0, 0, 0, zone),
			}
		},
		computed: []string{"status", "created_at"},
		edits: []edit{
			{"base_image", as(func(v version) { v.BaseImage = "" })},
			{"revoke_at", as(func(v version) { v.RevokeAt = time.Date(2089, 1, 1, 0, 0, 0, 0, time.UTC) })},
			{"end_of_life_at", as(func(v version) { v.EndOfLifeAt = time.Time{} })},
		},
		entries: "labels",
		where:   "external_id",
		invalid: []flaw{
			{"family", as(func(v version) { v.Family = "a/b" }), true},
			{"region", as(func(v version) { v.Region = " eu" }), true},
			{"base_image", as(func(v version) { v.BaseImage = "two\nlines" }), false},
			{"revoke_at", as(func(v version) { v.RevokeAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }), false},
			{"labels.arch", as(func(v version) { v.Labels = map[string]string{"arch": "\x00"} }), false},
		},
		ended: retired, freesKey: true,
	}
}

func imageChannelCase() kindCase {
	type channel = *record.ImageChannel
	return kindCase{
		kind: record.KindImageChannel,
		build: func(e *env, n int) record.Record {
			family := fmt.Sprintf("family-%d", n)
			for _, version := range []string{"1.0.0", "1.1.0"} {
				e.once(family+" "+version, func() record.Record {
					return &record.ImageVersion{Family: family, Version: version, Platform: "azure", ExternalID: version}
				})
			}
			return &record.ImageChannel{Family: family, Name: "production", Version: "1.0.0"}
		},
		edits: []edit{{"version", as(func(c channel) { c.Version = "1.1.0" })}},
		where: "family",
		invalid: []flaw{
			{"name", as(func(c channel) { c.Name = "a/b" }), true},
			{"version", as(func(c channel) { c.Version = "1/0" }), false},
		},
		ended: retired, freesKey: true,
	}
}
