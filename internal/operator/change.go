// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func changeCommand(s *session) *cobra.Command {
	return group("change", "Show and decide about change requests", "  "+program+" change list --state open",
		changeListCommand(s), changeShowCommand(s), decisionCommand(s, approving), decisionCommand(s, rejecting))
}

// openStates is the value of --state for every state but the two ends.
const openStates = "open"

// changeStates lists the states that exist, in the order of a normal change.
func changeStates() []record.ChangeState {
	return append(record.Path(record.ChangeTypeNormal), record.ChangeCanceled)
}

func changeListCommand(s *session) *cobra.Command {
	var wanted []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the change requests of all stacks",
		Long: `List the change requests of all stacks, by number.

The states are those of ITIL: ` + strings.Join(stateNames(), ", ") + `;
"open" stands for all but closed and canceled. A change is decided about while its approval is requested.`,
		Example: "  " + program + " change list --state open\n  " + program + " change list --state authorize --json",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			states, err := parseStates(wanted)
			if err != nil {
				return err
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				changes, err := r.Changes(ctx, states...)
				if err != nil {
					return failed("listing the change requests of the registry "+shownDatabase(s.database), err)
				}
				slices.SortFunc(changes, byNumber)
				if asJSON {
					return s.writeJSON(documents(changes))
				}
				return s.write(s.changeTable(changes, wanted))
			})
		},
	}
	cmd.Flags().StringSliceVar(&wanted, "state", nil, "only changes in this `STATE`; several with commas, or \"open\"")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func stateNames() []string {
	var names []string
	for _, state := range changeStates() {
		names = append(names, string(state))
	}
	return names
}

func parseStates(wanted []string) ([]record.ChangeState, error) {
	var states []record.ChangeState
	for _, name := range wanted {
		switch {
		case name == openStates:
			for _, state := range changeStates() {
				if (&record.ChangeRequest{State: state}).Open() {
					states = append(states, state)
				}
			}
		case slices.Contains(stateNames(), name):
			states = append(states, record.ChangeState(name))
		default:
			return nil, misused("a change request has no state %q", name).advise("The states: %s, or %s", strings.Join(stateNames(), ", "), openStates)
		}
	}
	return states, nil
}

// byNumber sorts CHG999 before CHG1000.
func byNumber(a, b *record.ChangeRequest) int {
	return cmp.Or(cmp.Compare(len(a.Number), len(b.Number)), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
}

func (s *session) changeTable(changes []*record.ChangeRequest, wanted []string) string {
	if len(changes) == 0 {
		restriction := ""
		if len(wanted) > 0 {
			restriction = " in state " + strings.Join(wanted, ", ")
		}
		return fmt.Sprintf("The registry %s has no change request%s.\n", printable(shownDatabase(s.database)), restriction)
	}
	t := newTable("NUMBER", "STATE", "APPROVAL", "TYPE", "STACK", "REQUESTED BY", "WINDOW", "SUMMARY")
	for _, c := range changes {
		t.row(c.Number, string(c.State), string(c.Approval), c.Type, c.Stack, c.RequestedBy, window(c.PlannedStart, c.PlannedEnd), c.Summary)
	}
	return t.String()
}
