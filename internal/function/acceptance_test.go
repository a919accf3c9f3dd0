// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function_test

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

// required lets the CLI find the functions: it takes their provider from nowhere else.
const required = `
terraform {
  required_providers {
    infraops = {
      source = "infraops/infraops"
    }
  }
}
`

// example applies the function's example, whose outputs are known, and expects an error of another use.
func example(t *testing.T, name string, outputs map[string]knownvalue.Check, wrong string, says ...string) {
	t.Helper()
	acctest.Required(t)
	t.Parallel()
	var checks []statecheck.StateCheck
	for output, want := range outputs {
		checks = append(checks, statecheck.ExpectKnownOutputValue(output, want))
	}
	steps := []resource.TestStep{{Config: required + acctest.Example(t, "functions/"+name+"/function.tf"), ConfigStateChecks: checks}}
	if wrong != "" {
		steps = append(steps, resource.TestStep{Config: required + "output \"wrong\" {\n  value = provider::infraops::" + wrong + "\n}\n", ExpectError: acctest.Says(says...)})
	}
	acctest.Test(t, steps...)
}

func TestAccFunction_changeWindow(t *testing.T) {
	example(t, "change_window", map[string]knownvalue.Check{
		"planned_start": knownvalue.StringExact("2026-11-07T22:00:00+01:00"), "planned_end": knownvalue.StringExact("2026-11-08T04:00:00+01:00"),
	}, `change_window("FREQ=WEEKLY;BYDAY=SA;BYHOUR=22", "6h", "Berlin", "2026-11-07T20:00:00Z")`, "time_zone", "must be a zone of the IANA database")
}

func TestAccFunction_errorBudget(t *testing.T) {
	example(t, "error_budget", map[string]knownvalue.Check{"budget": knownvalue.ObjectExact(map[string]knownvalue.Check{
		"consumed": knownvalue.NumberExact(big.NewFloat(0.25)), "remaining": knownvalue.NumberExact(big.NewFloat(0.75)),
	})}, "error_budget(99.9, 1, 2)", "objective must be between 0 and 1")
}

func TestAccFunction_burnRate(t *testing.T) {
	example(t, "burn_rate", map[string]knownvalue.Check{"burn_rate": knownvalue.Float64Exact(14.4)}, "burn_rate(0.9, 3, 2)", "good must be at most total, 2, is 3")
}

func TestAccFunction_resourceName(t *testing.T) {
	example(t, "resource_name", map[string]knownvalue.Check{
		"legal": knownvalue.StringExact("payments-web-01"), "with_illegal_characters": knownvalue.StringExact("payments-web-01-jbl6kkux"),
	}, `resource_name("")`, "at least one part")
}

func TestAccFunction_contentHash(t *testing.T) {
	// printf '{"cpus":4,"disks":["data","os"]}' | sha256sum
	example(t, "content_hash", map[string]knownvalue.Check{
		"triggers": knownvalue.ObjectExact(map[string]knownvalue.Check{"vm": knownvalue.StringExact("70031830d28aca6d74af04a8e6d1586b2ec1adc6b684ea3b1b4ec94907e327c1")}),
	}, "")
}
