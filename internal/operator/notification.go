// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func notificationCommand(s *session) *cobra.Command {
	return group("notification", "Show the outbox: the messages that the registry keeps", "  "+program+" notification list --stack payments-prod",
		notificationListCommand(s), notificationShowCommand(s))
}

func notificationListCommand(s *session) *cobra.Command {
	var stack string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the messages, oldest first",
		Long: `List the messages in the registry's outbox, oldest first, those included whose block has been destroyed since.
The registry sends none of them: they are what would have been sent.`,
		Example: "  " + program + " notification list --stack payments-prod",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				messages, err := r.Records(ctx, record.KindMessage, record.Query{Stack: stack, Gone: true})
				if err != nil {
					return failed("listing the messages of the registry "+shownDatabase(s.database), err)
				}
				if asJSON {
					return s.writeJSON(documents(messages))
				}
				return s.write(s.messageTable(messages, stack))
			})
		},
	}
	addStackFlag(cmd, &stack)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func (s *session) messageTable(messages []record.Record, stack string) string {
	if len(messages) == 0 {
		restriction := ""
		if stack != "" {
			restriction = " of stack " + printable(stack)
		}
		return fmt.Sprintf("The registry %s has no message%s.\n", printable(shownDatabase(s.database)), restriction)
	}
	t := newTable("ID", "TIME", "CHANNEL", "SEVERITY", "STACK", "RECIPIENTS", "SUBJECT")
	for _, r := range messages {
		m := r.(*record.Message)
		to := strings.Join(m.Recipients, ", ")
		if len(m.Recipients) > 1 && len(to) > maxCell {
			to = fmt.Sprintf("%s and %d more", m.Recipients[0], len(m.Recipients)-1)
		}
		t.row(m.ID, localTime(m.SentAt), m.Channel, m.Severity, m.Stack, to, m.Subject)
	}
	return t.String()
}

func notificationShowCommand(s *session) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a message as its recipients would read it",
		Long:    "Show one message of the registry's outbox: to whom, and all that is said in it. The registry has not sent it.",
		Example: "  " + program + " notification show 14",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				m, err := messageByID(ctx, r, args[0])
				if err != nil {
					return failed(fmt.Sprintf("reading message %q in the registry %s", args[0], shownDatabase(s.database)), err)
				}
				if asJSON {
					return s.writeJSON(documentOf(m))
				}
				return s.write(messagePage(m))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func messageByID(ctx context.Context, r *registry.Registry, id string) (*record.Message, error) {
	found, err := r.Stores()[record.KindMessage].Get(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	m, ok := found[id].(*record.Message)
	if !ok {
		return nil, record.Errorf(record.ErrNotFound, "there is no message with that id").
			Advise("List them with %s notification list, and with --%s name the registry that has it", program, databaseFlag)
	}
	return m, nil
}

func messagePage(m *record.Message) string {
	t := newTable()
	for _, fact := range [][2]string{
		{"To", strings.Join(m.Recipients, ", ")},
		{"Channel", m.Channel},
		{"Severity", m.Severity},
		{"Time", localTime(m.SentAt)},
		{"Stack", m.Stack},
		{"Name", m.NaturalName()},
		{"Id", m.ID},
		{"Message id", m.MessageID},
		{"Delivery", m.Delivery},
	} {
		t.row(fact[0]+":", fact[1])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s", printable(m.Subject), t)
	prose(&b, "Body", m.Body)
	entries(&b, "Facts", m.Facts)
	entries(&b, "Links", m.Links)
	entries(&b, "Triggers", m.Triggers)
	return b.String()
}
