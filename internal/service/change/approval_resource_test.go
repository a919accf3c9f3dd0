// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const (
	gate = "infraops_change_approval.build"
	vm   = "terraform_data.vm"
	// guarded is what waits for the gate.
	guarded = "resource \"terraform_data\" \"vm\" {\n  depends_on = [infraops_change_approval.build]\n}\n"
)

func approval(lines ...string) string {
	return acctest.Block(`resource "infraops_change_approval" "build"`,
		append([]string{"change_request_id = " + build + ".id", "content_hash = " + build + ".content_hash"}, lines...)...)
}

func current(r *acctest.Registry) *record.ChangeRequest {
	return acctest.Find[*record.ChangeRequest](r, "Build web-01")
}

// The way of a normal change: refused, refused again, approved, applied, edited.
func TestAccApproval_gate(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		config := r.Config(request(`summary = "Build web-01"`, `requested_by = "alice"`), approval(), guarded)
		edited := r.Config(request(`summary = "Build web-01"`, `requested_by = "alice"`, `risk = "high"`), approval(), guarded)
		r.Test(
			resource.TestStep{Config: config, ExpectError: acctest.Says(
				"Cannot create change approval", "CHG0000001", "is in state authorize and its approval is requested", "Have an approver other than the requester run", "approve CHG0000001 --as")},
			resource.TestStep{ // nothing is tainted: the change is resumed, and the gate is still to be made
				PreConfig: func() {
					if _, err := r.Decide(t.Context(), "CHG0000001", registry.Verdict{By: " Alice", Approve: true}); err == nil || !strings.Contains(err.Error(), "cannot approve it") {
						t.Errorf("the requester's approval: %v", err)
					}
				},
				Config: config, ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{
					build: plancheck.ResourceActionNoop, gate: plancheck.ResourceActionCreate, vm: plancheck.ResourceActionCreate,
				}),
				ExpectError: acctest.Says("its approval is requested"),
			},
			resource.TestStep{
				PreConfig:        func() { r.Approve("CHG0000001", "bob") },
				Config:           config,
				ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{build: plancheck.ResourceActionNoop, gate: plancheck.ResourceActionCreate}),
				ConfigStateChecks: append(
					acctest.Has(gate, acctest.Values{"id": "1", "change_request_id": "1", "approved_at": knownvalue.NotNull(), "approvers": knownvalue.ListSizeExact(1)}),
					acctest.Has(vm, acctest.Values{"id": knownvalue.NotNull()})...),
			},
			resource.TestStep{ // an edit of what was approved is a new change, which needs a new approval
				Config: edited,
				ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{
					build: plancheck.ResourceActionReplace, gate: plancheck.ResourceActionReplace,
				}),
				ExpectError: acctest.Says("CHG0000002", "its approval is requested"),
			},
			resource.TestStep{PreConfig: func() { r.Approve("CHG0000002", "bob") }, Config: edited},
			resource.TestStep{ResourceName: gate, ImportState: true, ImportStateVerify: true},
		)
		if story := r.Story(current(r)); story != "create pipeline, transition pipeline, transition pipeline, request_approval pipeline, approve bob, transition pipeline, retire pipeline" {
			t.Errorf("history: %s", story)
		}
	})
}

// Where nobody is named as the requester it is whoever the provider acts as, and that approval does not count either.
func TestAccApproval_ownActor(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(request(`summary = "Build web-01"`), approval(), guarded)
	r.Test(
		resource.TestStep{Config: config, ExpectError: acctest.Says("its approval is requested")},
		resource.TestStep{PreConfig: func() {
			if _, err := r.Decide(t.Context(), "CHG0000001", registry.Verdict{By: acctest.Actor, Approve: true}); err == nil {
				t.Error("the provider approved its own change")
			}
		}, Config: config, ExpectError: acctest.Says("its approval is requested")},
	)
}

