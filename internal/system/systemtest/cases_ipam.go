// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func ipamCases() []kindCase { return []kindCase{prefixCase(), addressCase()} }

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
