// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func cmdbCases() []kindCase { return []kindCase{itemCase(), relationshipCase()} }

func itemCase() kindCase {
	type item = *record.ConfigurationItem
	return kindCase{
		kind: record.KindConfigurationItem,
		build: func(_ *env, n int) record.Record {
			return &record.ConfigurationItem{
				Class: "virtual_machine", Name: fmt.Sprintf("web-%04d", n), Environment: "prod", Owner: fmt.Sprintf("owner-%d", n),
				SupportGroup: "linux", Location: "fra1", FQDN: fmt.Sprintf("Web-%04d.Example.COM.", n), IPAddress: "2001:DB8::7",
				SerialNumber: fmt.Sprintf("SN%d", n), InitialStatus: "in_build", OnDestroy: "retire",
				Attributes: map[string]string{"cpu": "4", "memory": "16 GiB"},
			}
		},
		edits: []edit{
			{"name", as(func(i item) { i.Name += "-renamed" })},
			{"environment", as(func(i item) { i.Environment = "test" })},
			{"owner", as(func(i item) { i.Owner = "someone else" })},
			{"fqdn", as(func(i item) { i.FQDN = "moved.example.com" })},
			{"ip_address", as(func(i item) { i.IPAddress = "192.0.2.7" })},
			{"location", as(func(i item) { i.Location = "" })},
			{"status", as(func(i item) { i.Status = "operational" })},
		},
		entries: "attributes",
		where:   "owner",
		invalid: []flaw{
			{"ip_address", as(func(i item) { i.IPAddress = "10.0.0.256" }), false},
			{"fqdn", as(func(i item) { i.FQDN = "not a host" }), false},
			{"status", as(func(i item) { i.Status = "exploded" }), false},
			{"class", as(func(i item) { i.Class = "a/b" }), true},
			{"attributes.cpu", as(func(i item) { i.Attributes = map[string]string{"cpu": "\x00"} }), false},
		},
		kept: true, ended: record.Gone, endFields: []string{"status"},
	}
}

func relationshipCase() kindCase {
	type relationship = *record.Relationship
	const children = 40
	item := func(e *env, name string) string {
		return e.once(name, func() record.Record {
			return &record.ConfigurationItem{Class: "server", Name: name, InitialStatus: "planned"}
		}).Metadata().ID
	}
	return kindCase{
		kind: record.KindRelationship,
		build: func(e *env, n int) record.Record {
			return &record.Relationship{
				ParentID: item(e, fmt.Sprintf("parent-%d", n/children)), ChildID: item(e, fmt.Sprintf("child-%d", n%children)), Type: "runs_on",
			}
		},
		where: "child_id",
		invalid: []flaw{
			{"child_id", as(func(r relationship) { r.ChildID = r.ParentID }), true},
			{"type", as(func(r relationship) { r.Type = " runs_on" }), true},
		},
		ended: retired, freesKey: true,
	}
}
