// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	dumps = "infraops_iam_functional_account.dumps"
	key   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN grace"
)

// account is a functional account with further lines in its block.
func account(lines ...string) string {
	return acctest.Block(`resource "infraops_iam_functional_account" "dumps"`, append([]string{`name = "svc-dumps"`}, lines...)...)
}

func TestAccFunctionalAccount_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		given := func(password string, version int, more ...string) string {
			return r.Config(account(append(more, `password_wo = "`+password+`"`, fmt.Sprintf("password_wo_version = %d", version))...))
		}
		r.Test(
			resource.TestStep{
				Config:           given("hunter2hunter2", 1, `owner = "payments"`, `expires_at = "2031-01-01T01:00:00+01:00"`, `ssh_public_keys = ["`+key+`"]`, `attributes = { mail = ["b@x", "a@x"], shell = ["/bin/sh"] }`),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(dumps, acctest.Values{
					"id": "1", "principal": "svc-dumps@test", "sid": nil, "enabled": true, "on_destroy": "disable", "expires_at": "2031-01-01T01:00:00+01:00", "password_wo": nil,
					"password_wo_version": 1, "generate_password": nil, "owner": "payments", "description": nil, "correlation_id": "test/iam_functional_account/svc-dumps",
					"attributes": knownvalue.MapExact(map[string]knownvalue.Check{
						"mail":  knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("b@x"), knownvalue.StringExact("a@x")}),
						"shell": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("/bin/sh")}),
					}),
				}),
			},
			// Terraform keeps no password, so another one is told by its version alone.
			resource.TestStep{
				Config:           given("hunter3hunter3", 1, `owner = "payments"`, `expires_at = "2031-01-01T00:00:00Z"`, `ssh_public_keys = ["`+key+`"]`, `attributes = { mail = ["b@x", "a@x"], shell = ["/bin/sh"] }`),
				ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{
				Config:            given("hunter3hunter3", 2, `enabled = false`, `attributes = { mail = ["c@x"] }`),
				ConfigPlanChecks:  acctest.Plans(dumps, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(dumps, acctest.Values{"id": "1", "password_wo_version": 2, "enabled": false, "owner": nil, "principal": "svc-dumps@test"}),
			},
			resource.TestStep{ // without a password it keeps the one that it has
				Config:            r.Config(account()),
				ConfigPlanChecks:  acctest.Plans(dumps, plancheck.ResourceActionUpdate),
				ConfigStateChecks: acctest.Has(dumps, acctest.Values{"password_wo_version": nil, "enabled": true}),
			},
			resource.TestStep{
				Config:            r.Config(account(`container = "ou=services"`)),
				ConfigPlanChecks:  acctest.Plans(dumps, plancheck.ResourceActionReplace),
				ConfigStateChecks: acctest.Has(dumps, acctest.Values{"id": "1"}), // disabled and enabled again
			},
			resource.TestStep{
				ResourceName: dumps, ImportState: true, ImportStateId: "name:svc-dumps", ImportStateVerify: true,
			},
		)
		if a := acctest.Find[*record.FunctionalAccount](r, "svc-dumps"); a.Enabled || !a.Ended {
			t.Errorf("the destroyed account is not disabled: %+v", a)
		}
	})
}

