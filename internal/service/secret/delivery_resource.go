// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Delivery is the resource infraops_secret_delivery.
var Delivery = lifecycle.Type{
	Kind: record.KindSecretDelivery,
	Description: "Delivers a secret to one recipient. It is sealed to the recipient's public key before anything is written: state, plan, logs and the registry's " +
		"database never hold it.\n\n" +
		"From the built-in registry the recipient fetches it with `terraform-provider-infraops secret retrieve PATH | age -d -i ~/.ssh/id_ed25519`. It comes as " +
		"a JSON object. A retrieval is noted in the history and changes no plan; a delivery that was fetched or has expired is delivered again only when " +
		"`secret_wo_version` or `recipient` changes. Destroying takes back what was not fetched.",
	Attributes: map[string]schema.Attribute{
		"path":              schema.StringAttribute{Required: true, MarkdownDescription: "The path in the vault, such as `vm/web-01/admin`, unique in the stack."},
		"recipient":         schema.StringAttribute{Required: true, MarkdownDescription: "The public key that the secret is sealed to: of age (`age1...`), or of SSH (`ssh-ed25519` or `ssh-rsa`). Another recipient gets the secret anew."},
		"secret_wo":         schema.MapAttribute{ElementType: types.StringType, Required: true, WriteOnly: true, Sensitive: true, MarkdownDescription: "The secret, as named texts. It is in neither plan nor state."},
		"secret_wo_version": schema.Int64Attribute{Required: true, MarkdownDescription: "The version of `secret_wo`, from 1. The secret is delivered again when this changes."},
		"ttl":               schema.StringAttribute{Optional: true, MarkdownDescription: "How long it can be fetched, such as `72h`, from its delivery. Default: for ever."},
		"one_time":          schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: "Whether it can be fetched only once. The ephemeral resource `infraops_secret` reads none of these. Default: `true`."},
		"delivery_id":       schema.StringAttribute{Computed: true, MarkdownDescription: "Identifies what was delivered: it is another one after each delivery."},
		"expires_at":        schema.StringAttribute{Computed: true, MarkdownDescription: "Until when it can be fetched; null without `ttl`."},
		"retrieval_url":     schema.StringAttribute{Computed: true, MarkdownDescription: "Where a person fetches it, without any secret in it; null where the system has no user interface, such as the built-in registry."},
	},
	Immutable: []string{"path"},
	Plan:      planDelivery,
	Before:    sealAnew,
}

// planDelivery keeps known what only a delivery changes.
func planDelivery(_ context.Context, p *lifecycle.Plan) error {
	if !p.Known("recipient", "secret_wo_version") || slices.Contains(p.Changed, "recipient") || slices.Contains(p.Changed, "secret_wo_version") {
		return nil
	}
	p.Keep("delivery_id")
	p.Keep("retrieval_url")
	if p.Known("ttl") && !slices.Contains(p.Changed, "ttl") {
		p.Keep("expires_at")
	}
	return nil
}

// sealAnew sends the secret to another recipient: what is sealed to one cannot be sealed to another.
func sealAnew(_ context.Context, w *lifecycle.Write) error {
	if slices.Contains(w.Changed, "recipient") {
		w.Send("secret_wo")
	}
	return nil
}
