// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	// approvalQueue is where RT keeps all approvals. It cannot be another.
	approvalQueue = "___Approvals"
	approvalType  = "approval"

	// The statuses of approvals that were decided.
	resolved = "resolved"
	denied   = "rejected"

	// inAdvance is who has approved a standard change.
	inAdvance = "standard change (approved in advance)"
)

// approval is one ticket in the queue of approvals.
type approval struct {
	id, status string
	// asked are those who can decide.
	asked []string
	// by is who has decided, at the time and by the transaction; empty while nobody has.
	by string
	// alias are other names of theirs: an e-mail address, a real name.
	alias       []string
	at          time.Time
	transaction int64
	comment     string
}

func (a approval) decided() bool { return a.status == resolved || a.status == denied }

// given says whether somebody has decided, under whatever name.
func (a approval) given(by string) bool {
	return slices.ContainsFunc(append([]string{a.by}, a.alias...), func(name string) bool { return name != "" && record.SamePerson(name, by) })
}

// approvals lists the approvals on which changes depend, oldest first. Those of an earlier round are no longer linked in this way.
func (s *changeStore) approvals(ctx context.Context, changes []string) (map[string][]*approval, error) {
	rows, err := s.byIDs(ctx, approvalList, "DependedOnBy", " AND Type = "+quoted(approvalType)+" AND Queue = "+quoted(approvalQueue), changes)
	if err != nil {
		return nil, err
	}
	found := map[string][]*approval{}
	decided := map[string]*approval{}
	for _, r := range rows {
		a := &approval{id: string(r.ID), status: r.Status}
		for _, who := range r.AdminCc {
			a.asked = append(a.asked, who.String())
		}
		if who := r.Owner.String(); who != "" && who != "Nobody" {
			a.asked = []string{who}
		}
		if a.decided() {
			decided[a.id] = a
		}
		for _, id := range r.linked("depended-on-by", ticket) {
			if slices.Contains(changes, id) {
				found[id] = append(found[id], a)
			}
		}
	}
	for _, all := range found {
		slices.SortFunc(all, func(a, b *approval) int { return byNumber(a.id, b.id) })
	}
	return found, s.deciders(ctx, decided)
}

func ids(approvals map[string]*approval) []string {
	var all []string
	for id := range approvals {
		all = append(all, id)
	}
	return all
}

// standing derives state and approval of a change from what approvers have decided. The status of a ticket is no proof: whoever
// has the right can set it. Where RT itself still waits, it waits for an approval that the account may not see.
func standing(c change, creator string, approvals []*approval) {
	approved, waiting, rejected := tally(approvals, cmp.Or(c.RequestedBy, creator))
	switch {
	case inAdvanceOf(c):
		c.Approval = record.ApprovalApproved
	case c.State == record.ChangeNew, !c.Open() && len(approvals) == 0:
		c.Approval = record.ApprovalNotRequested
	case c.State == statusRejected, rejected > 0 && c.Open():
		c.State, c.Approval = record.ChangeNew, record.ApprovalRejected
	case rejected > 0:
		c.Approval = record.ApprovalRejected
	case approved > 0 && waiting == 0 && c.State != record.ChangeAssess && c.State != record.ChangeAuthorize:
		c.Approval = record.ApprovalApproved
	default:
		c.Approval = record.ApprovalRequested
		if c.State == record.ChangeScheduled {
			c.State = record.ChangeAuthorize // Somebody has moved the ticket; it waits all the same.
		}
	}
}

// inAdvanceOf says whether a change was approved as a standard change. Its type alone is a custom field that others can write: what
// counts is that RT has moved it, which a scrip does and nobody without the right to decide.
func inAdvanceOf(c change) bool {
	return c.Type == record.ChangeTypeStandard &&
		slices.Contains([]record.ChangeState{record.ChangeScheduled, record.ChangeImplement, record.ChangeReview, record.ChangeClosed}, c.State)
}

// notScheduled refuses to go on with a standard change that RT has left where it was opened; nil for others. RT moves it while it
// opens it or never, so there is nothing to wait for.
func (s *changeStore) notScheduled(c change) error {
	if c.Type != record.ChangeTypeStandard || c.State != record.ChangeNew {
		return nil
	}
	field := "Change Type"
	for _, p := range s.places {
		if p.field == "type" {
			field = s.custom(p)
		}
	}
	scheduled := s.states.to[string(record.ChangeScheduled)]
	return record.Errorf(record.ErrRefused, "%s is a standard change and %s has left it in status %s: it was not approved in advance", c.Number, title, s.states.to[string(record.ChangeNew)]).
		Advise("The scrip that moves a standard change to %s when it is opened is missing in the queue %q, or it looks at another custom field than %q: have the administrator of %s run the set-up script "+
			"for the queue, then move the ticket to %s by hand, or cancel it and apply again: %s", scheduled, s.queue, field, title, scheduled, c.URL)
}

