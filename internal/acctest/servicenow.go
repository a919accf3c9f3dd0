// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"net/http/httptest"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// ServiceNow is a ServiceNow instance in memory, set up as the guide says. Its users alice and bob may decide: in Assess, and once
// more in Authorize.
func ServiceNow(t *testing.T) (*Platform, *servicenowtest.Instance) {
	t.Helper()
	const secret = "correct-horse/battery+staple"
	instance := servicenowtest.New()
	for _, c := range servicenow.SetupColumns() {
		instance.AddColumn(c.Table, servicenowtest.Column{Name: c.Name, MaxLength: c.MaxLength})
	}
	instance.AddUser(servicenowtest.User{Name: "infraops", Password: "of infraops", Roles: []string{"itil", "sn_change_write"}})
	instance.AddClient("client", secret, "infraops")
	for _, user := range []string{"alice", "bob", "platform-team"} {
		instance.AddUser(servicenowtest.User{Name: user, Password: user})
	}
	instance.AddGroup("Platform", "alice", "bob")
	instance.SetCAB(instance.AddGroup("CAB", "alice", "bob"))
	instance.AddStandardTemplate("Standard", map[string]string{"short_description": "As always"})
	instance.Change(func(b *servicenowtest.Behaviour) { b.AnyApprover = true })
	server := httptest.NewServer(instance)
	t.Cleanup(server.Close)
	p := newPlatform(t, servicenow.System(), record.Settings{
		"url": server.URL, "client_id": "client", "client_secret": secret, "assignment_group": "Platform", "standard_template": "Standard",
	})
	p.Decide = func(t *testing.T, number, by string, approve bool, comment string) {
		t.Helper()
		for _, change := range instance.Records("change_request", "number="+number) {
			if err := instance.Decide(change["sys_id"], by, approve, comment); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p, instance
}
