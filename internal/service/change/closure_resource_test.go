// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const closing = "infraops_change_closure.build"

func closure(lines ...string) string {
	return acctest.Block(`resource "infraops_change_closure" "build"`, append([]string{"change_request_id = " + gate + ".change_request_id"}, lines...)...)
}

func TestAccClosure_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		with := func(memory string, lines ...string) string {
			return r.Config(request(`name = "Build web-01"`, `summary = "Build"`, `type = "standard"`, "triggers = { memory = "+acctest.Quote(memory)+" }"),
				approval(), guarded, closure(append(lines, "evidence = { vm = terraform_data.vm.id }")...))
		}
		r.Test(
			resource.TestStep{
				Config: with("16Gi", `notes = "Done."`),
				ConfigStateChecks: acctest.Has(closing, acctest.Values{
					"id": "1", "outcome": "successful", "closed_at": knownvalue.NotNull(), "evidence": knownvalue.MapSizeExact(1),
				}),
			},
			resource.TestStep{ // the change request shows it from the next refresh on
				Config: with("16Gi", `notes = "Done."`), ConfigPlanChecks: acctest.PlansNothing(), ConfigStateChecks: acctest.Has(build, acctest.Values{"state": "closed"}),
			},
			resource.TestStep{Config: with("16Gi", `notes = "Something else."`), ExpectError: acctest.Says("closed", "evidence that cannot be edited", "Revert the edit")},
			resource.TestStep{Config: with("16Gi", `notes = "Done."`, `outcome = "unsuccessful"`), ExpectError: acctest.Says("evidence that cannot be edited")},
			resource.TestStep{ResourceName: closing, ImportState: true, ImportStateVerify: true},
			resource.TestStep{ // the next change of the same thing
				Config: with("32Gi", `notes = "Done again."`, `outcome = "successful_with_issues"`),
				ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{
					build: plancheck.ResourceActionReplace, gate: plancheck.ResourceActionReplace, closing: plancheck.ResourceActionReplace,
				}),
				ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000002"}),
			},
		)
		changes, err := r.Changes(t.Context())
		if err != nil || len(changes) != 2 {
			t.Fatalf("there are %d changes, %v", len(changes), err)
		}
		for i, outcome := range []record.ChangeOutcome{"successful", "successful_with_issues"} {
			if c := changes[i]; c.State != record.ChangeClosed || c.Outcome != outcome {
				t.Errorf("%s is %s, %s after the destroy", c.Number, c.State, c.Outcome)
			}
			if story := r.Story(changes[i]); story != "create pipeline, transition pipeline, transition pipeline, transition pipeline" {
				t.Errorf("history: %s", story)
			}
		}
	})
}

// A change cannot be closed before it was approved.
func TestAccClosure_tooEarly(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(resource.TestStep{
		Config: r.Config(request(`summary = "Build web-01"`), acctest.Block(`resource "infraops_change_closure" "build"`,
			"change_request_id = "+build+".id", `notes = "Done."`)),
		ExpectError: acctest.Says("Cannot create change closure", "CHG0000001", "its approval is"),
	})
}
