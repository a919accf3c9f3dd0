// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func membership(member string, lines ...string) string {
	return acctest.Block(`resource "infraops_iam_membership" "`+member+`"`, append([]string{`group = "operators"`, `member = "` + member + `@example.com"`}, lines...)...)
}

func TestAccMembership_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		const grace, members = "infraops_iam_membership.grace", "data.infraops_iam_group.operators"
		acctest.Put(r, &record.Membership{Meta: record.Meta{Stack: "theirs"}, Group: "operators", Member: "linus@example.com"})
		acctest.Put(r, &record.Membership{Meta: record.Meta{Stack: "theirs"}, Group: "operators", Member: "gone@example.com", ExpiresAt: time.Now().Add(-time.Hour)})
		acctest.Put(r, &record.Membership{Meta: record.Meta{Stack: "theirs"}, Group: "others", Member: "ada@example.com"})
		group := acctest.Block(`data "infraops_iam_group" "operators"`, `name = "operators"`, "depends_on = [infraops_iam_membership.grace]")
		none := acctest.Block(`data "infraops_iam_group" "none"`, `name = "nobody is in it"`)
		r.Test(
			resource.TestStep{
				Config:           r.Config(membership("grace", `expires_at = "2031-01-01T00:00:00Z"`, `justification = "on call"`), group, none),
				ConfigPlanChecks: acctest.Plans(grace, plancheck.ResourceActionCreate),
				ConfigStateChecks: append(append(
					acctest.Has(grace, acctest.Values{"correlation_id": "test/iam_membership/operators/grace@example.com", "justification": "on call"}),
					acctest.Has(members, acctest.Values{"members": list("grace@example.com", "linus@example.com")})...),
					acctest.Has("data.infraops_iam_group.none", acctest.Values{"members": list()})...),
			},
			resource.TestStep{ResourceName: grace, ImportState: true, ImportStateId: "name:operators/grace@example.com", ImportStateVerify: true},
			resource.TestStep{ // it expires, which plans nothing
				PreConfig: func() {
					m := acctest.Find[*record.Membership](r, "operators/grace@example.com")
					m.ExpiresAt = time.Now().Add(-time.Minute)
					r.Edit(m, "expires_at")
				},
				Config:            r.Config(membership("grace", `justification = "on call"`), group),
				ConfigPlanChecks:  acctest.Plans(grace, plancheck.ResourceActionUpdate), // to have no end is to be a member again
				ConfigStateChecks: acctest.Has(members, acctest.Values{"members": list("grace@example.com", "linus@example.com")}),
			},
		)
	})
}

// A membership that has expired in the configuration, too, stays as it is.
func TestAccMembership_expired(t *testing.T) {
	r := acctest.NewRegistry(t)
	soon := time.Now().Add(8 * time.Second).UTC().Truncate(time.Second)
	expires := `expires_at = "` + soon.Format(time.RFC3339) + `"`
	group := acctest.Block(`data "infraops_iam_group" "operators"`, `name = "operators"`, "depends_on = [infraops_iam_membership.grace]")
	r.Test(
		resource.TestStep{Config: r.Config(membership("ada", `expires_at = "2020-01-01T00:00:00Z"`)), ExpectError: acctest.Says("2020-01-01T00:00:00Z is over")},
		resource.TestStep{Config: r.Config(membership("grace", expires), group)},
		resource.TestStep{
			PreConfig:         func() { <-time.After(time.Until(soon) + time.Second) },
			Config:            r.Config(membership("grace", expires), group),
			ConfigPlanChecks:  acctest.Plans("infraops_iam_membership.grace", plancheck.ResourceActionNoop),
			ConfigStateChecks: acctest.Has("data.infraops_iam_group.operators", acctest.Values{"members": list()}),
		},
	)
}

func list(members ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(members))
	for i, m := range members {
		checks[i] = knownvalue.StringExact(m)
	}
	return knownvalue.ListExact(checks)
}
