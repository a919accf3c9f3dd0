// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const production = "infraops_image_channel.production"

func attribute(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

func exact(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func channel(version string) string {
	return acctest.Block(`resource "infraops_image_channel" "production"`, `family = "ubuntu"`, `name = "production"`, "version = "+version)
}

// publish keeps versions that another stack owns; a time ends one.
func publish(r *acctest.Registry, ended map[string]time.Time, numbers ...string) {
	for _, number := range numbers {
		acctest.Put(r, &record.ImageVersion{
			Meta: record.Meta{Stack: "images"}, Family: "ubuntu", Version: number, Platform: "aws", Region: "eu-west-1", ExternalID: "ami-" + number, RevokeAt: ended[number],
		})
	}
}

func TestAccImageChannel_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		publish(r, nil, "1.0.0")
		r.Test(
			resource.TestStep{
				Config:            r.Config(channel(`"1.0.0"`)),
				ConfigStateChecks: acctest.Has(production, acctest.Values{"version": "1.0.0", "correlation_id": "test/image_channel/ubuntu/production"}),
			},
			resource.TestStep{ // published and promoted in one run
				Config:            r.Config(version("1.1.0", `external_id = "ami-2"`), channel(ubuntu+".version")),
				ConfigPlanChecks:  acctest.Plans(production, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(production, acctest.Values{"id": "2", "version": "1.1.0"}),
			},
			resource.TestStep{ResourceName: production, ImportState: true, ImportStateVerify: true},
			resource.TestStep{ResourceName: production, ImportState: true, ImportStateVerify: true, ImportStateId: "name:ubuntu/production"},
			resource.TestStep{
				PreConfig: func() {
					c := acctest.Find[*record.ImageChannel](r, "ubuntu/production")
					c.Version = "1.0.0"
					r.Edit(c, "version")
				},
				Config:           r.Config(version("1.1.0", `external_id = "ami-2"`), channel(ubuntu+".version")),
				ConfigPlanChecks: acctest.Plans(production, plancheck.ResourceActionUpdate),
			},
		)
	})
}

func TestAccImageChannel_promotion(t *testing.T) {
	r := acctest.NewRegistry(t)
	past := time.Now().Add(-time.Hour)
	publish(r, map[string]time.Time{"1.9.0": past, "1.11.0": past}, "1.0.0", "1.9.0", "1.10.0", "1.11.0")
	r.Test(
		resource.TestStep{Config: r.Config(channel(`"1.0.0"`))},
		resource.TestStep{Config: r.Config(channel(`"2.0.0"`)), ExpectError: acctest.Says(`family "ubuntu" has no version "2.0.0"`, "infraops_image_version first")},
		resource.TestStep{Config: r.Config(channel(`"1.9.0"`)), ExpectError: acctest.Says("version 1.9.0", "was revoked at", "Version 1.10.0 is newer and usable")},
		resource.TestStep{Config: r.Config(channel(`"1.11.0"`)), ExpectError: acctest.Says("was revoked at", "no newer version that is usable")},
		resource.TestStep{Config: r.Config(channel(`"1.10.0"`)), ConfigPlanChecks: acctest.Plans(production, plancheck.ResourceActionUpdate)},
		resource.TestStep{ // whose version is revoked later is not the channel's plan's business
			PreConfig: func() {
				v := acctest.Find[*record.ImageVersion](r, "ubuntu/1.10.0/aws/eu-west-1")
				v.RevokeAt = past
				r.Edit(v, "revoke_at")
			},
			Config: r.Config(channel(`"1.10.0"`)), ConfigPlanChecks: acctest.PlansNothing(),
		},
	)
}

// Two stacks cannot publish the same.
func TestAccImage_otherStack(t *testing.T) {
	r := acctest.NewRegistry(t)
	publish(r, nil, "1.0.0")
	acctest.Put(r, &record.ImageChannel{Meta: record.Meta{Stack: "images"}, Family: "ubuntu", Name: "production", Version: "1.0.0"})
	r.Test(
		resource.TestStep{Config: r.Config(version("1.0.0", `external_id = "ami-1"`)), ExpectError: acctest.Says(`stack "images" manages ubuntu/1.0.0/aws/eu-west-1 already`, "data source infraops_image")},
		resource.TestStep{Config: r.Config(channel(`"1.0.0"`)), ExpectError: acctest.Says(`stack "images" manages ubuntu/production already`)},
	)
}
