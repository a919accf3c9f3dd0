// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const exit = "infraops_change_decommission.build"

// decommission guards the VM.
func decommission(lines ...string) string {
	return acctest.Block(`resource "infraops_change_decommission" "build"`,
		append([]string{"change_request_id = " + build + ".id", `summary = "Take web-01 down"`, "depends_on = [" + vm + "]"}, lines...)...)
}

// built is a stack with a VM whose end is guarded.
func built(memory string, lines ...string) string {
	return request(`name = "Build web-01"`, `summary = "Build web-01"`, `type = "standard"`, "triggers = { memory = "+acctest.Quote(memory)+" }") +
		approval() + guarded + decommission(lines...)
}

// refused is a destroy that the gate stops, after which nothing has been destroyed.
func refused(config string, before func(), says ...string) resource.TestStep {
	return resource.TestStep{PreConfig: before, Config: config, Destroy: true, ExpectError: acctest.Says(append([]string{"Cannot destroy change decommission"}, says...)...)}
}

// stands says that everything is still there, the VM included.
func stands(config string) resource.TestStep {
	return resource.TestStep{
		Config: config, ConfigPlanChecks: acctest.PlansNothing(),
		Check: resource.ComposeTestCheckFunc(resource.TestCheckResourceAttrSet(exit, "id"), resource.TestCheckResourceAttrSet(vm, "id")),
	}
}

// numbered reads a change by its number.
func numbered(t *testing.T, r *acctest.Registry, number string) *record.ChangeRequest {
	t.Helper()
	c, _, err := r.ChangeByNumber(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The way of a normal decommission: refused, refused again, approved, destroyed, closed.
func TestAccDecommission_gate(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		config := r.Config(built("16Gi", `requested_by = "alice"`, `description = "The service has moved."`))
		r.Test(
			resource.TestStep{
				Config:            config,
				ConfigStateChecks: acctest.Has(exit, acctest.Values{"id": "1", "change_request_id": "1", "type": "normal", "max_wait": "0s", "system": "registry"}),
			},
			stands(config),
			resource.TestStep{ResourceName: exit, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"summary", "description", "requested_by"}},
			resource.TestStep{ResourceName: exit, ImportState: true, ImportStateId: "name:1", ImportStateVerify: true, ImportStateVerifyIgnore: []string{"summary", "description", "requested_by"}},
			refused(config, nil, "CHG0000002", "is in state authorize and its approval is requested", "Have an approver other than the requester run", "approve CHG0000002 --as"),
			stands(config),
			refused(config, func() {
				if _, err := r.Decide(t.Context(), "CHG0000002", registry.Verdict{By: " Alice", Approve: true}); err == nil || !strings.Contains(err.Error(), "cannot approve it") {
					t.Errorf("the requester's approval: %v", err)
				}
			}, "CHG0000002", "is in state authorize and its approval is requested"),
			resource.TestStep{PreConfig: func() { r.Approve("CHG0000002", "bob") }, Config: config, Destroy: true},
		)
		c := numbered(t, r, "CHG0000002")
		if c.State != record.ChangeClosed || c.Outcome != "successful" || c.CloseNotes != `Terraform has destroyed what CHG0000001, "Build web-01", has provisioned in stack "test".` {
			t.Errorf("%s is %s, %s: %q", c.Number, c.State, c.Outcome, c.CloseNotes)
		}
		if want := "The service has moved.\n\nTerraform destroys what CHG0000001, \"Build web-01\", has provisioned in stack \"test\", and closes this change after that."; c.Description != want {
			t.Errorf("an approver has read %q", c.Description)
		}
		if story := r.Story(c); story != "create pipeline, transition pipeline, transition pipeline, request_approval pipeline, approve bob, transition pipeline, transition pipeline, transition pipeline" {
			t.Errorf("history: %s", story)
		}
		// The same stack once more is another thing to decommission.
		r.Test(
			resource.TestStep{Config: config},
			refused(config, nil, "CHG0000004", "is in state authorize"),
			resource.TestStep{PreConfig: func() { r.Approve("CHG0000004", "bob") }, Config: config, Destroy: true},
		)
	})
}

func TestAccDecommission_rejected(t *testing.T) {
	r := acctest.NewRegistry(t)
	config, edited := r.Config(built("16Gi")), r.Config(built("16Gi", `justification = "Nobody uses it."`))
	again := r.Config(built("16Gi", `justification = "Really nobody."`))
	r.Test(
		resource.TestStep{Config: config},
		refused(config, nil, "its approval is requested"),
		refused(config, func() { r.Reject("CHG0000002", "carol", "still in use") },
			"CHG0000002", `was rejected by carol: "still in use"`, "Change what was objected to in the change decommission, apply, and destroy again"),
		resource.TestStep{Config: edited, ConfigPlanChecks: acctest.Plans(exit, plancheck.ResourceActionUpdate)},
		refused(edited, nil, "CHG0000002", "is in state authorize"),
		refused(edited, func() { r.End(numbered(t, r, "CHG0000002"), record.Conclude) }, "CHG0000002", "which asked for this decommission, was cancelled", "To ask again"),
		resource.TestStep{Config: again},
		refused(again, nil, "CHG0000003", "is in state authorize"),
		resource.TestStep{PreConfig: func() { r.Approve("CHG0000003", "carol") }, Config: again, Destroy: true},
	)
}

