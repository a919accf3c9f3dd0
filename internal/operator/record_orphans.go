// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const detailedExitCode = "detailed-exitcode"

// errOrphansFound is no failure: it carries the exit code that --detailed-exitcode asks for.
var errOrphansFound = errors.New("orphans found")

// orphanSearch is what "record orphans" was asked for.
type orphanSearch struct {
	stack    string
	states   []string
	asJSON   bool
	detailed bool
}

func recordOrphansCommand(s *session) *cobra.Command {
	var search orphanSearch
	cmd := &cobra.Command{
		Use:   "orphans --stack STACK --state FILE [FILE...]",
		Short: "List the records of a stack that no Terraform state knows",
		Long: `List what carries the stack in the registry but is in none of the Terraform states given, for example because a
state was lost. Give every state that belongs to the stack, else what the missing one manages is listed too.

A state is a file of format 4, the output of "terraform state pull" or that of "terraform show -json"; "-" reads
one from the standard input. A file that cannot be read or is not a state is an error. Closed and cancelled change
requests, and what is retired, released or removed, are evidence and not listed. A secret that was delivered on behalf
of another record, such as an account's generated password, is in the state with that record.

The exit code is 0 whether there are orphans or not, and 1 for every error. With --detailed-exitcode it is
0 without orphans, 2 with orphans, and 1 for every error, wrong usage included.`,
		Example: "  " + program + " record orphans --stack payments-prod --state network.tfstate --state vms.tfstate\n" +
			"  terraform state pull | " + program + " record orphans --stack payments-prod --state - --detailed-exitcode",
		// A shell expands "--state *.tfstate" to one flag and the other files.
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			search.states = append(search.states, args...)
			if err := search.check(cmd); err != nil {
				return err
			}
			known, err := readStates(s.in, search.states)
			if err != nil {
				return err
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				return s.listOrphans(ctx, r, search, known)
			})
		},
	}
	cmd.Flags().StringVar(&search.stack, stackFlag, "", "the `STACK` (required)")
	cmd.Flags().StringArrayVar(&search.states, "state", nil, "a Terraform state `FILE`; may be repeated (required)")
	cmd.Flags().BoolVar(&search.asJSON, "json", false, "print an array of JSON objects")
	cmd.Flags().BoolVar(&search.detailed, detailedExitCode, false, "exit with 2 where there are orphans")
	return cmd
}

func (o *orphanSearch) check(cmd *cobra.Command) error {
	switch {
	case o.stack == "":
		return misused("%s needs the name of a stack", cmd.CommandPath()).advise("Usage: %s", cmd.UseLine())
	case !cmd.Flags().Changed("state"):
		return misused("%s needs a Terraform state to compare with", cmd.CommandPath()).advise("Usage: %s", cmd.UseLine())
	case slices.Contains(o.states, ""):
		return misused("the name of a state file is empty").advise("Usage: %s", cmd.UseLine())
	}
	return nil
}

func (s *session) listOrphans(ctx context.Context, r *registry.Registry, search orphanSearch, known map[managed]bool) error {
	records, err := r.Records(ctx, "", record.Query{Stack: search.stack})
	if err != nil {
		return failed(fmt.Sprintf("listing the records of stack %q in the registry %s", search.stack, shownDatabase(s.database)), err)
	}
	slices.SortFunc(records, byName)
	// A record that neither is gone nor holds its key any more is one that has ended: a closed change request.
	living := slices.DeleteFunc(slices.Clone(records), func(r record.Record) bool { return record.Gone(r) || !record.HoldsKey(r) })
	orphans := slices.DeleteFunc(slices.Clone(living), func(r record.Record) bool { return isKnown(r, living, known) })

	if search.asJSON {
		err = s.writeJSON(documents(orphans))
	} else {
		err = s.write(s.orphanReport(search, len(living), orphans, namesByID(records)))
	}
	if err != nil {
		return err
	}
	if search.detailed && len(orphans) > 0 {
		return errOrphansFound
	}
	return nil
}

// isKnown says that a state has the record, or the record on whose behalf it was made and which manages it.
func isKnown(r record.Record, living []record.Record, known map[managed]bool) bool {
	if known[managed{r.Kind(), r.Metadata().ID}] {
		return true
	}
	switch r := r.(type) {
	case *record.ChangeRequest:
		// A decommission change is in no state. It ends with the change request that it undoes.
		return known[managed{r.Kind(), r.Decommissions()}]
	case *record.SecretDelivery:
		kind, name, _ := r.Owner()
		return slices.ContainsFunc(living, func(owner record.Record) bool {
			return owner.Kind() == kind && owner.NaturalName() == name && known[managed{kind, owner.Metadata().ID}]
		})
	}
	return false
}

func (s *session) orphanReport(search orphanSearch, living int, orphans []record.Record, names map[string]string) string {
	stack, states := printable(search.stack), printable(strings.Join(search.states, ", "))
	if living == 0 {
		return fmt.Sprintf("Orphans: none. No live record in the registry carries stack %s. To see which stacks there are: %s\n", stack, s.proposal("record list"))
	}
	if len(orphans) == 0 {
		return fmt.Sprintf("Orphans: none. Every live record of stack %s (%d) is in %s.\n", stack, living, states)
	}
	t := newTable("TYPE", "RECORD", "ID")
	for _, r := range orphans {
		t.row(typePrefix+string(r.Kind()), readableName(r, names), r.Metadata().ID)
	}
	return fmt.Sprintf(`%s
Orphans: %d of %d live records of stack %s; not in %s.
To manage one again, write its block and run: terraform import TYPE.LABEL ID
To end it, import it, then remove the block and apply.
`, t, len(orphans), living, stack, states)
}
