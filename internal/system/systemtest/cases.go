// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// kindCase is what the suite must know about a kind to check its store.
type kindCase struct {
	kind record.Kind
	// build makes the n-th valid record, with what it depends on. Spellings are not canonical on purpose.
	build func(e *env, n int) record.Record
	// computed names the fields that the system fills.
	computed []string
	// edits are what can be changed in place, each alone.
	edits []edit
	// entries is the map whose entries are owned one by one; empty where the kind has none.
	entries string
	// where is a field in which no two of the first records are alike.
	where string
	// invalid are values that the store must refuse.
	invalid []flaw

	// kept says that a record is still there after its end, as evidence; ended tells that end; endFields are what it may change.
	kept      bool
	ended     func(r record.Record) bool
	endFields []string
	// freesKey says that another record can take the key after the end.
	freesKey bool
}

type edit struct {
	field string
	set   func(r record.Record)
}

// flaw is an invalid value of a field. An update can bring it in as well, unless onlyNew is set.
type flaw struct {
	field   string
	set     func(r record.Record)
	onlyNew bool
}

// as makes a function on records from one on a kind's struct.
func as[T record.Record](set func(T)) func(record.Record) {
	return func(r record.Record) { set(r.(T)) }
}

func retired(r record.Record) bool { return r.Metadata().Retired }

// cases has one case for every kind that systems keep.
func cases() []kindCase {
	return []kindCase{itemCase(), relationshipCase(), prefixCase(), addressCase(), changeCase()}
}

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

func prefixCase() kindCase {
	type prefix = *record.Prefix
	return kindCase{
		kind: record.KindPrefix,
		build: func(_ *env, n int) record.Record {
			return &record.Prefix{
				CIDR: fmt.Sprintf("10.%d.%d.0/24", n/256, n%256), Name: fmt.Sprintf("net-%d", n), Description: "Büro\nErdgeschoss",
				Gateway: fmt.Sprintf("10.%d.%d.1", n/256, n%256), Environment: "prod", Labels: map[string]string{"zone": "a", "tier": "web"},
			}
		},
		computed: []string{"size", "used", "free"},
		edits: []edit{
			{"name", as(func(p prefix) { p.Name = "renamed" })},
			{"description", as(func(p prefix) { p.Description = "" })},
			{"environment", as(func(p prefix) { p.Environment = "test" })},
		},
		entries: "labels",
		where:   "name",
		invalid: []flaw{
			{"cidr", as(func(p prefix) { p.CIDR, p.Gateway = "10.0.0.1/24", "" }), true},
			{"gateway", as(func(p prefix) { p.Gateway = "192.0.2.1" }), false},
			{"labels.zone", as(func(p prefix) { p.Labels = map[string]string{"zone": "\x00"} }), false},
		},
		ended: retired, freesKey: true,
	}
}

func addressCase() kindCase {
	type address = *record.IPAddress
	return kindCase{
		kind: record.KindIPAddress,
		build: func(e *env, n int) record.Record {
			prefix := e.once("prefix", func() record.Record { return &record.Prefix{CIDR: "172.16.0.0/12", Gateway: "172.16.0.1"} })
			return &record.IPAddress{
				Name: fmt.Sprintf("web-%04d", n), PrefixID: prefix.Metadata().ID, Address: fmt.Sprintf("172.17.%d.%d", n/250, n%250+1),
				Hostname: fmt.Sprintf("Web-%04d.Example.COM", n), Description: "first", Labels: map[string]string{"zone": "a", "tier": "web"},
			}
		},
		computed: []string{"prefix_length", "cidr", "netmask", "gateway", "family"},
		edits: []edit{
			{"hostname", as(func(a address) { a.Hostname = "moved.example.com" })},
			{"description", as(func(a address) { a.Description = "second" })},
		},
		entries: "labels",
		where:   "hostname",
		invalid: []flaw{
			{"hostname", as(func(a address) { a.Hostname = "not a host" }), false},
			{"address", as(func(a address) { a.Address = "172.17.0.256" }), true},
		},
		ended: retired, freesKey: true,
	}
}

func changeCase() kindCase {
	type change = *record.ChangeRequest
	zone := time.FixedZone("CEST", 2*60*60)
	return kindCase{
		kind: record.KindChangeRequest,
		build: func(_ *env, n int) record.Record {
			return &record.ChangeRequest{
				Name: fmt.Sprintf("deploy-%04d", n), Summary: fmt.Sprintf("Deploy web-%04d", n), Description: "Line one\nline two", Type: "normal",
				Risk: "low", Impact: "medium", Category: fmt.Sprintf("category-%d", n), AssignmentGroup: "linux", RequestedBy: "alice",
				PlannedStart: time.Date(2030, 5, 1, 10, 0, 0, 500, zone), PlannedEnd: time.Date(2030, 5, 1, 12, 0, 0, 0, zone),
				ImplementationPlan: "apply", BackoutPlan: "destroy", TestPlan: "check", OnDestroy: "cancel",
				Attachments: map[string]string{"plan": "+ vm"}, Triggers: map[string]string{"size": "4"},
			}
		},
		computed: []string{"number", "state", "approval"},
		edits: []edit{
			{"summary", as(func(c change) { c.Summary = "Deploy something else" })},
			{"description", as(func(c change) { c.Description = "" })},
			{"risk", as(func(c change) { c.Risk = "high" })},
			{"planned_end", as(func(c change) { c.PlannedEnd = time.Date(2030, 5, 1, 15, 0, 0, 0, zone) })},
		},
		entries: "attachments",
		where:   "category",
		invalid: []flaw{
			{"risk", as(func(c change) { c.Risk = "extreme" }), false},
			{"planned_end", as(func(c change) { c.PlannedEnd = c.PlannedStart }), false},
			{"summary", as(func(c change) { c.Summary = "two\nlines" }), false},
		},
		kept:  true,
		ended: func(r record.Record) bool { return r.(change).State == record.ChangeCanceled }, endFields: []string{"state"},
		freesKey: true,
	}
}
