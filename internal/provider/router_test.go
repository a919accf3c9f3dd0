// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// fake is a system in memory that keeps these kinds.
func fake(name string, kinds ...record.Kind) record.System {
	s := systemtest.MemorySystem()
	memory := systemtest.NewMemory()
	s.Name, s.Title, s.Kinds = name, strings.ToUpper(name), map[record.Kind]record.Support{}
	s.Options = []record.Option{{Name: "url", Description: "Where it is."}, {Name: "token", Description: "The token.", Sensitive: true}}
	s.Open = func(record.Settings) (record.Connection, error) { return renamed{memory.Again(), name}, nil }
	for _, k := range kinds {
		s.Kinds[k] = record.Support{}
	}
	return s
}

// renamed is a connection whose records say that another system keeps them.
type renamed struct {
	*systemtest.Memory
	name string
}

func (c renamed) Stores() record.Stores {
	stores := record.Stores{}
	for kind, store := range c.Memory.Stores() {
		stores[kind] = renamedStore{store, c.name}
	}
	return stores
}

type renamedStore struct {
	record.Store[record.Record]
	name string
}

func (s renamedStore) Create(ctx context.Context, r record.Record) (record.Record, error) {
	kept, err := s.Store.Create(ctx, r)
	if err == nil {
		kept.Metadata().System = s.name
	}
	return kept, err
}

func (s renamedStore) Find(ctx context.Context, q record.Query) ([]record.Record, error) {
	found, err := s.Store.Find(ctx, q)
	for _, r := range found {
		r.Metadata().System = s.name
	}
	return found, err
}

// fakes are three systems beside the registry. The ServiceNow among them keeps configuration items and change requests, no
// freezes, and links changes to its own items only.
func fakes() []record.System {
	desk := fake("servicenow", record.KindConfigurationItem, record.KindRelationship, record.KindChangeRequest)
	desk.Kinds[record.KindChangeRequest] = record.Support{Links: map[string]record.Kind{"configuration_item_ids": record.KindConfigurationItem}}
	return []record.System{
		registry.System(),
		fake("netbox", record.KindPrefix, record.KindIPAddress),
		fake("infoblox", record.KindPrefix, record.KindIPAddress),
		desk,
	}
}