// tally counts the decisions. The requester's own approval does not count, and neither does one that nobody has given.
func tally(approvals []*approval, requester string) (approved, waiting, rejected int) {
	for _, a := range approvals {
		switch {
		case a.status == denied:
			rejected++
		case a.status != resolved:
			waiting++
		case a.by != "" && !a.given(requester):
			approved++
		}
	}
	return approved, waiting, rejected
}

// RequestApproval implements [record.Approver]. A scrip of RT opens the approvals.
func (s *changeStore) RequestApproval(ctx context.Context, id string) (*record.ChangeRequest, error) {
	release, err := s.lock(ctx, ticket, id)
	if err != nil {
		return nil, err
	}
	defer release()
	c, _, err := s.current(ctx, id)
	if err != nil || c.Approval != record.ApprovalNotRequested {
		return settled(c, err)
	}
	if !c.Open() {
		return nil, record.Errorf(record.ErrRefused, "%s is %s", c.Number, c.State)
	}
	if err := s.notScheduled(c); err != nil {
		return nil, err
	}
	if err := s.move(ctx, c, record.Path(c.Type)[1]); err != nil {
		return nil, err
	}
	now, _, err := s.current(ctx, id)
	if err != nil {
		return nil, ambiguous(err, "%s was submitted and could not be read back", c.Number)
	}
	return now, nil
}

// Approvals implements [record.Approver].
func (s *changeStore) Approvals(ctx context.Context, changes []string) (map[string][]record.Decision, error) {
	rows, err := s.rows(ctx, s.list, changes)
	if err != nil {
		return nil, err
	}
	found, approvals, err := s.judged(ctx, rows)
	if err != nil {
		return nil, err
	}
	if err := s.comments(ctx, approvals); err != nil {
		return nil, err
	}
	decisions := map[string][]record.Decision{}
	for i, c := range found {
		switch {
		case inAdvanceOf(c):
			decisions[c.ID] = []record.Decision{{Name: inAdvance, Decision: string(record.ApprovalApproved), DecidedAt: rows[i].Created.Time}}
		case c.Approval != record.ApprovalNotRequested:
			for _, a := range approvals[c.ID] {
				decisions[c.ID] = append(decisions[c.ID], a.decision())
			}
		}
	}
	return decisions, nil
}

func (a approval) decision() record.Decision {
	d := record.Decision{Name: strings.Join(a.asked, ", "), Decision: string(record.ApprovalRequested)}
	if d.Name == "" {
		d.Name = "approval #" + a.id
	}
	if a.decided() {
		d = record.Decision{Name: a.by, Decision: string(record.ApprovalApproved), DecidedAt: a.at, Comment: a.comment}
		if a.status == denied {
			d.Decision = string(record.ApprovalRejected)
		}
	}
	return d
}

// asked is what is known about an approval that waits.
type asked struct{ id, who string }

// asking lists the approvals that wait.
func asking(approvals []*approval) []asked {
	waiting := []asked{}
	for _, a := range approvals {
		if !a.decided() {
			waiting = append(waiting, asked{a.id, strings.Join(a.asked, " or ")})
		}
	}
	return waiting
}

// HowToApprove implements [record.Approver].
func (s *changeStore) HowToApprove(c *record.ChangeRequest) string {
	known, ok := s.asked.Load(c.ID)
	if !ok || c.Approval != record.ApprovalRequested {
		return fmt.Sprintf("Have an approver other than the requester decide on it in %s, among the approvals:\n\n  %s/Approvals/", title, s.url)
	}
	waiting := known.([]asked)
	if len(waiting) == 0 {
		return fmt.Sprintf("Nobody is asked who could approve %s: %s opens no approval for it. Have its administrator run the set-up script, which adds the scrip that does so to the queue %q, "+
			"then take the ticket back to %s, or cancel it: %s", c.Number, title, s.queue, s.states.to[string(record.ChangeNew)], c.URL)
	}
	return fmt.Sprintf("Have %s, and not the requester, decide on it in %s:\n\n  %s/Approvals/Display.html?id=%s", cmp.Or(waiting[0].who, "an approver"), title, s.url, waiting[0].id)
}
