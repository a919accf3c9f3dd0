// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const base = "data.infraops_image.base"

func use(lines ...string) string {
	return acctest.Block(`data "infraops_image" "base"`, append([]string{`family = "ubuntu"`, `platform = "aws"`}, lines...)...)
}

func TestAccImage_use(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		publish(r, nil, "1.0.0", "1.1.0")
		theirs := record.Meta{Stack: "images"}
		acctest.Put(r, &record.ImageVersion{Meta: theirs, Family: "ubuntu", Version: "1.1.0", Platform: "aws", Region: "us-east-1", ExternalID: "ami-us", Labels: map[string]string{"arch": "amd64"}})
		acctest.Put(r, &record.ImageVersion{Meta: theirs, Family: "ubuntu", Version: "1.1.0", Platform: "vsphere", ExternalID: "template"})
		acctest.Put(r, &record.ImageChannel{Meta: theirs, Family: "ubuntu", Name: "production", Version: "1.1.0"})
		r.Test(
			resource.TestStep{
				Config: r.Config(use(`channel = "production"`, `region = "us-east-1"`)),
				ConfigStateChecks: acctest.Has(base, acctest.Values{
					"external_id": "ami-us", "version": "1.1.0", "status": "active", "revoke_at": nil, "id": "3", "system": "registry", "labels": map[string]string{"arch": "amd64"},
				}),
			},
			resource.TestStep{
				Config:            r.Config(use(`version = "1.0.0"`)),
				ConfigStateChecks: acctest.Has(base, acctest.Values{"external_id": "ami-1.0.0", "version": "1.0.0", "channel": nil, "region": nil, "labels": map[string]string{}}),
			},
			resource.TestStep{ // an image without a region serves every region
				Config:            r.Config(strings.Replace(use(`channel = "production"`, `region = "fra"`), "aws", "vsphere", 1)),
				ConfigStateChecks: acctest.Has(base, acctest.Values{"external_id": "template", "region": "fra"}),
			},
			resource.TestStep{Config: r.Config(use(`channel = "production"`)), ExpectError: acctest.Says("several images", "Choose one by its region", "ubuntu/1.1.0/aws/eu-west-1", "ubuntu/1.1.0/aws/us-east-1")},
			resource.TestStep{Config: r.Config(use(`channel = "production"`, `region = "ap-1"`)), ExpectError: acctest.Says("version 1.1.0 is not published for this platform and region", "aws in eu-west-1, aws in us-east-1, vsphere")},
			resource.TestStep{Config: r.Config(use(`channel = "staging"`)), ExpectError: acctest.Says(`reading image "ubuntu" from registry`, `no channel "staging"`, "production")},
			resource.TestStep{Config: r.Config(use(`version = "7"`)), ExpectError: acctest.Says("version 7 is not published", "for no platform")},
			resource.TestStep{Config: r.Config(strings.Replace(use(`version = "7"`), "ubuntu", "debian", 1)), ExpectError: acctest.Says("no stack has published a version of this family")},
		)
	})
}

func TestAccImage_revoked(t *testing.T) {
	r := acctest.NewRegistry(t)
	past := time.Now().Add(-time.Hour)
	publish(r, map[string]time.Time{"1.9.0": past, "1.11.0": past}, "1.8.0", "1.9.0", "1.10.0", "1.11.0")
	c := acctest.Put(r, &record.ImageChannel{Meta: record.Meta{Stack: "images"}, Family: "ubuntu", Name: "production", Version: "1.8.0"})
	v := acctest.Find[*record.ImageVersion](r, "ubuntu/1.8.0/aws/eu-west-1")
	revoke := func(when time.Time) func() {
		return func() {
			v.RevokeAt = when
			r.Edit(v, "revoke_at")
		}
	}
	byChannel := r.Config(use(`channel = "production"`))
	r.Test(
		resource.TestStep{Config: r.Config(use(`version = "1.9.0"`)), ExpectError: acctest.Says("version 1.9.0 was revoked at", `Version 1.10.0 is newer and usable: set version = "1.10.0"`)},
		resource.TestStep{Config: r.Config(use(`version = "1.11.0"`)), ExpectError: acctest.Says("No newer version is usable", "allow_revoked")},
		resource.TestStep{
			Config:            r.Config(use(`version = "1.9.0"`, "allow_revoked = true")),
			ConfigStateChecks: acctest.Has(base, acctest.Values{"status": "revoked", "external_id": "ami-1.9.0", "revoke_at": record.FormatTime(past)}),
		},
		resource.TestStep{PreConfig: revoke(time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)), Config: byChannel, ConfigStateChecks: acctest.Has(base, acctest.Values{"status": "scheduled"})},
		resource.TestStep{
			PreConfig:   revoke(past),
			Config:      byChannel,
			ExpectError: acctest.Says("version 1.8.0 was revoked at", `Version 1.10.0 is newer and usable: promote the channel "production" to it`),
		},
		resource.TestStep{
			PreConfig: func() {
				c.Version = "1.10.0"
				r.Edit(c, "version")
			},
			Config: byChannel, ConfigStateChecks: acctest.Has(base, acctest.Values{"version": "1.10.0"}),
		},
	)
}

// The warnings do not stop a plan. plugin-testing does not show them.
func TestAccImage_warnings(t *testing.T) {
	r := acctest.NewRegistry(t)
	later := time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	publish(r, map[string]time.Time{"1.0.0": later, "1.1.0": time.Now().Add(-time.Hour)}, "1.0.0", "1.1.0", "1.2.0")
	w := acctest.NewWorkspace(t)
	w.Write("versions.tf", "terraform {\n  required_providers {\n    infraops = { source = \"infraops/infraops\" }\n  }\n}\n")
	w.Write("main.tf", r.Config(use(`version = "1.0.0"`), strings.ReplaceAll(use(`version = "1.1.0"`, "allow_revoked = true"), `"base"`, `"old"`), channel(`"1.0.0"`)))
	w.Must("init")
	plan := w.Must("plan", "-no-color")
	for _, says := range []string{"Image will be revoked", "will be revoked at 2090-01-01T00:00:00Z", "whoever uses the channel fails to plan", "because of allow_revoked", "Version 1.2.0 is newer and usable"} {
		if !acctest.Says(says).MatchString(plan) {
			t.Errorf("the plan does not say %q:\n%s", says, plan)
		}
	}
}