func TestAccApproval_rejected(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(request(`summary = "Build web-01"`), approval(), guarded)
	edited := r.Config(request(`summary = "Build web-01"`, `backout_plan = "Revert."`), approval(), guarded)
	r.Test(
		resource.TestStep{Config: config, ExpectError: acctest.Says("its approval is requested")},
		resource.TestStep{
			PreConfig:   func() { r.Reject("CHG0000001", "carol", "no backout plan") },
			Config:      config,
			ExpectError: acctest.Says("CHG0000001", `was rejected by carol: "no backout plan"`, "Change what was objected to"),
		},
		resource.TestStep{ // an edit asks for a new decision about the same change
			Config: edited, ConfigPlanChecks: acctest.Plans(build, plancheck.ResourceActionUpdate), ExpectError: acctest.Says("CHG0000001", "its approval is requested"),
		},
		resource.TestStep{PreConfig: func() { r.Approve("CHG0000001", "carol") }, Config: edited},
	)
}

func TestAccApproval_window(t *testing.T) {
	r := acctest.NewRegistry(t)
	window := func(from, until time.Time) string {
		return request(`summary = "Build web-01"`, `type = "standard"`, "planned_start = "+acctest.Quote(from.Format(time.RFC3339)), "planned_end = "+acctest.Quote(until.Format(time.RFC3339)))
	}
	now := time.Now()
	past, future := window(now.Add(-2*time.Hour), now.Add(-time.Hour)), window(now.Add(time.Hour), now.Add(2*time.Hour))
	r.Test(
		resource.TestStep{Config: r.Config(past, approval()), ExpectError: acctest.Says("the window of CHG0000001", "ended at", "Move planned_start and planned_end")},
		resource.TestStep{Config: r.Config(future, approval()), ConfigPlanChecks: acctest.Plans(build, plancheck.ResourceActionReplace), ExpectError: acctest.Says("CHG0000002", "its window opens at", "Apply again then, or set max_wait")},
		resource.TestStep{Config: r.Config(future, approval("enforce_window = false"))},
		resource.TestStep{Config: r.Config(window(now.Add(-time.Hour), now.Add(time.Hour)), approval())},
	)
}

// A gate with max_wait opens while the apply runs.
func TestAccApproval_wait(t *testing.T) {
	r := acctest.NewRegistry(t)
	waiting := approval(`max_wait = "1m"`, `poll_interval = "1s"`)
	r.Test(
		resource.TestStep{Config: r.Config(request(`summary = "Build web-01"`), approval(`max_wait = "1s"`, `poll_interval = "1s"`)), ExpectError: acctest.Says("its approval is requested")},
		resource.TestStep{
			PreConfig: func() {
				soon := time.AfterFunc(2*time.Second, func() {
					if _, err := r.Decide(t.Context(), "CHG0000001", registry.Verdict{By: "bob", Approve: true}); err != nil {
						t.Error(err)
					}
				})
				t.Cleanup(func() { soon.Stop() })
			},
			Config: r.Config(request(`summary = "Build web-01"`), waiting),
		},
		resource.TestStep{ // how it waits is Terraform's own affair
			Config: r.Config(request(`summary = "Build web-01"`), approval(`max_wait = "5m"`)), ConfigPlanChecks: acctest.Plans(gate, plancheck.ResourceActionUpdate),
		},
	)
}

// A change that was cancelled outside is not approved any more.
func TestAccApproval_cancelledOutside(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(request(`summary = "Build web-01"`, `type = "standard"`), approval())
	r.Test(
		resource.TestStep{Config: config, ConfigStateChecks: acctest.Has(build, acctest.Values{"number": "CHG0000001"})},
		resource.TestStep{
			PreConfig:   func() { r.End(current(r), record.Conclude) },
			Config:      config,
			ExpectError: acctest.Says("CHG0000001", "was cancelled", "Open a new change request"),
		},
	)
}
