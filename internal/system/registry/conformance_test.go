// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"path/filepath"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestConformance(t *testing.T) {
	for name, empty := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "infraops.db") },
		"postgres": func(t *testing.T) string { return postgresSchema(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var database string
			recipient, file := ageKey(t)
			open := func(t *testing.T, database string) record.Connection { return openWith(t, database, file) }
			systemtest.Run(t, systemtest.Config{
				System: System(), Recipient: recipient,
				Open: func(t *testing.T) record.Connection {
					database = empty(t)
					return open(t, database)
				},
				Again: func(t *testing.T) record.Connection { return open(t, database) },
				Approve: func(t *testing.T, conn record.Connection, c *record.ChangeRequest, by string, approve bool, comment string) error {
					_, err := conn.(*Registry).Decide(t.Context(), c.Number, Verdict{By: by, Approve: approve, Comment: comment})
					return err
				},
			})
		})
	}
}
