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

func recordCommand(s *session) *cobra.Command {
	return group("record", "Show the records that the registry keeps", "  "+program+" record list --stack payments-prod",
		recordListCommand(s), recordOrphansCommand(s))
}

const stackFlag = "stack"

// addStackFlag adds a flag that, where it is given, must not be empty: an unset variable in a script would else select every stack.
func addStackFlag(cmd *cobra.Command, stack *string) {
	cmd.Flags().StringVar(stack, stackFlag, "", "only this `STACK`")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed(stackFlag) && *stack == "" {
			return misused("--%s is empty", stackFlag).advise("Name a stack, or leave the flag out to see all")
		}
		return nil
	}
}

func recordListCommand(s *session) *cobra.Command {
	var kindName, stack string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the live records",
		Long: `List the live records, kind by kind. What is retired, released or removed is left out; the history has it.

The table shows the fields that are short and set; --json has all of them. The kinds: ` + kindNames() + ".",
		Example: "  " + program + " record list --kind ipam_address --stack payments-prod",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			kind, err := parseKind(kindName)
			if err != nil {
				return err
			}
			if kindName == "" && cmd.Flags().Changed("kind") {
				return misused("--kind is empty").advise("Leave the flag out to see all kinds")
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				return s.listRecords(ctx, r, kind, stack, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&kindName, "kind", "", "only this `KIND`, such as ipam_address")
	addStackFlag(cmd, &stack)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func kindNames() string {
	var names []string
	for _, k := range record.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

const typePrefix = "infraops_"

// parseKind accepts a kind or its Terraform type. Empty stands for every kind.
func parseKind(name string) (record.Kind, error) {
	kind := record.Kind(strings.TrimPrefix(name, typePrefix))
	switch {
	case name == "" || slices.Contains(record.Kinds(), kind):
		return kind, nil
	case record.Known(kind):
		return "", misused("%s is not kept by itself: it is a view of a %s", kind, record.Define(kind).From).
			advise("Use --kind %s", record.Define(kind).From)
	}
	return "", misused("there is no kind %q", name).advise("The kinds: %s", kindNames())
}

func (s *session) listRecords(ctx context.Context, r *registry.Registry, kind record.Kind, stack string, asJSON bool) error {
	// The tables call a record that others refer to by its name, so they need records of every kind, retired ones too.
	everything, err := r.Records(ctx, "", record.Query{Stack: stack, Gone: true})
	if err != nil {
		return failed("listing the records of the registry "+shownDatabase(s.database), err)
	}
	live := slices.DeleteFunc(slices.Clone(everything), func(r record.Record) bool {
		return record.Gone(r) || kind != "" && r.Kind() != kind
	})
	slices.SortFunc(live, byName)
	if asJSON {
		return s.writeJSON(documents(live))
	}
	if len(live) == 0 {
		return s.write(fmt.Sprintf("The registry %s has no live %s.\n", printable(shownDatabase(s.database)), wording(kind, stack)))
	}
	return s.write(recordTables(live, namesByID(everything), stack == ""))
}

// wording is what a listing was restricted to: "record of kind ipam_address in stack payments-prod".
func wording(kind record.Kind, stack string) string {
	text := "record"
	if kind != "" {
		text += " of kind " + string(kind)
	}
	if stack != "" {
		text += " in stack " + printable(stack)
	}
	return text
}

func byName(a, b record.Record) int {
	return cmp.Or(
		cmp.Compare(a.Kind(), b.Kind()),
		cmp.Compare(a.Metadata().Stack, b.Metadata().Stack),
		cmp.Compare(a.NaturalName(), b.NaturalName()),
		cmp.Compare(a.Metadata().ID, b.Metadata().ID),
	)
}
