// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func systemCommand(s *session) *cobra.Command {
	return group("system", "Show the systems and whether they are set up for the provider", "  "+program+" system validate requesttracker",
		systemListCommand(s), systemValidateCommand(s))
}

func systemListCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the systems that the provider can use",
		Long:    "List the systems that the provider can use, with the roles that each can serve in the provider block.",
		Example: "  " + program + " system list",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			t := newTable("SYSTEM", "NAME", "SERVES")
			for _, system := range s.systems {
				t.row(system.Name, system.Title, rolesOf(system))
			}
			return s.write(t.String())
		},
	}
}

func rolesOf(system record.System) string {
	var roles []string
	for _, role := range system.Serves() {
		roles = append(roles, string(role))
	}
	return strings.Join(roles, ", ")
}

// systemNamed finds a system by its name in the provider block.
func (s *session) systemNamed(name string) (record.System, error) {
	var names []string
	for _, system := range s.systems {
		if system.Name == name {
			return system, nil
		}
		names = append(names, system.Name)
	}
	return record.System{}, misused("there is no system %q", name).advise("The systems: %s", strings.Join(names, ", "))
}