// A destroyed account is disabled, and the next one of its name is the same again.
func TestAccFunctionalAccount_enableAgain(t *testing.T) {
	r := acctest.NewRegistry(t)
	kept := acctest.Put(r, &record.FunctionalAccount{Name: "svc-dumps", Enabled: true, Owner: "payments"})
	r.End(kept, record.Conclude)
	r.Test(
		resource.TestStep{
			Config:            r.Config(account(`description = "again"`)),
			ConfigPlanChecks:  acctest.Plans(dumps, plancheck.ResourceActionCreate),
			ConfigStateChecks: acctest.Has(dumps, acctest.Values{"id": kept.ID, "enabled": true, "description": "again", "owner": nil}),
		},
		resource.TestStep{Config: r.Config(account(`description = "again"`, `on_destroy = "delete"`))},
	)
	if n := r.Count(); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

func generated(path, recipient string, version int, more ...string) string {
	block := acctest.Block("generate_password =", append(more, fmt.Sprintf("version = %d", version), fmt.Sprintf("deliver_to = {\n path = %q\n recipient = %q\n}", path, recipient))...)
	return account(block)
}

func TestAccFunctionalAccount_generatedPassword(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		mine, other := acctest.NewKey(t), acctest.NewKey(t)
		seen := map[string]bool{}
		// fetch is what the recipient gets; every one must be another.
		fetch := func(path string, k acctest.Key, length int) func() {
			return func() {
				t.Helper()
				content := k.Opens(t, r.Retrieve(path))
				if content["username"] != "svc-dumps" || len(content["password"]) != length || seen[content["password"]] {
					t.Errorf("%d characters for %q", len(content["password"]), content["username"])
				}
				seen[content["password"]] = true
			}
		}
		empty := func(path string, k acctest.Key) {
			if found, err := r.Records(t.Context(), record.KindSecretDelivery, record.Query{Names: []string{path}}); err != nil || len(found) != 0 {
				t.Errorf("%d deliveries are left at %s, %v", len(found), path, err)
			}
		}
		r.Test(
			resource.TestStep{
				Config:           r.Config(generated("vm/a", mine.Public, 1)),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionCreate),
				ConfigStateChecks: acctest.Has(dumps, acctest.Values{
					"password_wo": nil, "password_wo_version": nil, "generate_password": knownvalue.ObjectPartial(map[string]knownvalue.Check{"length": knownvalue.Int64Exact(32)}),
				}),
			},
			resource.TestStep{ // a retrieval plans nothing
				PreConfig: fetch("vm/a", mine, 32),
				Config:    r.Config(generated("vm/a", mine.Public, 1)), ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{ // another attribute brings no other password
				Config:           r.Config(acctest.Block(`resource "infraops_iam_functional_account" "dumps"`, `name = "svc-dumps"`, `owner = "grace"`, fmt.Sprintf("generate_password = {\n version = 1\n deliver_to = { path = \"vm/a\", recipient = %q }\n}", mine.Public))),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig: func() {
					if _, err := r.RetrieveSecret(t.Context(), r.Stack, "vm/a"); err == nil {
						t.Error("it was delivered again without need")
					}
				},
				Config:           r.Config(generated("vm/a", mine.Public, 2, "length = 64")),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig:        fetch("vm/a", mine, 64),
				Config:           r.Config(generated("vm/a", other.Public, 2)),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig:        fetch("vm/a", other, 32),
				Config:           r.Config(generated("vm/b", other.Public, 2)),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig: func() { fetch("vm/b", other, 32)(); empty("vm/a", other) },
				Config:    r.Config(generated("vm/b", other.Public, 2)), ConfigPlanChecks: acctest.PlansNothing(),
			},
			resource.TestStep{ResourceName: dumps, ImportState: true, ImportStateId: "name:svc-dumps"},
			resource.TestStep{
				Config:           r.Config(account(`password_wo = "hunter2hunter2"`, "password_wo_version = 1")),
				ConfigPlanChecks: acctest.Plans(dumps, plancheck.ResourceActionUpdate),
			},
			resource.TestStep{
				PreConfig: func() { empty("vm/b", other) },
				Config:    r.Config(generated("vm/c", mine.Public, 1)),
			},
		)
		empty("vm/c", mine) // taken back by the destroy
	})
}

// An interrupted apply leaves a delivery behind, which the next one takes over.
func TestAccFunctionalAccount_deliveredBefore(t *testing.T) {
	r := acctest.NewRegistry(t)
	mine := acctest.NewKey(t)
	acctest.Put(r, &record.SecretDelivery{
		Path: "vm/a", Recipient: mine.Public, OneTime: true, MadeFor: "iam_functional_account/svc-dumps", SecretVersion: 1,
		Secret: map[string]record.Secret{"password": record.NewSecret("of the interrupted apply")},
	})
	theirs := acctest.Block(`resource "infraops_secret_delivery" "a"`, `path = "vm/own"`, fmt.Sprintf("recipient = %q", mine.Public), `secret_wo = { a = "hunter2hunter2" }`, "secret_wo_version = 1")
	r.Test(
		resource.TestStep{Config: r.Config(generated("vm/a", mine.Public, 1))},
		resource.TestStep{
			PreConfig: func() {
				if content := mine.Opens(t, r.Retrieve("vm/a")); len(content["password"]) != 32 {
					t.Error("the delivery is that of the interrupted apply")
				}
			},
			Config: r.Config(generated("vm/a", mine.Public, 1)), ConfigPlanChecks: acctest.PlansNothing(),
		},
		resource.TestStep{Config: r.Config(generated("vm/own", mine.Public, 1), theirs), ExpectError: acctest.Says("another block of this configuration stands for the same secret delivery")},
		resource.TestStep{Config: r.Config(generated("vm/a", mine.Public, 1), theirs)},
		resource.TestStep{
			PreConfig: func() {
				r.Stack = "other"
				acctest.Put(r, &record.SecretDelivery{Path: "vm/taken", Recipient: mine.Public, Secret: map[string]record.Secret{"a": record.NewSecret("x")}, SecretVersion: 1})
				r.Stack = "test"
			},
			Config: r.Config(generated("vm/taken", mine.Public, 1), theirs), // another stack's path is another path
		},
	)
}
