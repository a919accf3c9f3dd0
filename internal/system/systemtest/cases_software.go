// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func softwareCases() []kindCase { return []kindCase{packageCase()} }

func packageCase() kindCase {
	type software = *record.SoftwarePackage
	host := func(edit func(h *record.PackageHost)) func(record.Record) {
		return as(func(p software) { edit(p.Host) })
	}
	return kindCase{
		kind: record.KindSoftwarePackage,
		build: func(_ *env, n int) record.Record {
			return &record.SoftwarePackage{
				Name: fmt.Sprintf("nginx-%04d", n), Version: "= 1.24.0-2", OnDestroy: "retain",
				Host: &record.PackageHost{Address: "web-01.example.com", User: "deploy", PrivateKeyFile: "~/.ssh/id_ed25519", HostKey: "ssh-ed25519 AAAAC3Nza root@web-01"},
			}
		},
		computed: []string{"installed_version", "package_manager"},
		edits: []edit{
			{"version", as(func(p software) { p.Version = ">=1:1.24.0-2~deb12u1,<2" })},
			{"hold", as(func(p software) { p.Hold = true })},
			{"host", host(func(h *record.PackageHost) { h.Port, h.User, h.HostKey = 2222, "", "" })},
		},
		where: "name",
		invalid: []flaw{
			{"name", as(func(p software) { p.Name = "nginx; reboot" }), true},
			{"version", as(func(p software) { p.Version = "$(reboot)" }), false},
			{"state", as(func(p software) { p.State = "latest" }), false},
			{"host.port", host(func(h *record.PackageHost) { h.Port = 65536 }), true},
			{"host.user", host(func(h *record.PackageHost) { h.User = "-oProxyCommand=reboot" }), true},
		},
		ended: retired, freesKey: true,
	}
}
