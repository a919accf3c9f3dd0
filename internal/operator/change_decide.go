// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// decision is the wording of one of the two verdicts.
type decision struct {
	verb, doing, done, short string
	approve                  bool
}

var (
	approving = decision{verb: "approve", doing: "approving", done: "approved", short: "Approve a change request", approve: true}
	rejecting = decision{verb: "reject", doing: "rejecting", done: "rejected", short: "Reject a change request"}
)

func decisionCommand(s *session, d decision) *cobra.Command {
	var verdict registry.Verdict
	cmd := &cobra.Command{
		Use:   d.verb + " NUMBER --as NAME",
		Short: d.short,
		Long: d.short + `, in the name of the person given with --as.

A change is decided about once, while its approval is requested, and its requester cannot approve it. The registry
does not check who sits at the keyboard: whoever can write to the database can decide. It keeps the name, the time,
the comment, and in the history the user who ran this command.`,
		Example: fmt.Sprintf("  %s change %s CHG0000042 --as grace --comment \"Discussed with the database team\"", program, d.verb),
		Args:    exactly("NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkVerdict(cmd, verdict); err != nil {
				return err
			}
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				change, err := r.Decide(ctx, args[0], verdict)
				if err != nil {
					return failed(s.about(d.doing, args[0]), err)
				}
				return s.write(fmt.Sprintf("%s %s by %s. Its state is %s, its approval %s.\nContent hash: %s\n%s",
					printable(change.Number), d.done, printable(verdict.By), change.State, change.Approval, change.ContentHash, s.nextStep(change)))
			})
		},
	}
	verdict.Approve = d.approve
	cmd.Flags().StringVar(&verdict.By, "as", "", "`NAME` of who decides (required)")
	cmd.Flags().StringVar(&verdict.ContentHash, "content-hash", "", "`HASH` that change show printed; an edit since then is refused")
	cmd.Flags().StringVar(&verdict.Comment, "comment", "", "`TEXT` for the requester and for the record: why")
	return cmd
}

func checkVerdict(cmd *cobra.Command, v registry.Verdict) error {
	example := fmt.Sprintf("For example: %s NUMBER --as grace", cmd.CommandPath())
	switch {
	case !cmd.Flags().Changed("as"):
		return misused("%s needs the name of who decides", cmd.CommandPath()).advise("%s", example)
	case strings.TrimSpace(v.By) == "":
		return misused("the name after --as is empty").advise("%s", example)
	case strings.TrimSpace(v.By) != v.By:
		return misused("the name after --as begins or ends with white space").advise("%s", example)
	case !onlyRunes(v.By, unicode.IsPrint):
		return misused("the name after --as, %q, has characters that cannot be printed", v.By).advise("%s", example)
	case utf8.RuneCountInString(v.By) > record.MaxName:
		return misused("the name after --as has %d characters; at most %d are kept", utf8.RuneCountInString(v.By), record.MaxName).advise("%s", example)
	case !onlyRunes(v.Comment, proseRune):
		return misused("the comment has characters that cannot be printed").advise("Write it as plain text; line breaks are fine")
	case utf8.RuneCountInString(v.Comment) > record.MaxText:
		return misused("the comment has %d characters; at most %d are kept", utf8.RuneCountInString(v.Comment), record.MaxText).advise("Refer to a document instead")
	}
	return nil
}

func onlyRunes(s string, allowed func(rune) bool) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !allowed(r) })
}

func proseRune(r rune) bool { return unicode.IsGraphic(r) || r == '\n' || r == '\t' || r == '\r' }
