// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// approval is what one approver was asked, and what came of it.
type approval struct {
	id, change string
	// approver is a sys_id. Names can be hidden, or alike.
	approver, created string
	decision          record.Decision
}

// decisions are the states of approvals that count. An approval that was cancelled, or is not required, is no decision.
var decisions = map[string]record.Approval{
	"requested": record.ApprovalRequested, "approved": record.ApprovalApproved, "rejected": record.ApprovalRejected,
}

// approvalsOf reads the approvals of changes, oldest first.
func (s *changeStore) approvalsOf(ctx context.Context, changes []row, stack string) ([]approval, error) {
	// The comments are a journal: only their display value holds them.
	rows, err := s.hanging(ctx, listing{
		table: "sysapproval_approver", display: true,
		fields: []string{"sys_id", "sysapproval", "state", "approver", "approver.user_name", "comments", "sys_created_on", "sys_updated_on"},
	}, "sysapproval", changes, stack)
	if err != nil {
		return nil, err
	}
	approvals := make([]approval, 0, len(rows))
	for _, r := range rows {
		if _, shown := r["approver"]; !shown {
			return nil, notShown("sysapproval_approver.approver")
		}
		state, counts := decisions[r["state"]]
		if !counts {
			continue
		}
		// A requester whose name is hidden is called by the sys_id as well, so that the two can be compared.
		d := record.Decision{Name: cmp.Or(r["approver.user_name"], r["approver"]), Decision: string(state)}
		if state != record.ApprovalRequested {
			d.Comment = lastEntry(r[shown("comments")])
			if d.DecidedAt, err = time.Parse(moment, r["sys_updated_on"]); err != nil {
				return nil, record.Errorf(record.ErrUnavailable, "the time of a decision about a change is %q", r["sys_updated_on"]).Because(err)
			}
		}
		approvals = append(approvals, approval{r["sys_id"], r["sysapproval"], r["approver"], r["sys_created_on"], d})
	}
	slices.SortStableFunc(approvals, func(a, b approval) int {
		return cmp.Or(cmp.Compare(a.created, b.created), a.decision.DecidedAt.Compare(b.decision.DecidedAt))
	})
	return approvals, nil
}

// lastEntry is the newest entry of a journal, without the line that says when and by whom it was written.
func lastEntry(journal string) string {
	_, entry, ok := strings.Cut(journal, "\n")
	if !ok {
		return ""
	}
	entry, _, _ = strings.Cut(entry, "\n\n")
	return strings.TrimSpace(entry)
}

// superseded are the approvals that an edit has taken back. They stay visible in ServiceNow, as history. A column that is not shown is
// an error: what was taken back would count again.
func (s *changeStore) superseded(r row) ([]string, error) {
	c := s.column(fieldSuperseded)
	c.field = "approval"
	text, err := c.text(r)
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }), nil
}

// takeBack lets the decisions about a change no longer count, and brings it to a state where that is given. It makes sure that the
// instance has kept both, so that nothing goes on from there with an approval of what was there before.
func (s *changeStore) takeBack(ctx context.Context, c *change, state string) error {
	values := map[string]string{}
	if len(c.approvals) > 0 {
		values[s.column(fieldSuperseded).name] = c.allApprovals()
	}
	if state != "" {
		values["state"] = state
	}
	if len(values) == 0 {
		return nil
	}
	if err := s.patch(ctx, s.name, c.ID, values); err != nil {
		return err
	}
	after, err := s.one(ctx, c.ID)
	if err != nil {
		return err
	}
	for column, wanted := range values {
		kept := after.row[column]
		if kept == wanted {
			continue
		}
		e := record.Errorf(record.ErrDropped, "ServiceNow answered that it has written %s.%s, and it has not: the decisions about %s would still count", s.name, column, c.Number).On("approval")
		if kept != "" && strings.HasPrefix(wanted, kept) {
			return e.Advise("It kept the first %d characters only: have the maximum length of %s.%s raised in the dictionary", len(kept), s.name, column)
		}
		return e.Advise("Most often an access rule (ACL, operation write) on %s.%s wants a role that the account lacks: %s. It can also be a business rule", s.name, column, roleFor[s.name])
	}
	return nil
}

// fieldSuperseded is what the mapping calls the column of the approvals that no longer count.
const fieldSuperseded = "decisions that no longer count"

// counting are the approvals that no edit has taken back.
func (c *change) counting(superseded []string) []approval {
	return slices.DeleteFunc(slices.Clone(c.approvals), func(a approval) bool { return slices.Contains(superseded, a.id) })
}

