// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package software_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const nginx = "infraops_software_package.nginx"

func software(lines ...string) string {
	return acctest.Block(`resource "infraops_software_package" "nginx"`, append(lines, `name = "nginx"`)...)
}

func TestAccPackage_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		const host = `host = { address = "Web-01.example.com", user = "deploy" }`
		r.Test(
			resource.TestStep{
				Config: r.Config(software(host, `version = "1.24.0-2"`)),
				ConfigStateChecks: acctest.Has(nginx, acctest.Values{
					"state": "present", "hold": false, "installed_version": "1.24.0-2", "package_manager": nil, "correlation_id": "test/software_package/web-01.example.com/nginx",
					"host": knownvalue.ObjectPartial(map[string]knownvalue.Check{"address": knownvalue.StringExact("Web-01.example.com"), "port": knownvalue.Null(), "user": knownvalue.StringExact("deploy")}),
				}),
			},
			// The default port, another case of the host's name and a trailing dot mean the same.
			resource.TestStep{
				Config:           r.Config(software(`host = { address = "web-01.example.com.", port = 22, user = "deploy" }`, `version = "= 1.24.0-2"`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{
				Config:            r.Config(software(`host = { address = "web-01.example.com", port = 2222 }`, `version = ">=1.24,<2"`, `hold = true`)),
				ConfigPlanChecks:  acctest.Plans(nginx, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(nginx, acctest.Values{"installed_version": nil, "hold": true, "version": ">=1.24,<2"}),
			},
			resource.TestStep{ // spaces in a constraint are no change
				Config:           r.Config(software(`host = { address = "web-01.example.com", port = 2222 }`, `version = ">= 1.24, < 2"`, `hold = true`)),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			// The state keeps the configuration's spelling; an import has only the canonical one.
			resource.TestStep{ResourceName: nginx, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"version"}},
			resource.TestStep{ResourceName: nginx, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"version"}, ImportStateId: "name:web-01.example.com/nginx"},
			resource.TestStep{
				Config:            r.Config(software(`host = { address = "web-01.example.com", port = 2222 }`, `state = "absent"`)),
				ConfigPlanChecks:  acctest.Plans(nginx, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(nginx, acctest.Values{"installed_version": nil, "version": nil}),
			},
			resource.TestStep{ // another host's package
				Config:            r.Config(software(`host = { address = "10.0.0.7" }`, `version = "1.24.0-2"`)),
				ConfigPlanChecks:  acctest.Plans(nginx, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(nginx, acctest.Values{"correlation_id": "test/software_package/10.0.0.7/nginx"}),
			},
			resource.TestStep{ // changed by somebody else
				PreConfig: func() {
					p := acctest.Find[*record.SoftwarePackage](r, "10.0.0.7/nginx")
					p.Version = "1.22.0"
					r.Edit(p, "version")
				},
				Config:            r.Config(software(`host = { address = "10.0.0.7" }`, `version = "1.24.0-2"`)),
				ConfigPlanChecks:  acctest.Plans(nginx, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(nginx, acctest.Values{"installed_version": "1.24.0-2"}),
			},
		)
	})
}

// An imported package has the port in state, and a configuration that leaves it out plans nothing.
func TestAccPackage_importedDefaults(t *testing.T) {
	r := acctest.NewRegistry(t)
	p := acctest.Put(r, &record.SoftwarePackage{Name: "nginx", State: "present", Host: &record.PackageHost{Address: "10.0.0.7"}})
	it := software(`host = { address = "10.0.0.7" }`)
	r.Test(
		resource.TestStep{Config: r.Config(it, acctest.Block("import", "to = "+nginx, "id = "+acctest.Quote(p.ID))), ConfigPlanChecks: acctest.Plans(nginx, plancheck.ResourceActionNoop)},
		resource.TestStep{Config: r.Config(it), ConfigPlanChecks: acctest.PlansNothing()},
	)
}

// A host that is replaced has an address that is not known before the apply.
func TestAccPackage_hostNotKnownYet(t *testing.T) {
	r := acctest.NewRegistry(t)
	vm := func(address string) string {
		return acctest.Block(`resource "terraform_data" "vm"`, "input = "+acctest.Quote(address), "triggers_replace = "+acctest.Quote(address)) +
			software(`host = { address = terraform_data.vm.output, user = "deploy" }`, `version = "1.24.0-2"`)
	}
	r.Test(
		resource.TestStep{Config: r.Config(vm("10.0.0.7"))},
		resource.TestStep{
			Config:            r.Config(vm("10.0.0.8")),
			ConfigPlanChecks:  acctest.Plans(nginx, plancheck.ResourceActionReplace),
			ConfigStateChecks: acctest.Has(nginx, acctest.Values{"correlation_id": "test/software_package/10.0.0.8/nginx"}),
		},
	)
}

// Whoever logs in, and who that is, is not known before the apply: the host is the same one.
func TestAccPackage_userNotKnownYet(t *testing.T) {
	r := acctest.NewRegistry(t)
	user := func(name string) string {
		return acctest.Block(`resource "terraform_data" "user"`, "input = "+acctest.Quote(name), "triggers_replace = "+acctest.Quote(name)) +
			software(`host = { address = "10.0.0.7", user = terraform_data.user.output }`, `version = "1.24.0-2"`)
	}
	r.Test(
		resource.TestStep{Config: r.Config(user("ada"))},
		resource.TestStep{Config: r.Config(user("grace")), ConfigPlanChecks: acctest.Plans(nginx, plancheck.ResourceActionUpdate)},
	)
}

func TestAccPackage_onDestroy(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Test(t, resource.TestStep{Config: r.Config(software(`host = { address = "10.0.0.7" }`))})
	if story := r.Story(all(t, r)[0]); story != "create pipeline, retire pipeline" {
		t.Errorf("retained: %s", story)
	}
	acctest.Test(t, resource.TestStep{Config: r.Config(software(`host = { address = "10.0.0.7" }`, `on_destroy = "remove"`))})
	if left := all(t, r); len(left) != 1 {
		t.Errorf("of the removed package there are %d records beside the retained one", len(left)-1)
	}
}

func all(t *testing.T, r *acctest.Registry) []record.Record {
	t.Helper()
	found, err := r.Records(t.Context(), record.KindSoftwarePackage, record.Query{Gone: true})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
