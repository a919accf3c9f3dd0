// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

func TestConformance(t *testing.T) {
	setting(t, "URL")
	var s *rt
	systemtest.Run(t, systemtest.Config{
		System: System(), PageSize: pageSize, Approve: decide,
		Open: func(t *testing.T) record.Connection {
			s = startRT(t)
			return s.open(t)
		},
		Faults: troubles(func() *rt { return s }),
		Again:  func(t *testing.T) record.Connection { return s.open(t) },
	})
}
