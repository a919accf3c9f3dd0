// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// servers are n configuration items.
func servers(n int) string {
	return fmt.Sprintf(`
resource "infraops_cmdb_configuration_item" "server" {
  for_each = toset([for n in range(%d) : format("web-%%03d", n)])

  class       = "server"
  name        = each.key
  environment = "test"
}
`, n)
}

// A right that is missing makes ServiceNow drop a field and answer success. The error names both.
func TestAccServiceNow_silentDrop(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	p, instance := acctest.ServiceNow(t)
	instance.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = map[string][]string{"cmdb_ci": {"environment"}} })
	w := onPlatform(t, p, servers(1))
	out, ok := w.Run("apply", "-auto-approve", "-no-color")
	for _, part := range []string{"has written cmdb_ci.environment, and it has not", "operation write", "wants a role"} {
		if ok || !strings.Contains(words(out), part) {
			t.Errorf("the apply should have failed and said %q:\n%s", part, out)
		}
	}
	instance.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = nil })
	w.Must("apply", "-auto-approve")
	w.Must("plan", "-detailed-exitcode")
}

// A token that expires in the middle of an apply is renewed, and nobody notices.
func TestAccServiceNow_tokenExpires(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	p, instance := acctest.ServiceNow(t)
	instance.Change(func(b *servicenowtest.Behaviour) { b.TokenRequests = 20 })
	w := onPlatform(t, p, servers(30))
	w.Must("apply", "-auto-approve")
	w.Must("plan", "-detailed-exitcode")
	if tokens := instance.Counts()["POST /oauth_token.do"]; tokens < 5 {
		t.Errorf("only %d tokens were asked for: %v", tokens, instance.Counts())
	}
}

// A token that is revoked stops a run with one clear error, and the instance is left alone.
func TestAccServiceNow_tokenRevoked(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	p, instance := acctest.ServiceNow(t)
	const n = 50
	w := onPlatform(t, p, servers(n))
	w.Must("apply", "-auto-approve")
	instance.RevokeClient("client")
	instance.ResetCounts()
	out, ok := w.Run("plan", "-no-color")
	if ok || strings.Count(out, "Error:") != 1 || !strings.Contains(words(out), "Check the credentials of the provider block") {
		t.Errorf("the plan should have failed with one error:\n%s", out)
	}
	asked := 0
	for _, n := range instance.Counts() {
		asked += n
	}
	if asked > 10 {
		t.Errorf("the instance was asked %d times by a plan with revoked credentials: %v", asked, instance.Counts())
	}
	// New ones, in an apply that has planned before the credentials were revoked.
	p, instance = acctest.ServiceNow(t)
	w = onPlatform(t, p, servers(n))
	w.Must("plan", "-out=tfplan")
	instance.RevokeClient("client")
	out, ok = w.Run("apply", "-no-color", "tfplan")
	if whole := strings.Count(words(out), "Check the credentials of the provider block"); ok || whole != 1 {
		t.Errorf("the apply should have failed, with one error that says it all, not %d:\n%s", whole, out)
	}
}