// standing is what was decided about a change as a whole: by what its approvers did, and by where that has brought it. A state alone is
// no approval, since somebody else than an approver can have set it.
func (c *change) standing(superseded []string) record.Approval {
	has := func(d record.Approval) bool {
		return slices.ContainsFunc(c.counting(superseded), func(a approval) bool {
			return a.decision.Decision == string(d) && (d != record.ApprovalApproved || a.approver != c.requester())
		})
	}
	switch {
	case c.preapproved():
		return record.ApprovalApproved
	case c.State == record.ChangeNew && has(record.ApprovalRejected):
		return record.ApprovalRejected
	case c.State == record.ChangeNew:
		return record.ApprovalNotRequested
	case c.State == record.ChangeAssess || c.State == record.ChangeAuthorize:
		if has(record.ApprovalRejected) {
			return record.ApprovalRejected
		}
		return record.ApprovalRequested
	case has(record.ApprovalApproved) && c.row["approval"] == "approved":
		return record.ApprovalApproved
	case has(record.ApprovalRejected):
		return record.ApprovalRejected
	case c.State == record.ChangeCanceled:
		return record.ApprovalNotRequested
	}
	return record.ApprovalRequested
}

// requester is the sys_id of who requested the change.
func (c *change) requester() string { return c.row["requested_by"] }

// notShown is the error where a column is hidden on which it depends whose approval counts.
func notShown(column string) error {
	return record.Errorf(record.ErrUnauthorized, "the column %s is not shown to the account, so that nobody can tell whose approval counts", column).On("approval").
		Advise("Give the account the right to read the column")
}

// preapproved says that the change was made of a standard template and is past its beginning: the template was approved before there
// was a change. A standard change without one was approved by nobody.
func (c *change) preapproved() bool {
	return c.Type == record.ChangeTypeStandard && c.row["std_change_producer_version"] != "" && c.State != record.ChangeNew && c.State != record.ChangeCanceled
}

// Approvals implements [record.Approver].
func (s *changeStore) Approvals(ctx context.Context, ids []string) (map[string][]record.Decision, error) {
	byStack := map[string][]string{}
	for _, id := range sysIDs(ids) {
		stack, _ := s.stacks.Load(id)
		text, _ := stack.(string)
		byStack[text] = append(byStack[text], id)
	}
	all := map[string][]record.Decision{}
	for stack, ids := range byStack {
		if err := s.decided(ctx, ids, stack, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// decided adds the decisions about changes of one stack.
func (s *changeStore) decided(ctx context.Context, ids []string, stack string, all map[string][]record.Decision) error {
	l := s.listing(nil)
	l.fields = append(l.fields, changeBesides...)
	var rows []row
	var err error
	if stack != "" && len(ids) > few {
		l.query = query{}.is(s.column(fieldStack).name, stack)
		rows, _, err = s.list(ctx, l)
		rows = slices.DeleteFunc(rows, func(r row) bool { return !slices.Contains(ids, r["sys_id"]) })
	} else {
		rows, _, err = s.listEach(ctx, l, ids, func(q query, some []string) query { return q.in("sys_id", some) })
	}
	if err != nil {
		return err
	}
	changes, err := s.read(ctx, rows, stack)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.preapproved() {
			all[c.ID] = []record.Decision{c.templateDecision()}
			continue
		}
		superseded, err := s.superseded(c.row)
		if err != nil {
			return err
		}
		for _, a := range c.counting(superseded) {
			all[c.ID] = append(all[c.ID], a.decision)
		}
	}
	return nil
}

// templateDecision says why a standard change needs no decision.
func (c *change) templateDecision() record.Decision {
	d := record.Decision{Name: "standard change template " + c.Template, Decision: string(record.ApprovalApproved)}
	d.DecidedAt, _ = time.Parse(moment, c.row["sys_created_on"])
	return d
}

// RequestApproval implements [record.Approver]. Leaving New is what asks the approvers.
func (s *changeStore) RequestApproval(ctx context.Context, id string) (*record.ChangeRequest, error) {
	c, err := s.one(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.Approval != record.ApprovalNotRequested || c.State != record.ChangeNew {
		if !c.Open() {
			return nil, record.Errorf(record.ErrRefused, "%s is %s, and nobody is asked about it any more", c.Number, c.State)
		}
		return c.ChangeRequest, nil
	}
	if err := s.unopposed(ctx, c); err != nil {
		return nil, err
	}
	if err := s.takeBack(ctx, c, ""); err != nil {
		return nil, err
	}
	return s.step(ctx, c, record.Path(c.Type)[1], map[string]string{})
}

// allApprovals are those that there have been, to be taken back.
func (c *change) allApprovals() string {
	ids := make([]string, len(c.approvals))
	for i, a := range c.approvals {
		ids[i] = a.id
	}
	return strings.Join(ids, ",")
}

// HowToApprove implements [record.Approver].
func (s *changeStore) HowToApprove(c *record.ChangeRequest) string {
	return "Have an approver other than the requester approve " + c.Title() + " in ServiceNow:\n\n  " + c.URL
}
