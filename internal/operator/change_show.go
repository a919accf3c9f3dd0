// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

func changeShowCommand(s *session) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show NUMBER",
		Short: "Show all that an approver decides about",
		Long: `Show one change request: what is asked for and when, the configuration items, the plans, who has decided what,
and what can be done next. The content hash is what an approval binds to: other content has another hash.`,
		Example: "  " + program + " change show CHG0000042",
		Args:    exactly("NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withRegistry(cmd.Context(), func(ctx context.Context, r *registry.Registry) error {
				return s.showChange(ctx, r, args[0], asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func (s *session) showChange(ctx context.Context, r *registry.Registry, number string, asJSON bool) error {
	change, decisions, err := r.ChangeByNumber(ctx, number)
	if err != nil {
		return failed(s.about("reading", number), err)
	}
	if asJSON {
		return s.writeJSON(struct {
			document
			Decisions []record.Decision `json:"decisions"`
		}{documentOf(change), append([]record.Decision{}, decisions...)})
	}
	items, err := itemsOf(ctx, r, change)
	if err != nil {
		return failed("reading the configuration items of "+change.Number+" from the registry "+shownDatabase(s.database), err)
	}
	undone, err := undoneBy(ctx, r, change)
	if err != nil {
		return failed("reading what "+change.Number+" decommissions from the registry "+shownDatabase(s.database), err)
	}
	return s.write(changePage{change, undone, items, decisions}.String() + s.nextStep(change))
}

// about says what is being done to which change request, for an error.
func (s *session) about(doing, number string) string {
	return fmt.Sprintf("%s change request %q in the registry %s", doing, number, shownDatabase(s.database))
}

// undoneBy names the change request whose things this one is to destroy; empty for any other change.
func undoneBy(ctx context.Context, r *registry.Registry, c *record.ChangeRequest) (string, error) {
	id := c.Decommissions()
	if id == "" {
		return "", nil
	}
	store, err := r.Stores().Of(record.KindChangeRequest)
	if err != nil {
		return "", err
	}
	found, err := store.Get(ctx, []string{id})
	if err != nil {
		return "", err
	}
	if provisioned, ok := found[id].(*record.ChangeRequest); ok && provisioned.Stack == c.Stack {
		return provisioned.Number + "  " + provisioned.Summary, nil
	}
	return "", nil
}

// itemsOf names the configuration items of a change. One that another system keeps is not in the registry: its id must do.
func itemsOf(ctx context.Context, r *registry.Registry, c *record.ChangeRequest) ([]string, error) {
	if len(c.ConfigurationItemIDs) == 0 {
		return nil, nil
	}
	store, err := r.Stores().Of(record.KindConfigurationItem)
	if err != nil {
		return nil, err
	}
	found, err := store.Get(ctx, c.ConfigurationItemIDs)
	if err != nil {
		return nil, err
	}
	items := make([]string, 0, len(c.ConfigurationItemIDs))
	for _, id := range c.ConfigurationItemIDs {
		item, ok := found[id]
		if !ok {
			items = append(items, "id "+id+", which is not in this registry")
			continue
		}
		status, _ := record.Text(item, "status")
		items = append(items, fmt.Sprintf("%s, %s (id %s)", item.NaturalName(), status, id))
	}
	slices.Sort(items)
	return items, nil
}

// changePage is a change request as an approver reads it.
type changePage struct {
	change *record.ChangeRequest
	// undone is the change request whose things this one is to destroy.
	undone    string
	items     []string
	decisions []record.Decision
}

func (p changePage) String() string {
	c := p.change
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n%s", printable(c.Number), printable(c.Summary), p.facts())
	prose(&b, "Description", c.Description)
	prose(&b, "Justification", c.Justification)
	prose(&b, "Configuration items", strings.Join(p.items, "\n"))
	prose(&b, "Implementation plan", c.ImplementationPlan)
	prose(&b, "Backout plan", c.BackoutPlan)
	prose(&b, "Test plan", c.TestPlan)
	entries(&b, "Triggers", c.Triggers)
	for _, name := range slices.Sorted(maps.Keys(c.Attachments)) {
		prose(&b, "Attachment "+printable(name), c.Attachments[name])
	}
	p.closing(&b)
	b.WriteString("\nDecisions\n" + p.decisionList())
	return b.String()
}

// facts is the block of short values. What was left out is left out here too.
func (p changePage) facts() string {
	c := p.change
	t := newTable()
	for _, fact := range [][2]string{
		{"State", string(c.State)},
		{"Approval", string(c.Approval)},
		{"Decommissions", p.undone},
		{"Requested by", c.RequestedBy},
		{"Window", window(c.PlannedStart, c.PlannedEnd)},
		{"Environment", c.Environment},
		{"Type", c.Type},
		{"Template", c.Template},
		{"Risk", c.Risk},
		{"Impact", c.Impact},
		{"Category", c.Category},
		{"Assignment group", c.AssignmentGroup},
		{"Stack", c.Stack},
		{"Name", c.NaturalName()},
		{"Id", c.ID},
		{"Content hash", c.ContentHash},
	} {
		if fact[1] != "" && fact[1] != "-" {
			t.row(fact[0]+":", fact[1])
		}
	}
	return t.String()
}

func (p changePage) closing(b *strings.Builder) {
	c := p.change
	if c.Outcome == "" {
		return
	}
	fmt.Fprintf(b, "\nClosed %s as %s\n%s", localTime(c.ClosedAt), printable(string(c.Outcome)), paragraphs(c.CloseNotes, "  "))
	entries(b, "Evidence", c.Evidence)
}

func (p changePage) decisionList() string {
	if len(p.decisions) == 0 {
		return "  none\n"
	}
	var b strings.Builder
	for _, d := range p.decisions {
		if d.DecidedAt.IsZero() {
			fmt.Fprintf(&b, "  %s has not decided yet\n", printable(d.Name))
			continue
		}
		fmt.Fprintf(&b, "  %s %s at %s\n", printable(d.Name), printable(d.Decision), localTime(d.DecidedAt))
		if d.Comment != "" {
			b.WriteString(paragraphs(d.Comment, "    "))
		}
	}
	return b.String()
}

// nextStep says who can do what now.
func (s *session) nextStep(c *record.ChangeRequest) string {
	asker, again, goOn := "an infraops_change_approval does so when it is applied", "terraform apply", "terraform apply"
	if c.Decommissions() != "" {
		asker, again, goOn = "the infraops_change_decommission does so when it is destroyed", "terraform apply and terraform destroy", "terraform destroy"
	}
	next := "Nothing can be decided any more: the change request is kept as evidence."
	switch {
	case !c.Open():
	case c.Approval == record.ApprovalRejected:
		next = "It was rejected. The requester changes what was objected to and runs " + again + ", which asks again."
	case c.Approval == record.ApprovalApproved && !c.PlannedStart.IsZero():
		next = "It is approved: " + goOn + " goes on from here, within the window."
	case c.Approval == record.ApprovalApproved:
		next = "It is approved: " + goOn + " goes on from here."
	case c.Approval == record.ApprovalNotRequested:
		next = "No approval has been asked for yet: " + asker + "."
	default:
		next = "Somebody other than the requester decides:\n" +
			"  " + s.proposal("change approve %s --as NAME --comment TEXT", c.Number) + "\n" +
			"  " + s.proposal("change reject %s --as NAME --comment TEXT", c.Number)
	}
	return "\nNext\n" + paragraphs(next, "  ")
}
