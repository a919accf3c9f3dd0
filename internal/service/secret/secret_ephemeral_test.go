// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// secret reads what delivery delivers.
func secret(lines ...string) string {
	return acctest.Block(`ephemeral "infraops_secret" "admin"`, append([]string{`path = "vm/web-01/admin"`}, lines...)...)
}

// passedOn delivers what was read to somebody else, so that a test can see it.
func passedOn(k acctest.Key, version int) string {
	return acctest.Block(`resource "infraops_secret_delivery" "copy"`, `path = "copy"`, fmt.Sprintf("recipient = %q", k.Public), "secret_wo = ephemeral.infraops_secret.admin.data", fmt.Sprintf("secret_wo_version = %d", version))
}

const sameApply = "delivery_id = infraops_secret_delivery.admin.delivery_id"

// A secret is read in the very apply that delivers it, for the first time and anew.
func TestAccSecret_sameApply(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		mine, theirs := acctest.NewKey(t), acctest.NewKey(t)
		r.IdentityFile = mine.File
		copied := func(want string) func() {
			return func() {
				t.Helper()
				if content := theirs.Opens(t, r.Retrieve("copy")); content["password"] != want {
					t.Errorf("another password was read, of %d characters", len(content["password"]))
				}
			}
		}
		config := func(password string, version int) string {
			return r.Config(delivery(mine, password, version, "one_time = false"), secret(sameApply), passedOn(theirs, version))
		}
		r.Test(
			resource.TestStep{Config: config("hunter2hunter2", 1)},
			resource.TestStep{PreConfig: copied("hunter2hunter2"), Config: config("hunter2hunter2", 1), ConfigPlanChecks: acctest.PlansNothing()},
			resource.TestStep{Config: config("hunter3hunter3", 2)},
			resource.TestStep{PreConfig: copied("hunter3hunter3"), Config: config("hunter3hunter3", 2), ConfigPlanChecks: acctest.PlansNothing()},
		)
	})
}

func TestAccSecret_otherStack(t *testing.T) {
	r := acctest.NewRegistry(t)
	mine, theirs := acctest.NewKey(t), acctest.NewKey(t)
	r.IdentityFile = mine.File
	acctest.Put(r, &record.SecretDelivery{Meta: record.Meta{Stack: "network"}, Path: "vm/web-01/admin", Recipient: mine.Public, Secret: map[string]record.Secret{"password": record.NewSecret("hunter2hunter2")}})
	r.Test(
		resource.TestStep{Config: r.Config(secret(), passedOn(theirs, 1)), ExpectError: acctest.Says(`reading secret "vm/web-01/admin" from registry: stack "test" has no delivery`, "delivery_id = infraops_secret_delivery.NAME.delivery_id")},
		resource.TestStep{Config: r.Config(secret(`stack = "network"`), passedOn(theirs, 1))},
		resource.TestStep{
			PreConfig: func() {
				if content := theirs.Opens(t, r.Retrieve("copy")); content["password"] != "hunter2hunter2" {
					t.Error("another password was read")
				}
			},
			Config: r.Config(secret(`stack = "network"`), passedOn(theirs, 1)), ConfigPlanChecks: acctest.PlansNothing(),
		},
	)
}

func TestAccSecret_refused(t *testing.T) {
	r := acctest.NewRegistry(t)
	mine, theirs := acctest.NewKey(t), acctest.NewKey(t)
	put := func(path, recipient string, set func(*record.SecretDelivery)) {
		d := &record.SecretDelivery{Meta: record.Meta{Stack: "network"}, Path: path, Recipient: recipient, Secret: map[string]record.Secret{"password": record.NewSecret("hunter2hunter2")}}
		set(d)
		acctest.Put(r, d)
	}
	put("once", mine.Public, func(d *record.SecretDelivery) { d.OneTime = true })
	put("often", mine.Public, func(*record.SecretDelivery) {})
	put("theirs", theirs.Public, func(*record.SecretDelivery) {})
	read := func(lines ...string) string {
		return acctest.Block(`ephemeral "infraops_secret" "a"`, append([]string{`stack = "network"`}, lines...)...)
	}
	refused := func(config string, phrases ...string) resource.TestStep {
		return resource.TestStep{Config: config, ExpectError: acctest.Says(phrases...)}
	}
	unopened := r.Config(read(`path = "often"`))
	r.IdentityFile = mine.File
	r.Test(
		refused(unopened, `reading secret "often" from registry: the registry has no private key`, "identity_file", "INFRAOPS_REGISTRY_IDENTITY_FILE"),
		refused(r.Config(read(`path = "once"`)), "is a one-time delivery", "Set one_time = false"),
		refused(r.Config(read(`path = "theirs"`)), "no private key in", "opens what is sealed there"),
		refused(r.Config(read(`path = "often"`, `delivery_id = "x"`)), "holds another delivery than x by now"),
		refused(r.Config(read(`path = "/often"`)), "must be a path such as"),
		refused(r.Config(read(`path = ""`)), "must not be empty"),
		resource.TestStep{Config: r.Config(read(`path = "often"`))},
	)
}
