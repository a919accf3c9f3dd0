// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// deliveryText is what the suite delivers.
const deliveryText = "correct horse battery staple"

func secretCases() []kindCase { return []kindCase{deliveryCase()} }

func deliveryCase() kindCase {
	type delivery = *record.SecretDelivery
	return kindCase{
		kind: record.KindSecretDelivery,
		build: func(e *env, n int) record.Record {
			return &record.SecretDelivery{
				Path: fmt.Sprintf("vm/web-%04d/admin", n), Recipient: e.recipient(), TTL: time.Hour, MadeFor: fmt.Sprintf("iam_functional_account/svc-%d", n),
				Secret: map[string]record.Secret{"password": record.NewSecret(deliveryText)}, SecretVersion: 1, OneTime: true,
			}
		},
		computed: []string{"delivery_id", "delivered_at", "expires_at", "retrieval_url", "retrieved_at", "retrieved_by"},
		edits: []edit{
			{"one_time", as(func(d delivery) { d.OneTime = false })},
			{"ttl", as(func(d delivery) { d.TTL = 2 * time.Hour })},
		},
		where: "made_for",
		invalid: []flaw{
			{"path", as(func(d delivery) { d.Path = "/vm//admin" }), true},
			{"recipient", as(func(d delivery) { d.Recipient = "grace" }), true},
			{"ttl", as(func(d delivery) { d.TTL = time.Second }), false},
			{"secret_wo", as(func(d delivery) { d.Secret = nil }), true},
		},
		ended: retired, freesKey: true,
	}
}

// anyRecipient is a public key whose private one nobody has.
const anyRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// recipient is a public key that secrets can be sealed to.
func (e *env) recipient() string {
	if e.c.Recipient != "" {
		return e.c.Recipient
	}
	return anyRecipient
}
