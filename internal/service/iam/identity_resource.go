// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Identity is the resource infraops_iam_identity.
var Identity = lifecycle.Type{
	Kind: record.KindIdentity,
	Description: "The identity of a machine or of a workload, such as a computer account or a service principal. Destroying it disables the identity and keeps " +
		"it as evidence; creating one of the same name again enables it again, with a warning.",
	Attributes: map[string]schema.Attribute{
		"name":                    schema.StringAttribute{Required: true, MarkdownDescription: "The name, unique among the stack's identities of the kind: at most 64 letters, digits, `_`, `-` and `.`."},
		"kind":                    schema.StringAttribute{Required: true, MarkdownDescription: "What it is the identity of: " + lifecycle.OneOf(record.IdentityKinds()) + "."},
		"dns_name":                schema.StringAttribute{Optional: true, MarkdownDescription: "The fully qualified domain name. Compared without regard to case."},
		"service_principal_names": schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "What clients ask Kerberos for, such as `HTTP/web-01.example.com`."},
		"description":             schema.StringAttribute{Optional: true, MarkdownDescription: "What the identity is for."},
		"owner":                   schema.StringAttribute{Optional: true, MarkdownDescription: "Who answers for the identity."},
		"container":               schema.StringAttribute{Optional: true, MarkdownDescription: "Where in the directory the identity is, such as `ou=servers`. Default: the system's."},
		"enabled":                 enabled("identity"),
		"attributes":              attributes(),
		"on_destroy":              onDestroy("identity"),
		"principal":               schema.StringAttribute{Computed: true, MarkdownDescription: "How permissions name the identity. In the built-in registry `host/<name>@<stack>` for a computer and `service/<name>@<stack>` for a service."},
	},
	Immutable: []string{"name", "kind", "container"},
	Stable:    []string{"principal"},
}