// A decommission with max_wait goes on while the destroy runs.
func TestAccDecommission_wait(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(built("16Gi", `max_wait = "1m"`, `poll_interval = "1s"`))
	r.Test(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				soon := time.NewTicker(200 * time.Millisecond)
				t.Cleanup(soon.Stop)
				go func() {
					for range soon.C {
						if _, err := r.Decide(t.Context(), "CHG0000002", registry.Verdict{By: "bob", Approve: true}); err == nil {
							return
						}
					}
				}()
			},
			Config: config, Destroy: true,
		},
	)
}

func TestAccDecommission_standard(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(built("16Gi", `type = "standard"`))
	r.Test(resource.TestStep{Config: config}, stands(config))
	if c := numbered(t, r, "CHG0000002"); c.State != record.ChangeClosed || c.Outcome != "successful" {
		t.Errorf("%s is %s, %s", c.Number, c.State, c.Outcome)
	}
}

// Another specification of the VM is another change request. It decommissions nothing, so nobody is asked.
func TestAccDecommission_nextChange(t *testing.T) {
	r := acctest.NewRegistry(t)
	r.Test(
		resource.TestStep{Config: r.Config(built("16Gi"))},
		resource.TestStep{
			Config: r.Config(built("32Gi")),
			ConfigPlanChecks: acctest.PlansAll(map[string]plancheck.ResourceActionType{
				build: plancheck.ResourceActionReplace, gate: plancheck.ResourceActionReplace, exit: plancheck.ResourceActionUpdate, vm: plancheck.ResourceActionNoop,
			}),
			ConfigStateChecks: acctest.Has(exit, acctest.Values{"id": "1", "change_request_id": "2"}),
		},
		stands(r.Config(built("32Gi"))),
		refused(r.Config(built("32Gi")), nil, "CHG0000003", "is in state authorize"),
		resource.TestStep{PreConfig: func() { r.Approve("CHG0000003", "bob") }, Config: r.Config(built("32Gi")), Destroy: true},
	)
	if c := numbered(t, r, "CHG0000003"); c.State != record.ChangeClosed || c.Decommissions() != "2" {
		t.Errorf("%s, for %s, is %s", c.Number, c.Decommissions(), c.State)
	}
}

// Where the VM cannot be destroyed after the approval, the next destroy goes on; an apply that brings the gate back ends the permission.
func TestAccDecommission_brokenOff(t *testing.T) {
	r := acctest.NewRegistry(t)
	stuck := func(works bool) string {
		command := "exit 1"
		if works {
			command = "true"
		}
		return r.Config(request(`summary = "Build web-01"`, `type = "standard"`), approval(), acctest.Block(`resource "terraform_data" "vm"`,
			"depends_on = ["+gate+"]", "provisioner \"local-exec\" {\n when = destroy\n command = "+acctest.Quote(command)+"\n }"), decommission())
	}
	stateIs := func(number string, want record.ChangeState) func() {
		return func() {
			if c := numbered(t, r, number); c.State != want {
				t.Errorf("%s is %s, want %s", number, c.State, want)
			}
		}
	}
	fails := func(before func()) resource.TestStep {
		return resource.TestStep{PreConfig: before, Config: stuck(false), Destroy: true, ExpectError: acctest.Says("local-exec provisioner error")}
	}
	r.Test(
		resource.TestStep{Config: stuck(false)},
		refused(stuck(false), nil, "CHG0000002", "is in state authorize"),
		fails(func() { r.Approve("CHG0000002", "bob") }),
		fails(stateIs("CHG0000002", record.ChangeImplement)), // without another approval: the gate has gone
		resource.TestStep{Config: stuck(false)},
		refused(stuck(false), stateIs("CHG0000002", record.ChangeClosed), "CHG0000003", "is in state authorize"),
		fails(func() { r.Approve("CHG0000003", "bob") }),
		resource.TestStep{PreConfig: stateIs("CHG0000003", record.ChangeImplement), Config: stuck(true), Destroy: true},
	)
	if c := numbered(t, r, "CHG0000002"); c.Outcome != "unsuccessful" {
		t.Errorf("what was broken off is %s: %q", c.Outcome, c.CloseNotes)
	}
	if c := numbered(t, r, "CHG0000003"); c.State != record.ChangeClosed || c.Outcome != "successful" {
		t.Errorf("%s is %s, %s", c.Number, c.State, c.Outcome)
	}
}

// A change request that is closed already takes its decommission along as well.
func TestAccDecommission_ofAClosedChange(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(built("16Gi", `type = "standard"`), closure(`notes = "Done."`, "depends_on = ["+vm+"]"))
	r.Test(resource.TestStep{Config: config})
	for _, number := range []string{"CHG0000001", "CHG0000002"} {
		if c := numbered(t, r, number); c.State != record.ChangeClosed {
			t.Errorf("%s is %s", number, c.State)
		}
	}
}