// TestAccRoles: who serves what, and that nothing falls back silently. The step's error is empty where it shall apply.
func TestAccRoles(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	const (
		aPrefix = "resource \"infraops_ipam_prefix\" \"it\" {\n  cidr = \"10.0.0.0/24\"\n}\n"
		aChange = "resource \"infraops_change_request\" \"it\" {\n  summary = \"Build\"\n  configuration_item_ids = [infraops_cmdb_configuration_item.it.id]\n}\n"
		aFreeze = "resource \"infraops_change_freeze\" \"it\" {\n  name = \"f\"\n  start = \"2031-01-01T00:00:00Z\"\n  end = \"2031-01-02T00:00:00Z\"\n  reason = \"r\"\n}\n"
		both    = "registry = { database = DATABASE }\nservicenow = { url = \"https://s\" }\n"
		anItem  = "resource \"infraops_cmdb_configuration_item\" \"it\" {\n  class = \"server\"\n  name = \"a\"\n}\n"
	)
	for _, c := range []struct {
		name, block, hcl, address, serves string
		fails                             []string
	}{
		{"nothing configured", ``, aPrefix, "infraops_ipam_prefix.it", "registry", nil},
		{"one configured", `netbox = { url = "https://n" }`, aPrefix, "infraops_ipam_prefix.it", "netbox", nil},
		{"no fallback", `netbox = { url = "https://n" }`, anItem, "", "", []string{"no configured system serves the role cmdb, and nothing falls back", `"registry", "servicenow"`}},
		{"several", "netbox = {}\ninfoblox = {}", aPrefix, "", "", []string{`several configured systems could serve the role ipam: "infoblox", "netbox"`, `systems = { ipam = "netbox" }`}},
		{"assigned", "netbox = {}\ninfoblox = {}\nsystems = { ipam = \"netbox\" }", aPrefix, "infraops_ipam_prefix.it", "netbox", nil},
		{"assigned to who cannot", `systems = { ipam = "servicenow" }`, aPrefix, "", "", []string{`The system "servicenow" cannot serve ipam`, "registry, netbox, infoblox"}},
		{"registry beside another", "netbox = {}\nregistry = { database = DATABASE }", anItem, "infraops_cmdb_configuration_item.it", "registry", nil},
		{"two roles beside the registry", both + `systems = { cmdb = "servicenow", change = "servicenow" }`, anItem + aChange, "infraops_change_request.it", "servicenow", nil},
		{"others stay with the registry", both + `systems = { cmdb = "servicenow", change = "servicenow" }`, aPrefix, "infraops_ipam_prefix.it", "registry", nil},
		{"roles that two could serve", both, anItem, "", "", []string{`several configured systems could serve the role cmdb: "registry", "servicenow"`, `systems = { cmdb = "registry" }`}},
		{"kind that is not kept", both + `systems = { change = "servicenow", cmdb = "servicenow" }`, aFreeze, "", "", []string{"SERVICENOW, which serves the role change, keeps no infraops_change_freeze", `have another system serve the whole role: "registry"`}},
		{"kind of a role that is not assigned", both, aFreeze, "", "", []string{"several configured systems could serve the role change"}},
		{"links to another system", both + `systems = { cmdb = "registry", change = "servicenow" }`, anItem + aChange, "", "", []string{
			"configuration_item_ids", `cannot be kept by SERVICENOW, which links its own records only: the role cmdb is served by "registry"`, `systems = { change = "servicenow", cmdb = "servicenow" }`,
		}},
		{"calendar that is not told", both + `systems = { cmdb = "servicenow", change = "servicenow" }`, "data \"infraops_change_conflicts\" \"it\" {\n  planned_start = \"2031-01-01T00:00:00Z\"\n  planned_end = \"2031-01-02T00:00:00Z\"\n}\n", "", "", []string{"servicenow", "does not tell what takes times", "Remove the data source"}},
		{"change without items elsewhere", both + `systems = { cmdb = "registry", change = "servicenow" }`, anItem + "resource \"infraops_change_request\" \"it\" {\n  summary = \"Build\"\n}\n", "infraops_change_request.it", "servicenow", nil},
		{"assigned without a block", "netbox = {}\nsystems = { cmdb = \"servicenow\" }", anItem, "infraops_cmdb_configuration_item.it", "servicenow", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			database := acctest.Quote(t.TempDir() + "/r.db")
			block := strings.Replace(c.block, "DATABASE", database, 1)
			if block == "" {
				block = "registry = { database = " + database + " }"
			}
			step := resource.TestStep{Config: acctest.Block(`provider "infraops"`, `stack = "test"`, block) + c.hcl}
			if c.fails != nil {
				step.ExpectError = acctest.Says(c.fails...)
			} else {
				step.ConfigStateChecks = acctest.Has(c.address, acctest.Values{"system": c.serves})
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(fakes()), Steps: []resource.TestStep{step}})
		})
	}
}

// TestAccRoles_maintenance: what is in the way of a change is told also where another system keeps the downtimes.
func TestAccRoles_maintenance(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	memory := systemtest.NewMemory()
	other := fake("memory", record.KindConfigurationItem, record.KindChangeRequest)
	other.Open = func(record.Settings) (record.Connection, error) { return memory.Again(), nil }
	const hcl = `
resource "infraops_cmdb_configuration_item" "it" {
  class = "server"
  name  = "a"
}

resource "infraops_monitoring_target" "it" {
  name                  = "a"
  address               = "10.0.0.1"
  configuration_item_id = infraops_cmdb_configuration_item.it.id
}

resource "infraops_monitoring_downtime" "it" {
  target_id = infraops_monitoring_target.it.id
  start     = "2031-01-01T10:00:00Z"
  end       = "2031-01-01T12:00:00Z"
  reason    = "New disks"
}

data "infraops_change_conflicts" "it" {
  planned_start          = "2031-01-01T11:00:00Z"
  planned_end            = "2031-01-01T15:00:00Z"
  configuration_item_ids = [infraops_cmdb_configuration_item.it.id]

  depends_on = [infraops_monitoring_downtime.it]
}
`
	block := acctest.Block(`provider "infraops"`, `stack = "test"`, "registry = { database = "+acctest.Quote(t.TempDir()+"/r.db")+" }", "memory = {}", `systems = { cmdb = "memory", change = "memory" }`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories([]record.System{registry.System(), other}),
		Steps: []resource.TestStep{{
			Config: block + hcl,
			ConfigStateChecks: acctest.Has("data.infraops_change_conflicts.it", acctest.Values{"conflicts": knownvalue.ListExact([]knownvalue.Check{
				knownvalue.ObjectPartial(map[string]knownvalue.Check{"kind": knownvalue.StringExact("maintenance"), "name": knownvalue.StringExact("a"), "reason": knownvalue.StringExact("New disks")}),
			})}),
		}},
	})
}

