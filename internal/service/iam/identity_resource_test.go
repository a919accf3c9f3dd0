// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

const web = "infraops_iam_identity.web"

func identity(lines ...string) string {
	return acctest.Block(`resource "infraops_iam_identity" "web"`, append([]string{`name = "web-01"`}, lines...)...)
}

func TestAccIdentity_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		r.Test(
			resource.TestStep{
				Config:           r.Config(identity(`kind = "computer"`, `dns_name = "WEB-01.example.com."`, `service_principal_names = ["HTTP/web-01", "HOST/web-01"]`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"id": "1", "principal": "host/web-01@test", "enabled": true, "dns_name": "WEB-01.example.com.", "service_principal_names": []string{"HTTP/web-01", "HOST/web-01"},
					"correlation_id": "test/iam_identity/computer/web-01",
				}),
			},
			resource.TestStep{
				Config:           r.Config(identity(`kind = "computer"`, `dns_name = "web-01.example.com"`, `service_principal_names = ["HOST/web-01", "HTTP/web-01"]`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{
				Config:            r.Config(identity(`kind = "computer"`, `enabled = false`, `attributes = { location = ["fra1"] }`)),
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"enabled": false, "principal": "host/web-01@test", "dns_name": nil}),
			},
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateId: "name:computer/web-01", ImportStateVerify: true},
			resource.TestStep{
				Config:            r.Config(identity(`kind = "service"`)),
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"principal": "service/web-01@test", "id": "2"}),
			},
			resource.TestStep{ // the disabled one comes back
				Config:            r.Config(identity(`kind = "computer"`, `on_destroy = "delete"`)),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"id": "1", "enabled": true}),
			},
		)
		if n := r.Count(); n != 1 {
			t.Errorf("%d records are left, want the disabled service", n)
		}
	})
}
