// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"regexp"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// shop is a registry as a first week leaves it behind.
type shop struct {
	t        *testing.T
	registry *registry.Registry
	database string
}

// newShop works in a directory of its own, so that the outputs name the default database.
func newShop(t *testing.T) *shop {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv(actorEnv, "keyboard")
	r, err := registry.OpenRegistry(record.Settings{"database": databaseDefault, "actor": "terraform"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return &shop{t: t, registry: r, database: databaseDefault}
}

func (s *shop) store(k record.Kind) record.Store[record.Record] {
	s.t.Helper()
	store, err := s.registry.Stores().Of(k)
	if err != nil {
		s.t.Fatal(err)
	}
	return store
}

// add keeps a record and returns its id.
func (s *shop) add(stack string, r record.Record) string {
	s.t.Helper()
	r.Metadata().Stack = stack
	r.Canonicalise()
	if p, ok := r.(record.Preparer); ok {
		p.Prepare()
	}
	store, create := s.store(r.Kind()), s.store(r.Kind()).Create
	if p, ok := r.(record.Pooled); ok && p.NeedsAllocation() {
		allocator, _ := record.Capability[record.Allocator[record.Record]](store)
		create = allocator.Allocate
	}
	kept, err := create(s.t.Context(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return kept.Metadata().ID
}

func (s *shop) change(stack string, c *record.ChangeRequest) *record.ChangeRequest {
	s.t.Helper()
	id := s.add(stack, c)
	approver, _ := record.Capability[record.Approver](s.store(record.KindChangeRequest))
	kept, err := approver.RequestApproval(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return kept
}

// walk moves a change forward to a state.
func (s *shop) walk(c *record.ChangeRequest, to record.ChangeState) {
	s.t.Helper()
	transitioner, _ := record.Capability[record.Transitioner](s.store(record.KindChangeRequest))
	current, _, err := s.registry.ChangeByNumber(s.t.Context(), c.Number)
	if err != nil {
		s.t.Fatal(err)
	}
	steps, _ := current.StepsTo(to)
	for _, step := range steps {
		if _, err := transitioner.Transition(s.t.Context(), c.ID, record.Transition{To: step, Outcome: "successful", Notes: "All checks passed", Evidence: map[string]string{"checks": "12 of 12"}}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// now is the time of the test's run, which golden files replace; planned times lie in 2031.
var now = regexp.MustCompile(`20(2|30)[0-9]+-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z`)

func (s *shop) golden(name, output string) {
	s.t.Helper()
	golden(s.t, name, now.ReplaceAllString(output, "2026-01-02T03:04:05Z"))
}

var night = time.Date(2031, 3, 1, 22, 0, 0, 0, time.UTC)

// webChange is the change that the tests decide about.
func webChange(items ...string) *record.ChangeRequest {
	return &record.ChangeRequest{
		Name: "web-01", Summary: "Provision web-01", Description: "One more web server for the sale.\nRemoved in May.",
		Justification: "Load at 85 %", Type: record.ChangeTypeNormal, Risk: "low", Impact: "medium", RequestedBy: "ada",
		AssignmentGroup: "platform", ConfigurationItemIDs: items, PlannedStart: night, PlannedEnd: night.Add(2 * time.Hour),
		ImplementationPlan: "1. create the VM\n2. add it to the load balancer", BackoutPlan: "Remove it from the load balancer", TestPlan: "GET /health",
		Attachments: map[string]string{"plan.txt": "+ azurerm_linux_virtual_machine.web\n+ infraops_ipam_address.web\n"},
		Triggers:    map[string]string{"size": "Standard_D2s_v5"},
	}
}

// fill keeps records of every kind in two stacks, and changes in several states.
func (s *shop) fill() (web *record.ChangeRequest) {
	vm := s.add("payments-prod", &record.ConfigurationItem{Class: "virtual_machine", Name: "web-01", Environment: "production", Owner: "ada", InitialStatus: "in_build", FQDN: "web-01.example.com", Attributes: map[string]string{"cpu": "4"}})
	app := s.add("payments-prod", &record.ConfigurationItem{Class: "application", Name: "shop", Environment: "production", InitialStatus: "operational"})
	s.add("payments-prod", &record.Relationship{ParentID: app, ChildID: vm, Type: "runs_on"})
	prefix := s.add("payments-prod", &record.Prefix{CIDR: "10.20.0.0/24", Name: "web", Gateway: "10.20.0.1"})
	s.add("payments-prod", &record.IPAddress{Name: "web-01", PrefixID: prefix, Hostname: "web-01.example.com", ConfigurationItemID: vm})
	old := s.add("payments-prod", &record.ConfigurationItem{Class: "virtual_machine", Name: "web-00", InitialStatus: "operational"})
	if err := s.store(record.KindConfigurationItem).Retire(s.t.Context(), old, record.Conclude); err != nil {
		s.t.Fatal(err)
	}
	s.add("lab", &record.ConfigurationItem{Class: "database", Name: "trial", InitialStatus: "planned"})

	web = s.change("payments-prod", webChange(vm, "4711"))
	done := s.change("payments-prod", &record.ChangeRequest{Summary: "Provision the prefix", RequestedBy: "ada"})
	s.decide(done, registry.Verdict{By: "grace", Approve: true})
	s.walk(done, record.ChangeClosed)
	s.add("lab", &record.ChangeRequest{Summary: "Try it out", Type: record.ChangeTypeEmergency, RequestedBy: "linus"})
	return web
}

func (s *shop) decide(c *record.ChangeRequest, v registry.Verdict) {
	s.t.Helper()
	if _, err := s.registry.Decide(s.t.Context(), c.Number, v); err != nil {
		s.t.Fatal(err)
	}
}
