// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func iamCases() []kindCase { return []kindCase{accountCase(), identityCase(), membershipCase()} }

// sshKey is a public key, spelt with more space than is canonical.
const sshKey = "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN  grace "

func accountCase() kindCase {
	type account = *record.FunctionalAccount
	return kindCase{
		kind: record.KindFunctionalAccount,
		build: func(_ *env, n int) record.Record {
			return &record.FunctionalAccount{
				Name: fmt.Sprintf("svc-%04d", n), DisplayName: "Zahlungen", Description: "first", Owner: fmt.Sprintf("owner-%d", n), Container: "services",
				Enabled: true, ExpiresAt: time.Date(2031, 3, 1, 12, 0, 0, 5, time.FixedZone("CET", 3600)), SSHPublicKeys: []string{sshKey},
				Attributes: map[string][]string{"memberUid": {"b", "a"}, "mail": {"svc@example.com"}},
				Password:   record.NewSecret("correct horse"), PasswordVersion: 1, OnDestroy: "disable",
			}
		},
		computed: []string{"principal", "sid"},
		edits: []edit{
			{"display_name", as(func(a account) { a.DisplayName = "Payments" })},
			{"description", as(func(a account) { a.Description = "" })},
			{"owner", as(func(a account) { a.Owner = "someone else" })},
			{"enabled", as(func(a account) { a.Enabled = false })},
			{"expires_at", as(func(a account) { a.ExpiresAt = time.Time{} })},
			{"ssh_public_keys", as(func(a account) { a.SSHPublicKeys = nil })},
		},
		entries: "attributes",
		where:   "owner",
		invalid: []flaw{
			{"name", as(func(a account) { a.Name = "two words" }), true},
			{"ssh_public_keys", as(func(a account) { a.SSHPublicKeys = []string{"ssh-ed25519 AAAA"} }), false},
			{"attributes.mail", as(func(a account) { a.Attributes = map[string][]string{"mail": {}} }), false},
		},
		kept: true, ended: record.Gone, endFields: []string{"enabled", "ended"},
	}
}

func identityCase() kindCase {
	type identity = *record.Identity
	return kindCase{
		kind: record.KindIdentity,
		build: func(_ *env, n int) record.Record {
			return &record.Identity{
				Name: fmt.Sprintf("web-%04d", n), IdentityKind: "computer", DNSName: fmt.Sprintf("Web-%04d.Example.COM.", n),
				SPNs: []string{"HTTP/web.example.com", "HOST/web.example.com"}, Description: "first", Owner: "linux", Container: "servers", Enabled: true,
				Attributes: map[string][]string{"location": {"fra1"}}, OnDestroy: "disable",
			}
		},
		computed: []string{"principal"},
		edits: []edit{
			{"dns_name", as(func(i identity) { i.DNSName = "moved.example.com" })},
			{"service_principal_names", as(func(i identity) { i.SPNs = []string{"HTTP/moved.example.com"} })},
			{"description", as(func(i identity) { i.Description = "second" })},
			{"owner", as(func(i identity) { i.Owner = "" })},
			{"enabled", as(func(i identity) { i.Enabled = false })},
		},
		entries: "attributes",
		where:   "dns_name",
		invalid: []flaw{
			{"dns_name", as(func(i identity) { i.DNSName = "not a host" }), false},
			{"kind", as(func(i identity) { i.IdentityKind = "person" }), true},
			{"service_principal_names", as(func(i identity) { i.SPNs = []string{"web.example.com"} }), false},
		},
		kept: true, ended: record.Gone, endFields: []string{"enabled", "ended"},
	}
}

func membershipCase() kindCase {
	type membership = *record.Membership
	return kindCase{
		kind: record.KindMembership,
		build: func(_ *env, n int) record.Record {
			return &record.Membership{
				Group: "operators", Member: fmt.Sprintf("host/web-%04d@example.com", n), Justification: "on call",
				ExpiresAt: time.Date(2031, 3, 1, 12, 0, 0, 0, time.UTC),
			}
		},
		edits: []edit{
			{"justification", as(func(m membership) { m.Justification = "" })},
			{"expires_at", as(func(m membership) { m.ExpiresAt = time.Time{} })},
		},
		where: "member",
		invalid: []flaw{
			{"group", as(func(m membership) { m.Group = "a/b" }), true},
			{"justification", as(func(m membership) { m.Justification = "\x00" }), false},
		},
		ended: retired, freesKey: true,
	}
}
