// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Transition implements [record.Transitioner].
func (s *changeStore) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	release, err := s.lock(ctx, ticket, id)
	if err != nil {
		return nil, err
	}
	defer release()
	c, _, err := s.current(ctx, id)
	if err != nil || c.State == t.To {
		return settled(c, err)
	}
	if t.To != record.ChangeCanceled {
		if err := s.notScheduled(c); err != nil {
			return nil, err
		}
	}
	if err := c.CheckTransition(t); err != nil {
		return nil, err
	}
	if t.To == record.ChangeClosed {
		if err := s.conclude(ctx, c, t); err != nil {
			return nil, err
		}
	}
	if err := s.move(ctx, c, t.To); err != nil {
		return nil, err
	}
	now, _, err := s.current(ctx, id)
	if err != nil {
		return nil, ambiguous(err, "%s was moved to %s and could not be read back", c.Number, t.To)
	}
	return now, nil
}

// conclude writes what a change is closed with, before it is closed: a closed ticket without it would look like one that was closed by hand.
func (s *changeStore) conclude(ctx context.Context, c change, t record.Transition) error {
	closed := record.Clone(c)
	closed.Outcome, closed.CloseNotes, closed.Evidence = t.Outcome, t.Notes, t.Evidence
	if !slices.Contains(record.ChangeOutcomes(), string(t.Outcome)) {
		return record.Errorf(record.ErrInvalid, "must be one of %s, is %q", strings.Join(record.ChangeOutcomes(), ", "), t.Outcome).On("outcome")
	}
	if err := refusal(about([]string{"close_notes", "evidence"}, append(closed.Validate(), unkeepable(closed)...))); err != nil {
		return err
	}
	custom := map[string]any{}
	s.encode(custom, closed, []string{"outcome", "close_notes", "evidence"}, s.places)
	said, err := s.put(ctx, ticket, c.ID, "", map[string]any{"CustomFields": custom})
	if err != nil {
		return err
	}
	r, err := s.written(ctx, c)
	if err != nil {
		return err
	}
	kept := record.Clone(closed)
	kept.Outcome, kept.CloseNotes, kept.Evidence = "", "", nil
	s.decode(kept, r, s.places)
	return s.lost(closed, kept, []string{"outcome", "close_notes", "evidence"}, r, said)
}

// move sets the status of a ticket and sees whether RT has done so, since it answers success in any case. Scrips may have moved the
// ticket further on its way at once; where it is elsewhere, somebody else has moved it.
func (s *changeStore) move(ctx context.Context, c change, to record.ChangeState) error {
	status := s.states.to[string(to)]
	before, err := s.one(ctx, ticket, c.ID)
	if err != nil {
		return err
	}
	if before == nil {
		return record.Errorf(record.ErrNotFound, "there is no ticket %s", c.ID)
	}
	if before.Status == status {
		return nil
	}
	said, err := s.put(ctx, ticket, c.ID, "", map[string]any{"Status": status})
	if err != nil {
		return err
	}
	after, err := s.written(ctx, c)
	if err != nil {
		return err
	}
	if after.Status == status || after.Status != before.Status && s.beyond(c.Type, after.Status, to) {
		return nil
	}
	return s.stuck(ctx, c, after, status, said)
}

// beyond says whether a status lies behind a state on the way of a type of change. Nothing lies behind new: whoever goes back wants
// to stay there.
func (s *changeStore) beyond(typ, status string, state record.ChangeState) bool {
	path := record.Path(typ)
	at, asked := slices.Index(path, record.ChangeState(s.states.ours(status))), slices.Index(path, state)
	return asked > 0 && at > asked
}

// written reads a ticket that was written a moment ago. Where that fails, nobody knows what was written.
func (s *changeStore) written(ctx context.Context, c change) (*row, error) {
	r, err := s.one(ctx, ticket, c.ID)
	if err == nil && r == nil {
		err = record.Errorf(record.ErrNotFound, "there is no ticket %s", c.ID)
	}
	if err != nil {
		return nil, ambiguous(err, "%s was written and could not be read back", c.Number)
	}
	return r, nil
}

// stuck is the refusal of a step, with RT's words and what stands in the way.
func (s *changeStore) stuck(ctx context.Context, c change, r *row, status string, said []string) error {
	e := record.Errorf(record.ErrRefused, "%s is in status %s and does not go to %s: %s answered %q", c.Number, r.Status, status, title, strings.Join(said, "; "))
	words := strings.ToLower(strings.Join(said, " "))
	switch {
	case strings.Contains(words, "unresolved dependencies"):
		names, err := s.unresolved(ctx, r)
		if err != nil {
			return err
		}
		return e.Advise("First resolve what the ticket depends on, or remove the links: %s", strings.Join(names, "; "))
	case strings.Contains(words, "permission denied"):
		return e.Advise("The account has no right to take this step in the queue %q: ModifyTicket, or the right that the lifecycle asks for from %s to %s. "+
			"Into %s RT itself takes a change that its approvers have approved, or that was opened as a standard change, by the scrips of the set-up", s.queue, r.Status, status, s.states.to[string(record.ChangeScheduled)])
	}
	return e.Advise("The lifecycle of the queue %q offers %s. Give it the lifecycle of the set-up, or name its statuses in the option change_statuses", s.queue, orNone(r.next()))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no other status"
	}
	return strings.Join(names, ", ")
}

// unresolved names the tickets on which a ticket depends and that have not been resolved.
func (s *changeStore) unresolved(ctx context.Context, r *row) ([]string, error) {
	rows, err := s.byIDs(ctx, approvalList, "id", " AND (Type = 'ticket' OR Type = 'approval' OR Type = 'reminder')", r.linked("depends-on", ticket))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range rows {
		if !slices.Contains([]string{"resolved", statusRejected, statusDeleted, s.states.to[string(record.ChangeClosed)], s.states.to[string(record.ChangeCanceled)]}, d.Status) {
			names = append(names, fmt.Sprintf("#%s %q, which is %s", d.ID, d.Subject, d.Status))
		}
	}
	if len(names) == 0 {
		names = append(names, "tickets that the account may not see")
	}
	return names, nil
}
