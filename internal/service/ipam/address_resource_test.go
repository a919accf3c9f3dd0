// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package ipam_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const web = "infraops_ipam_address.web"

func address(lines ...string) string {
	return acctest.Block(`resource "infraops_ipam_address" "web"`, append([]string{"prefix_id = " + servers + ".id"}, lines...)...)
}

func TestAccAddress_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		base := prefix("10.20.0.0/24", `gateway = "10.20.0.1"`)
		r.Test(
			resource.TestStep{
				Config: r.Config(base, address(`name = "web-01"`, `hostname = "Web-01.example.com"`, `labels = { tier = "web" }`)),
				ConfigStateChecks: acctest.Has(web, acctest.Values{
					"address": "10.20.0.2", "cidr": "10.20.0.2/24", "prefix_length": 24, "netmask": "255.255.255.0", "gateway": "10.20.0.1", "family": 4,
					"hostname": "Web-01.example.com", "correlation_id": "test/ipam_address/web-01",
				}),
			},
			resource.TestStep{
				Config:            r.Config(base, address(`name = "web-01"`, `hostname = "web-01.example.com"`, `description = "front"`)),
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "10.20.0.2", "labels": nil, "description": "front"}),
			},
			// Naming the address that it has is no change.
			resource.TestStep{
				Config:           r.Config(base, address(`name = "web-01"`, `address = "10.20.0.2"`, `hostname = "web-01.example.com"`, `description = "front"`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			// The state keeps the configuration's spelling; an import has only the canonical one.
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"hostname"}},
			resource.TestStep{ResourceName: web, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"hostname"}, ImportStateId: "name:web-01"},
			resource.TestStep{
				Config:            r.Config(base, address(`name = "web-01"`, `address = "10.20.0.77"`)),
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "10.20.0.77"}),
			},
			resource.TestStep{ // released outside: planned anew
				PreConfig:         func() { r.End(acctest.Find[*record.IPAddress](r, "web-01"), record.Conclude) },
				Config:            r.Config(base, address(`name = "web-01"`)),
				ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "10.20.0.2"}),
			},
			resource.TestStep{
				PreConfig: func() {
					a := acctest.Find[*record.IPAddress](r, "web-01")
					a.Hostname = "stolen.example.com"
					r.Edit(a, "hostname")
				},
				Config:           r.Config(base, address(`name = "web-01"`, `hostname = "web-01.example.com"`)),
				ConfigPlanChecks: acctest.Plans(web, plancheck.ResourceActionUpdate),
			},
		)
	})
}

// Every address of a prefix can be given out, at once, and none twice.
func TestAccAddress_wholePrefix(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		many := func(count string) string {
			return r.Config(prefix("10.0.0.0/28", `gateway = "10.0.0.1"`), acctest.Block(`resource "infraops_ipam_address" "web"`,
				"count = "+count, `name = "web-${count.index}"`, "prefix_id = "+servers+".id"),
				acctest.Block(`output "distinct"`, "value = length(distinct("+web+"[*].address))"))
		}
		r.Test(
			resource.TestStep{Config: many("13"), Check: resource.TestCheckOutput("distinct", "13")},
			resource.TestStep{Config: many("14"), ExpectError: acctest.Says("prefix 10.0.0.0/28 has 0 of 13 addresses free")},
			resource.TestStep{Config: many("5"), Check: resource.TestCheckOutput("distinct", "5")},
		)
	})
}

// An interrupted apply left an address behind: it is found again by its name.
func TestAccAddress_adopt(t *testing.T) {
	r := acctest.NewRegistry(t)
	p := acctest.Put(r, &record.Prefix{CIDR: "10.0.0.0/24"})
	acctest.Put(r, &record.IPAddress{Name: "web-01", PrefixID: p.ID, Address: "10.0.0.9"})
	r.Test(resource.TestStep{
		Config:            r.Config(prefix("10.0.0.0/24"), address(`name = "web-01"`, `hostname = "web-01"`)),
		ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "10.0.0.9", "hostname": "web-01"}),
	})
}

// An address that is replaced because its prefix is, and IPv6.
func TestAccAddress_anotherPrefix(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(prefix("10.0.0.0/30"), address(`name = "web-01"`)), ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "10.0.0.1"})},
		resource.TestStep{
			Config:            r.Config(prefix("2001:db8::/126"), address(`name = "web-01"`)),
			ConfigPlanChecks:  acctest.Plans(web, plancheck.ResourceActionReplace),
			ConfigStateChecks: acctest.Has(web, acctest.Values{"address": "2001:db8::1", "family": 6, "netmask": nil}),
		},
	)
}
