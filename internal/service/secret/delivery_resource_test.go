// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const admin = "infraops_secret_delivery.admin"

// delivery hands a password to a key, with further lines in its block.
func delivery(k acctest.Key, password string, version int, lines ...string) string {
	return acctest.Block(`resource "infraops_secret_delivery" "admin"`, append([]string{
		`path = "vm/web-01/admin"`, fmt.Sprintf("recipient = %q", k.Public), fmt.Sprintf("secret_wo = { password = %q }", password), fmt.Sprintf("secret_wo_version = %d", version),
	}, lines...)...)
}

func TestAccDelivery_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		grace, linus := acctest.NewKey(t), acctest.NewKey(t)
		fetch := func(k acctest.Key, want string) func() {
			return func() {
				t.Helper()
				if content := k.Opens(t, r.Retrieve("vm/web-01/admin")); len(content) != 1 || content["password"] != want {
					t.Errorf("%d entries, or another password", len(content))
				}
			}
		}
		gone := func() {
			t.Helper()
			if _, err := r.RetrieveSecret(t.Context(), r.Stack, "vm/web-01/admin"); err == nil {
				t.Error("it can be fetched")
			}
		}
		r.Test(
			resource.TestStep{
				Config:           r.Config(delivery(grace, "hunter2hunter2", 1)),
				ConfigPlanChecks: acctest.Plans(admin, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(admin, acctest.Values{
					"id": "1", "secret_wo": nil, "secret_wo_version": 1, "one_time": true, "ttl": nil, "expires_at": nil, "retrieval_url": nil, "delivery_id": knownvalue.NotNull(),
					"correlation_id": "test/secret_delivery/vm/web-01/admin",
				}),
			},
			resource.TestStep{ // neither a retrieval nor another secret of the same version plans anything
				PreConfig: fetch(grace, "hunter2hunter2"),
				Config:    r.Config(delivery(grace, "hunter3hunter3", 1)), ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{ // what concerns the delivery alone delivers nothing
				PreConfig: gone,
				Config:    r.Config(delivery(grace, "hunter3hunter3", 1, `ttl = "72h"`)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(admin, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(admin, tfjsonpath.New("expires_at")),
					plancheck.ExpectKnownValue(admin, tfjsonpath.New("delivery_id"), knownvalue.NotNull()),
				}},
				ConfigStateChecks: acctest.Has(admin, acctest.Values{"ttl": "72h", "expires_at": knownvalue.NotNull()}),
			},
			resource.TestStep{ // another version does
				PreConfig: gone,
				Config:    r.Config(delivery(grace, "hunter3hunter3", 2, `ttl = "72h"`)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(admin, plancheck.ResourceActionUpdate), plancheck.ExpectUnknownValue(admin, tfjsonpath.New("delivery_id")),
				}},
			},
			resource.TestStep{ // and so does another recipient
				PreConfig:        fetch(grace, "hunter3hunter3"),
				Config:           r.Config(delivery(linus, "hunter3hunter3", 2, `ttl = "4320m"`)),
				ConfigPlanChecks: acctest.Plans(admin, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{ // 4320m are 72h
				PreConfig: fetch(linus, "hunter3hunter3"),
				Config:    r.Config(delivery(linus, "hunter3hunter3", 2, `ttl = "72h"`)), ConfigPlanChecks: acctest.PlansNothing(),
			},
			// An import spells the duration out.
			resource.TestStep{ResourceName: admin, ImportState: true, ImportStateId: "name:vm/web-01/admin", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"ttl"}},
		)
		gone()
	})
}

// A delivery that the state has lost is adopted, and delivered again.
func TestAccDelivery_adopt(t *testing.T) {
	r := acctest.NewRegistry(t)
	grace := acctest.NewKey(t)
	acctest.Put(r, &record.SecretDelivery{Path: "vm/web-01/admin", Recipient: acctest.NewKey(t).Public, SecretVersion: 7, Secret: map[string]record.Secret{"a": record.NewSecret("lost")}})
	acctest.Put(r, &record.SecretDelivery{Path: "vm/db", MadeFor: "iam_functional_account/svc", Recipient: grace.Public, Secret: map[string]record.Secret{"a": record.NewSecret("theirs")}})
	r.Test(
		resource.TestStep{Config: r.Config(delivery(grace, "hunter2hunter2", 1)), ConfigStateChecks: acctest.Has(admin, acctest.Values{"id": "1", "one_time": true})},
		resource.TestStep{
			PreConfig: func() {
				d := acctest.Find[*record.SecretDelivery](r, "vm/web-01/admin")
				if content := grace.Opens(t, r.Retrieve(d.Path)); content["password"] != "hunter2hunter2" || d.SecretVersion != 1 {
					t.Errorf("version %d", d.SecretVersion)
				}
			},
			Config: r.Config(delivery(grace, "hunter2hunter2", 1)), ConfigPlanChecks: acctest.PlansNothing(),
		},
		resource.TestStep{
			Config:      r.Config(acctest.Block(`resource "infraops_secret_delivery" "db"`, `path = "vm/db"`, fmt.Sprintf("recipient = %q", grace.Public), `secret_wo = { a = "x" }`, "secret_wo_version = 1")),
			ExpectError: acctest.Says("holds what iam_functional_account/svc delivers", "Deliver to another path"),
		},
		resource.TestStep{
			PreConfig: func() { r.End(acctest.Find[*record.SecretDelivery](r, "vm/db"), record.Conclude) },
			Config:    r.Config(delivery(grace, "hunter2hunter2", 1)), ConfigPlanChecks: acctest.PlansNothing(),
		},
	)
}
