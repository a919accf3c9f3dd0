// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func secretCommand(s *session) *cobra.Command {
	return group("secret", "Show and fetch delivered secrets", "  "+program+" secret list --stack payments-prod", secretListCommand(s), secretRetrieveCommand(s))
}

func secretListCommand(s *session) *cobra.Command {
	var stack string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the secrets that were delivered",
		Long: `List the secrets that were delivered, without what is in them: the registry cannot open them.

One that is waiting can be fetched by its recipient; one that was retrieved was for one time and is gone from the registry.`,
		Example: "  " + program + " secret list --stack payments-prod",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				found, err := r.Records(ctx, record.KindSecretDelivery, record.Query{Stack: stack})
				if err != nil {
					return failed("listing the secrets of the registry "+shownDatabase(s.database), err)
				}
				slices.SortFunc(found, byName)
				if asJSON {
					return s.writeJSON(documents(found))
				}
				return s.write(s.secretTable(found, stack))
			})
		},
	}
	addStackFlag(cmd, &stack)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of JSON objects")
	return cmd
}

func (s *session) secretTable(found []record.Record, stack string) string {
	if len(found) == 0 {
		return fmt.Sprintf("The registry %s has no live %s.\n", printable(shownDatabase(s.database)), wording(record.KindSecretDelivery, stack))
	}
	t := newTable("PATH", "STATUS", "RECIPIENT", "FOR", "ONE TIME", "EXPIRES", "RETRIEVED", "BY", "STACK")
	for _, f := range found {
		d := f.(*record.SecretDelivery)
		once := "no"
		if d.OneTime {
			once = "yes"
		}
		t.row(d.Path, deliveryStatus(d, time.Now()), shortKey(d.Recipient), d.MadeFor, once, localTime(d.ExpiresAt), localTime(d.RetrievedAt), d.RetrievedBy, d.Stack)
	}
	return t.String()
}

func deliveryStatus(d *record.SecretDelivery, now time.Time) string {
	switch {
	case d.OneTime && !d.RetrievedAt.IsZero():
		return "retrieved"
	case d.Expired(now):
		return "expired"
	}
	return "waiting"
}

// shortKey is a public key by what people tell it by: the comment of an SSH key, else its beginning.
func shortKey(key string) string {
	words := strings.Fields(key)
	if len(words) > 2 {
		return words[0] + " " + strings.Join(words[2:], " ")
	}
	const beginning = 24
	return cmp.Or(key[:min(len(key), beginning)]+"…", "-")
}

func secretRetrieveCommand(s *session) *cobra.Command {
	var stack string
	cmd := &cobra.Command{
		Use:   "retrieve PATH",
		Short: "Print a delivered secret, sealed, for its recipient to open",
		Long: `Print the sealed secret that lies at a path. Its recipient opens it with age and the private key; it is a JSON object.

The retrieval is noted in the registry, with the time and the user who ran this command. A one-time delivery is given out
once and is then gone; one that has expired is not given out. Neither is delivered again by a plan: for that,
raise secret_wo_version of its block.`,
		Example: "  " + program + " secret retrieve vm/web-01/admin | age -d -i ~/.ssh/id_ed25519\n" +
			"  " + program + " secret retrieve vm/web-01/admin --stack payments-prod > admin.age",
		Args: exactly("PATH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				message, err := r.RetrieveSecret(ctx, stack, args[0])
				if err != nil {
					return failed(fmt.Sprintf("retrieving the secret at %q from the registry %s", args[0], shownDatabase(s.database)), err)
				}
				return s.write(message)
			})
		},
	}
	addStackFlag(cmd, &stack)
	return cmd
}
