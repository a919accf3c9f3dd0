// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// backupPolicyRules: the registry holds a policy as it was written.
type backupPolicyRules struct{ plain }

func (backupPolicyRules) stored(r record.Record) record.Record {
	p := record.Clone(r.(*record.BackupPolicy))
	p.Effective = ""
	return p
}

func (backupPolicyRules) complete(_ context.Context, _ session, records []record.Record) error {
	for _, r := range records {
		r.(*record.BackupPolicy).HeldAsWritten()
	}
	return nil
}
