// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package image_test

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

// TestMain lets the CLI start this test's own binary as the provider.
func TestMain(m *testing.M) { acctest.Main(m) }
