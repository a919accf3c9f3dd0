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

const servers = "infraops_ipam_prefix.servers"

func prefix(cidr string, lines ...string) string {
	return acctest.Block(`resource "infraops_ipam_prefix" "servers"`, append([]string{"cidr = " + acctest.Quote(cidr)}, lines...)...)
}

func TestAccPrefix_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		r.Test(
			resource.TestStep{
				Config: r.Config(prefix("10.20.0.0/24", `gateway = "10.20.0.1"`, `name = "servers"`, `labels = { zone = "a" }`)),
				ConfigStateChecks: acctest.Has(servers, acctest.Values{
					"id": "1", "cidr": "10.20.0.0/24", "size": 253, "used": 0, "free": 253, "gateway": "10.20.0.1", "environment": nil,
					"correlation_id": "test/ipam_prefix/10.20.0.0/24", "labels": map[string]string{"zone": "a"},
				}),
			},
			resource.TestStep{
				Config:            r.Config(prefix("10.20.0.0/24", `description = "Servers"`, `labels = { zone = "b" }`)),
				ConfigPlanChecks:  acctest.Plans(servers, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(servers, acctest.Values{"id": "1", "name": nil, "gateway": nil, "size": 254, "free": 254}),
			},
			resource.TestStep{ResourceName: servers, ImportState: true, ImportStateVerify: true},
			resource.TestStep{ResourceName: servers, ImportState: true, ImportStateVerify: true, ImportStateId: "name:10.20.0.0/24"},
			resource.TestStep{ResourceName: servers, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: "name:10.20.0.0/24"},
			resource.TestStep{
				PreConfig: func() {
					p := acctest.Find[*record.Prefix](r, "10.20.0.0/24")
					p.Description, p.Labels = "drifted", map[string]string{"theirs": "1"}
					r.Edit(p, "description", "labels.theirs")
				},
				Config:            r.Config(prefix("10.20.0.0/24", `description = "Servers"`, `labels = { zone = "b" }`)),
				ConfigPlanChecks:  acctest.Plans(servers, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(servers, acctest.Values{"labels": map[string]string{"zone": "b"}}),
			},
			resource.TestStep{
				Config:            r.Config(prefix("2001:db8::/64", `gateway = "2001:DB8::1"`)),
				ConfigPlanChecks:  acctest.Plans(servers, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(servers, acctest.Values{"cidr": "2001:db8::/64", "gateway": "2001:DB8::1"}),
			},
			resource.TestStep{
				PreConfig:        func() { r.End(acctest.Find[*record.Prefix](r, "2001:db8::/64"), record.Conclude) },
				Config:           r.Config(prefix("2001:db8::/64", `gateway = "2001:db8::1"`)),
				ConfigPlanChecks: acctest.Plans(servers, plancheck.ResourceActionCreate),
			},
		)
	})
}

// A prefix with addresses that others hold is not removed.
func TestAccPrefix_inUse(t *testing.T) {
	r := acctest.NewRegistry(t)
	var held *record.IPAddress
	r.Test(
		resource.TestStep{Config: r.Config(prefix("10.0.0.0/29"))},
		resource.TestStep{
			PreConfig: func() {
				p := acctest.Find[*record.Prefix](r, "10.0.0.0/29")
				held = acctest.Put(r, &record.IPAddress{Meta: record.Meta{Stack: "other"}, Name: "theirs", PrefixID: p.ID, Address: "10.0.0.2"})
			},
			Config: r.Config(), ExpectError: acctest.Says(`destroying IPAM prefix "10.0.0.0/29" (id 1) in registry: prefix 10.0.0.0/29 cannot be removed: it is in use by 1 IPAM address: "`),
		},
		resource.TestStep{PreConfig: func() { r.End(held, record.Conclude) }, Config: r.Config(prefix("10.0.0.0/29")), ConfigPlanChecks: acctest.PlansNothing()},
	)
}

func TestAccPrefix_dataSource(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.Prefix{Meta: record.Meta{Stack: "network"}, CIDR: "10.9.0.0/30", Name: "transfer", Gateway: "10.9.0.1"})
	const it = "data.infraops_ipam_prefix.it"
	for _, by := range []string{`id = "1"`, `cidr = "10.9.0.0/30"`, `name = "transfer"`} {
		r.Test(resource.TestStep{
			Config: r.Config(acctest.Block(`data "infraops_ipam_prefix" "it"`, by),
				acctest.Block(`resource "infraops_ipam_address" "a"`, `name = "a"`, "prefix_id = "+it+".id")),
			ConfigStateChecks: append(
				acctest.Has(it, acctest.Values{"id": "1", "cidr": "10.9.0.0/30", "name": "transfer", "gateway": "10.9.0.1", "size": 1}),
				acctest.Has("infraops_ipam_address.a", acctest.Values{"address": "10.9.0.2"})...),
		})
	}
}
