// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

// on are the surroundings of a stack on a platform, where bob approves.
func on(p *acctest.Platform) surroundings {
	return surroundings{
		environment: p.Environment(),
		approve:     func(t *testing.T, number string) { t.Helper(); p.Decide(t, number, "bob", true, "Fine") },
	}
}
