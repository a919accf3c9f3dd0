// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// TestAccPanic: a panic in one record's store is that record's error, and its siblings live.
func TestAccPanic(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	memory := systemtest.NewMemory()
	connection := systemtest.Faulty(memory, systemtest.Fault{Kind: record.KindRelationship, Method: systemtest.Create, Panic: "out of cheese"})
	s := systemtest.MemorySystem()
	s.Open = func(record.Settings) (record.Connection, error) { return connection, nil }
	config := acctest.Block(`provider "infraops"`, `stack = "test"`, "memory = {}") + acctest.Example(t, "resources/infraops_cmdb_relationship/resource.tf") + `
resource "infraops_cmdb_configuration_item" "sibling" {
  count = 20
  class = "server"
  name  = "sibling-${count.index}"
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories([]record.System{s}),
		Steps: []resource.TestStep{
			{Config: config, ExpectError: acctest.Says("the provider panicked, which is a bug", "out of cheese")},
			{
				PreConfig: func() {
					found, err := memory.Stores()[record.KindConfigurationItem].Find(t.Context(), record.Query{})
					if err != nil || len(found) != 22 {
						t.Errorf("%d siblings were made, %v", len(found), err)
					}
					connection.Heal()
				},
				Config: config,
			},
		},
	})
}
