// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package software

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Package is the resource infraops_software_package.
var Package = lifecycle.Type{
	Kind: record.KindSoftwarePackage,
	Description: "A software package on one host: that it is installed, in which version, or that it is not.\n\n" +
		"The built-in registry keeps the declared inventory and reaches no host: **nothing is installed**, `installed_version` is `version` where that is an exact one, " +
		"and `package_manager` is null. Served by a system that reaches hosts, the same configuration installs.",
	Attributes: map[string]schema.Attribute{
		"name":    schema.StringAttribute{Required: true, MarkdownDescription: "The package's name, as the host's package manager knows it, such as `nginx` or `libc6:i386`."},
		"version": schema.StringAttribute{Optional: true, MarkdownDescription: "An exact version such as `1.24.0-2`, or comparisons joined by commas such as `>= 1.24, < 2` (`=`, `!=`, `>`, `>=`, `<`, `<=`). Default: any version will do, and an upgrade is no drift."},
		"state":   schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString(record.PackagePresent), MarkdownDescription: "What shall be: `present`, or `absent` for a package that must not be there. Default: `present`."},
		"hold":    schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false), MarkdownDescription: "Whether the package manager is kept from upgrading the package by itself. Default: `false`."},
		"host": schema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "The host, and how it is reached. A change of its `address` replaces the record, since it is another host's package then.",
			Attributes: map[string]schema.Attribute{
				"address":          schema.StringAttribute{Required: true, MarkdownDescription: "The host's name or IP address."},
				"port":             schema.Int64Attribute{Optional: true, Validators: []validator.Int64{int64validator.Between(1, 65535)}, MarkdownDescription: "The port of SSH. Default: 22."},
				"user":             schema.StringAttribute{Optional: true, MarkdownDescription: "Who logs in. Default: as the serving system is configured."},
				"private_key_file": schema.StringAttribute{Optional: true, MarkdownDescription: "The path of the private key, where Terraform runs. The key itself is refused here, since the state would keep it. Default: as the serving system is configured."},
				"host_key":         schema.StringAttribute{Optional: true, MarkdownDescription: "The host's public key in one line, such as `ssh-ed25519 AAAAC3Nza...`, by which the host is known to be the right one."},
			},
		},
		"on_destroy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("retain"),
			MarkdownDescription: "What destroying does: `retain` ends the record and leaves the host alone, so that it succeeds when the host is already gone; `remove` also removes the package, for which the host must be reached. " +
				"To have a package removed from a host that lives on, set `state` to `absent`. Default: `retain`.",
		},
		"installed_version": schema.StringAttribute{Computed: true, MarkdownDescription: "The version that is installed; null where the package is absent or nobody has looked."},
		"package_manager":   schema.StringAttribute{Computed: true, MarkdownDescription: "What installs packages on the host, such as `apt`, `dnf` or `zypper`; null where nobody has looked."},
	},
	Immutable: []string{"name"},
	Stable:    []string{"package_manager"},
	Plan:      planPackage,
}

// planPackage replaces what moves to another host.
func planPackage(_ context.Context, p *lifecycle.Plan) error {
	if p.Prior == nil {
		return nil
	}
	prior, planned := p.Prior.(*record.SoftwarePackage), p.Planned.(*record.SoftwarePackage)
	// A host that is not known yet may turn out to be another one.
	if !p.Known("host.address") || prior.Host == nil || planned.Host == nil || prior.Host.Address != planned.Host.Address {
		p.Replace("host")
		return nil
	}
	if p.Known("version", "state") && !slices.Contains(p.Changed, "version") && !slices.Contains(p.Changed, "state") {
		p.Keep("installed_version")
	}
	return nil
}
