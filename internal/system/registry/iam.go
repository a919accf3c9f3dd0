// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The registry has no directory tree in which a distinguished name could lie, so it names principals as Kerberos and
// user principal names do, with the stack for a realm: unique over all stacks, and known from the configuration alone.
func principalOf(r record.Record) string {
	realm := "@" + r.Metadata().Stack
	switch r := r.(type) {
	case *record.FunctionalAccount:
		return r.Name + realm
	case *record.Identity:
		if r.IdentityKind == "computer" {
			return "host/" + r.Name + realm
		}
		return r.IdentityKind + "/" + r.Name + realm
	}
	return ""
}

// accountRules: the principal follows from the name, and nobody signs in to the registry, so there is no SID.
type accountRules struct{ plain }

func (accountRules) creating(_ context.Context, _ *transaction, r record.Record) error {
	setPrincipal(r)
	return nil
}

func (accountRules) updating(_ context.Context, _ *transaction, _ int64, _, now record.Record) error {
	setPrincipal(now)
	return nil
}

func setPrincipal(r record.Record) {
	switch a := r.(type) {
	case *record.FunctionalAccount:
		a.Principal, a.SID = principalOf(a), ""
	case *record.Identity:
		a.Principal = principalOf(a)
	}
}
