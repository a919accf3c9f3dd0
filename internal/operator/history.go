// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func historyCommand(s *session) *cobra.Command {
	var filter registry.HistoryFilter
	var kindName string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show who did what, and when",
		Long: `Show what happened in the registry, oldest first: who created, changed, decided or ended what.
The lines below an event name the fields that it changed.`,
		Example: "  " + program + " history --stack payments-prod\n  " + program + " history --kind change_request --id 42 --json",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if filter.Kind, err = parseKind(kindName); err != nil {
				return err
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				return s.showHistory(ctx, r, filter, asJSON)
			})
		},
	}
	addStackFlag(cmd, &filter.Stack)
	cmd.Flags().StringVar(&kindName, "kind", "", "only this `KIND`, such as ipam_address")
	cmd.Flags().StringVar(&filter.ID, "id", "", "only the record with this `ID`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func (s *session) showHistory(ctx context.Context, r *registry.Registry, filter registry.HistoryFilter, asJSON bool) error {
	events, err := r.History(ctx, filter)
	if err != nil {
		return failed("reading the history of the registry "+shownDatabase(s.database), err)
	}
	if asJSON {
		return s.writeJSON(eventDocuments(events))
	}
	if len(events) == 0 {
		return s.write(fmt.Sprintf("The registry %s has no history of any %s.\n", printable(shownDatabase(s.database)), wording(filter.Kind, filter.Stack)))
	}
	return s.write(eventLines(events))
}

// eventDocument is an event as --json prints it.
type eventDocument struct {
	Sequence int64          `json:"sequence"`
	At       string         `json:"at"`
	Actor    string         `json:"actor"`
	Action   string         `json:"action"`
	ID       string         `json:"id"`
	Kind     record.Kind    `json:"kind"`
	Stack    string         `json:"stack"`
	Name     string         `json:"name"`
	Changes  []fieldChanged `json:"changes"`
}

type fieldChanged struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Now   string `json:"now"`
}

func eventDocuments(events []registry.Event) []eventDocument {
	all := make([]eventDocument, len(events))
	for i, e := range events {
		changes := make([]fieldChanged, len(e.Changes))
		for j, d := range e.Changes {
			changes[j] = fieldChanged(d)
		}
		all[i] = eventDocument{
			Sequence: e.Sequence, At: e.At.UTC().Format(time.RFC3339Nano), Actor: e.Actor, Action: e.Action,
			ID: e.ID, Kind: e.Kind, Stack: e.Stack, Name: e.Name, Changes: changes,
		}
	}
	return all
}

// eventLines aligns the events and puts the changes of each below it.
func eventLines(events []registry.Event) string {
	t := newTable("TIME", "ACTOR", "ACTION", "KIND", "NAME", "STACK")
	for _, e := range events {
		t.row(localTime(e.At), e.Actor, e.Action, string(e.Kind), e.Name, e.Stack)
	}
	var b strings.Builder
	headings, lines, _ := strings.Cut(strings.TrimSuffix(t.String(), "\n"), "\n")
	b.WriteString(headings + "\n")
	for i, line := range strings.Split(lines, "\n") {
		b.WriteString(line + "\n")
		for _, d := range events[i].Changes {
			fmt.Fprintf(&b, "    %s: %s\n", printable(d.Field), transition(d.Was, d.Now))
		}
	}
	return b.String()
}

func transition(was, now string) string {
	switch {
	case was == "":
		return brief(now)
	case now == "":
		return brief(was) + " -> (removed)"
	}
	return brief(was) + " -> " + brief(now)
}

// brief keeps a plan of a thousand lines from burying the events around it; --json has it whole.
func brief(s string) string {
	const limit = 80
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit]) + "..."
	}
	return printable(s)
}