// TestAccEnvironment: the environment gives what the block leaves out, and the block wins.
func TestAccEnvironment(t *testing.T) {
	acctest.Required(t)
	directory := t.TempDir()
	t.Setenv("INFRAOPS_STACK", "from-environment")
	t.Setenv("INFRAOPS_REGISTRY_DATABASE", directory+"/environment.db")
	const address = "infraops_cmdb_configuration_item.existing"
	acctest.Test(t,
		resource.TestStep{Config: existing, ConfigStateChecks: acctest.Has(address, acctest.Values{"correlation_id": "from-environment/cmdb_configuration_item/server/existing"})},
		resource.TestStep{Config: "provider \"infraops\" {}\n" + existing, ConfigPlanChecks: acctest.PlansNothing()},
	)
	acctest.Test(t, resource.TestStep{
		Config:            acctest.Block(`provider "infraops"`, `stack = "from-block"`, "registry = { database = "+acctest.Quote(directory+"/block.db")+" }") + existing,
		ConfigStateChecks: acctest.Has(address, acctest.Values{"id": "1", "correlation_id": "from-block/cmdb_configuration_item/server/existing"}),
	})
}

// TestAccUnknownProvider: a database that the same configuration makes is not known while planning.
func TestAccUnknownProvider(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := func(database string) string {
		return acctest.Block(`resource "terraform_data" "database"`, "input = "+acctest.Quote(database), "triggers_replace = "+acctest.Quote(database)) +
			acctest.Block(`provider "infraops"`, `stack = "test"`, "registry = { database = terraform_data.database.output }") + existing
	}
	const address = "infraops_cmdb_configuration_item.existing"
	r.Test(
		resource.TestStep{Config: config(r.Database), ConfigStateChecks: acctest.Has(address, acctest.Values{"id": "1"})},
		// While the provider is unknown again, the state is taken as it is: nothing is planned for what is there.
		resource.TestStep{Config: config(strings.Replace(r.Database, "/registry.db", "/./registry.db", 1)), ConfigStateChecks: acctest.Has(address, acctest.Values{"id": "1"})},
		resource.TestStep{Config: config(r.Database)},
	)
}

// The provider's schema is what its systems declare.
func TestProviderSchema(t *testing.T) {
	answer, err := provider.Server(provider.New("test", fakes())).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]*tfprotov6.SchemaAttribute{}
	for _, a := range answer.Provider.Block.Attributes {
		got[a.Name] = a
	}
	for _, s := range fakes() {
		if got[s.Name] == nil {
			t.Errorf("there is no attribute %q", s.Name)
			continue
		}
		options := map[string]bool{}
		for _, a := range got[s.Name].NestedType.Attributes {
			options[a.Name] = a.Sensitive
		}
		for _, o := range s.Options {
			if sensitive, has := options[o.Name]; !has || sensitive != o.Sensitive {
				t.Errorf("%s.%s: there %v, sensitive %v", s.Name, o.Name, has, sensitive)
			}
		}
	}
	if len(got["systems"].NestedType.Attributes) != len(record.Roles()) {
		t.Errorf("systems has %d attributes for %d roles", len(got["systems"].NestedType.Attributes), len(record.Roles()))
	}
}
