// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// FunctionalAccount is the resource infraops_iam_functional_account.
var FunctionalAccount = lifecycle.Type{
	Kind: record.KindFunctionalAccount,
	Description: "An account that a program or a team uses. Destroying it disables the account and keeps it as evidence; creating one of the same " +
		"name again enables it again, with a warning.\n\n" +
		"Its password is either given, as a write-only attribute, or generated: then it is delivered sealed to a recipient's public key, and neither " +
		"Terraform nor whoever runs it can read it. The delivery belongs to the account: it is no block of its own, the account's end takes it back, and so " +
		"does another path. An apply that fails after the delivery leaves the account with its old password and delivers another one the next time; an import " +
		"from a system that does not give `generate_password` back generates a new one.\n\n" +
		"The built-in registry keeps no passwords, only their versions.",
	Attributes: map[string]schema.Attribute{
		"name":                schema.StringAttribute{Required: true, MarkdownDescription: "The account's name, unique in the stack: at most 64 letters, digits, `_`, `-` and `.`."},
		"display_name":        schema.StringAttribute{Optional: true, MarkdownDescription: "The name that people see."},
		"description":         schema.StringAttribute{Optional: true, MarkdownDescription: "What the account is for."},
		"owner":               schema.StringAttribute{Optional: true, MarkdownDescription: "Who answers for the account."},
		"container":           schema.StringAttribute{Optional: true, MarkdownDescription: "Where in the directory the account is, such as `ou=services`. Default: the system's."},
		"enabled":             enabled("account"),
		"expires_at":          schema.StringAttribute{Optional: true, MarkdownDescription: "When the account expires, in RFC 3339 form."},
		"ssh_public_keys":     schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Public keys for SSH, each as a line of `authorized_keys` without options."},
		"attributes":          attributes(),
		"password_wo":         schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true, MarkdownDescription: "The password. It is in neither plan nor state. It needs `password_wo_version`."},
		"password_wo_version": schema.Int64Attribute{Optional: true, MarkdownDescription: "The version of `password_wo`, from 1. The password is sent when this changes."},
		"generate_password":   generatePassword(),
		"on_destroy":          onDestroy("account"),
		"principal":           schema.StringAttribute{Computed: true, MarkdownDescription: "How permissions name the account, such as a distinguished name or a user principal name. In the built-in registry, which has no directory tree, `<name>@<stack>`."},
		"sid":                 schema.StringAttribute{Computed: true, MarkdownDescription: "The security identifier; null where the system has none, such as the built-in registry."},
	},
	Immutable: []string{"name", "container"},
	Stable:    []string{"principal", "sid"},
	Plan:      planAccount,
	Before:    deliverPassword,
	BeforeEnd: takeBackPassword,
}

func enabled(what string) schema.Attribute {
	return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether the " + what + " can be used. Default: `true`."}
}

func attributes() schema.Attribute {
	return schema.MapAttribute{
		ElementType: types.ListType{ElemType: types.StringType}, Optional: true,
		MarkdownDescription: "Further attributes of the directory, each with a list of values. Only the keys in the configuration are owned; others are left alone.",
	}
}

func onDestroy(what string) schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString("disable"),
		MarkdownDescription: "What destroying does: `disable` keeps the " + what + " as evidence, `delete` removes it. Default: `disable`.",
	}
}

func generatePassword() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Generates the password and delivers it, instead of `password_wo`. A change of anything in here generates another one. It is uniformly " +
			"random over upper-case and lower-case letters, digits and `" + symbols + "`, begins with a letter, has at least one of each, and contains neither the name nor a part " +
			"of the display name, as Active Directory wants it.",
		Attributes: map[string]schema.Attribute{
			"length": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(record.DefaultPasswordLength),
				MarkdownDescription: fmt.Sprintf("How many characters, from %d to %d. Default: `%d`.", record.MinPasswordLength, record.MaxPasswordLength, record.DefaultPasswordLength),
			},
			"version": schema.Int64Attribute{Required: true, MarkdownDescription: "The version, from 1. Raise it to replace the password."},
			"deliver_to": schema.SingleNestedAttribute{
				Required: true, MarkdownDescription: "Where the password goes, as `username` and `password`: see `infraops_secret_delivery`.",
				Attributes: map[string]schema.Attribute{
					"path":      schema.StringAttribute{Required: true, MarkdownDescription: "The path in the vault."},
					"recipient": schema.StringAttribute{Required: true, MarkdownDescription: "The public key that the password is sealed to: of age, or of SSH (`ssh-ed25519`, `ssh-rsa`)."},
					"ttl":       schema.StringAttribute{Optional: true, MarkdownDescription: "How long it can be fetched, such as `72h`. Default: for ever."},
					"one_time":  schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether it can be fetched only once. Default: `true`."},
				},
			},
		},
	}
}

// planAccount refuses a password that could not be delivered.
func planAccount(_ context.Context, p *lifecycle.Plan) error {
	const field = "generate_password"
	g := p.Planned.(*record.FunctionalAccount).GeneratePassword
	if g == nil {
		return nil
	}
	if p.Known(field+".length") && g.Length == 0 {
		return record.Errorf(record.ErrInvalid, "the length must be between %d and %d, is 0", record.MinPasswordLength, record.MaxPasswordLength).On(field + ".length")
	}
	to := g.DeliverTo
	if to == nil {
		return nil // it is not known yet
	}
	if path := field + ".deliver_to.path"; p.Known(path) {
		if err := p.Claim(record.KindSecretDelivery, to.Path, path); err != nil {
			return err
		}
	}
	err := p.Vet(&record.SecretDelivery{Path: to.Path, Recipient: to.Recipient, TTL: to.TTL, OneTime: to.OneTime})
	var e *record.Error
	if errors.As(err, &e) && e.Field != "" {
		inside := *e
		return inside.On(field + ".deliver_to." + e.Field)
	}
	return err
}
