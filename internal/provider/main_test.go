// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
