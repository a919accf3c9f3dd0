// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
)

// Ctrl-C ends a check that waits, and nothing is saved.
func TestAccCheck_interrupted(t *testing.T) {
	begin(t)
	w := acctest.NewWorkspace(t)
	address := checktest.ClosedAddress(t)
	w.Write("main.tf", required+gate(tcp(address), `timeout = "1h"`, `interval = "30m"`))
	w.Must("init")
	out, took := w.Interrupt("infraops_check.it: Creating...", "apply", "-auto-approve", "-no-color")
	if took > 10*time.Second || !strings.Contains(out, `Check "it" was interrupted`) {
		t.Errorf("ended %s after Ctrl-C:\n%s", took, out)
	}
	if state := w.Must("show", "-json"); strings.Contains(state, "infraops_check") {
		t.Errorf("the interrupted check is in the state: %s", state)
	}
}
