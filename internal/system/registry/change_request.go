// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// changeRules: what was approved is evidence. A change is never erased, and what an approver saw is not edited after the approval.
type changeRules struct{ plain }

func (changeRules) erasable() bool { return false }

func (changeRules) creating(ctx context.Context, tx *transaction, r record.Record) error {
	c := r.(*record.ChangeRequest)
	var n int64
	if _, err := tx.one(ctx, []any{&n}, "UPDATE infraops_sequence SET value = value + 1 WHERE name = ? RETURNING value", string(record.KindChangeRequest)); err != nil {
		return err
	}
	c.Number = fmt.Sprintf("CHG%07d", n)
	c.State, c.Approval = record.ChangeNew, record.ApprovalNotRequested
	c.Outcome, c.CloseNotes, c.Evidence, c.ClosedAt = "", "", nil, record.ChangeRequest{}.ClosedAt
	if c.Type == record.ChangeTypeStandard {
		c.State, c.Approval = record.ChangeScheduled, record.ApprovalApproved
	}
	return nil
}

// referenceOf is what people call a record besides its id: the number of a change request.
func referenceOf(r record.Record) sql.NullString {
	if c, ok := r.(*record.ChangeRequest); ok {
		return sql.NullString{String: c.Number, Valid: true}
	}
	return sql.NullString{}
}

func (changeRules) created(ctx context.Context, tx *transaction, id int64, r record.Record) error {
	if r.(*record.ChangeRequest).Type != record.ChangeTypeStandard {
		return nil
	}
	return preApprove(ctx, tx, id)
}

// preApprove records why a standard change needs no decision.
func preApprove(ctx context.Context, tx *transaction, id int64) error {
	return decide(ctx, tx, id, Verdict{By: "standard change (pre-approved)", Approve: true})
}

// moved are the fields that the change's life writes, and no update.
var moved = []string{"number", "state", "approval", "outcome", "close_notes", "evidence", "closed_at"}

func (changeRules) updating(ctx context.Context, tx *transaction, id int64, wasRecord, nowRecord record.Record) error {
	was, now := wasRecord.(*record.ChangeRequest), nowRecord.(*record.ChangeRequest)
	for _, field := range moved {
		if f, _ := record.FieldNamed(was, field); !f.Equal(was, now) {
			return record.Errorf(record.ErrRefused, "%s of %s follows from what happens to the change and is not edited", field, was.Number).On(field).
				Advise("Submit, approve, implement or close the change instead")
		}
	}
	edited := record.ContentChanges(was, now)
	switch {
	case len(edited) == 0:
		return nil
	case !was.Open():
		return record.Errorf(record.ErrRefused, "%s is %s and is kept as evidence: %s cannot be edited", was.Number, was.State, strings.Join(edited, ", ")).On(edited[0]).
			Advise("Open a new change request: give it another name or other triggers")
	case was.Approval == record.ApprovalApproved:
		return record.Errorf(record.ErrRefused, "%s was approved as it is: %s cannot be edited", was.Number, strings.Join(edited, ", ")).On(edited[0]).
			Advise("Open a new change request: give it another name or other triggers, and cancel %s", was.Number)
	}
	return reopen(ctx, tx, id, now)
}

// reopen takes an edited change back to its beginning, so that a decision about the new content is asked for. What
// was decided about the old one stays in the database and in the history, and counts no longer.
func reopen(ctx context.Context, tx *transaction, id int64, c *record.ChangeRequest) error {
	c.State, c.Approval = record.ChangeNew, record.ApprovalNotRequested
	if _, err := tx.exec(ctx, "UPDATE infraops_decision SET is_current = 0 WHERE record_id = ? AND is_current = 1", id); err != nil {
		return err
	}
	if c.Type != record.ChangeTypeStandard {
		return nil
	}
	c.State, c.Approval = record.ChangeScheduled, record.ApprovalApproved
	return preApprove(ctx, tx, id)
}

// changeStore can also move changes and have them approved.
type changeStore struct{ *store }

// Transition implements [record.Transitioner].
func (s *changeStore) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	return asChange(s.change(ctx, id, actionTransition, func(tx *transaction, _ int64, _, now record.Record) error {
		c := now.(*record.ChangeRequest)
		if c.State == t.To {
			return nil
		}
		if err := c.CheckTransition(t); err != nil {
			return err
		}
		c.State = t.To
		if t.To != record.ChangeClosed {
			return nil
		}
		if !slices.Contains(record.ChangeOutcomes(), string(t.Outcome)) {
			return record.Errorf(record.ErrInvalid, "must be one of %s, is %q", strings.Join(record.ChangeOutcomes(), ", "), t.Outcome).On("outcome")
		}
		c.Outcome, c.CloseNotes, c.Evidence, c.ClosedAt = t.Outcome, t.Notes, t.Evidence, tx.at
		return record.Check(c)
	}))
}

// RequestApproval implements [record.Approver]. The steps to authorize are the registry's own: nobody assesses here.
func (s *changeStore) RequestApproval(ctx context.Context, id string) (*record.ChangeRequest, error) {
	return asChange(s.within(ctx, id, func(tx *transaction, n int64, was record.Record) error {
		c := was.(*record.ChangeRequest)
		steps, ahead := c.StepsTo(record.ChangeAuthorize)
		if c.Approval != record.ApprovalNotRequested || !ahead {
			return nil
		}
		for _, step := range steps {
			now := record.Clone(c)
			now.State = step
			if err := s.save(ctx, tx, entry{action: actionTransition, id: n, was: c, now: now}); err != nil {
				return err
			}
			c = now
		}
		now := record.Clone(c)
		now.Approval = record.ApprovalRequested
		return s.save(ctx, tx, entry{action: actionRequestApproval, id: n, was: c, now: now})
	}))
}

// Approvals implements [record.Approver]. The registry has no list of approvers, so all that is undecided is the whole.
func (s *changeStore) Approvals(ctx context.Context, ids []string) (map[string][]record.Decision, error) {
	var numbers []int64
	for _, id := range ids {
		if n, ok := numeric(id); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	decisions := map[string][]record.Decision{}
	if len(ids) == 0 {
		return decisions, nil
	}
	err := s.r.read(ctx, func(q session) error {
		clear(decisions)
		for chunk := range slices.Chunk(numbers, pageSize) {
			if err := readDecisions(ctx, q, chunk, decisions); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errAbsent) {
		return nil, s.r.absent()
	}
	if err != nil {
		return nil, err
	}
	return decisions, nil
}

func readDecisions(ctx context.Context, q session, ids []int64, into map[string][]record.Decision) error {
	return q.each(ctx, func(rows *sql.Rows) error {
		var d record.Decision
		var change int64
		var at string
		if err := rows.Scan(&change, &d.Name, &d.Decision, &d.Comment, &at); err != nil {
			return err
		}
		var err error
		d.DecidedAt, err = parseTime(at)
		id := strconv.FormatInt(change, 10)
		into[id] = append(into[id], d)
		return err
	}, "SELECT record_id, name, decision, comment, decided_at FROM infraops_decision WHERE is_current = 1 AND record_id IN ("+placeholders(len(ids))+") ORDER BY id", anys(ids)...)
}

// Calendar implements [record.ConflictFinder].
func (s *changeStore) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	return record.CalendarOf(ctx, s.r.stores, kinds...)
}

// HowToApprove implements [record.Approver].
func (s *changeStore) HowToApprove(c *record.ChangeRequest) string {
	return "Have an approver other than the requester run:\n\n  terraform-provider-infraops change approve " + c.Number + " --as NAME" + s.r.databaseFlag()
}

// databaseFlag is how a command is told of this registry; empty where it finds it itself.
func (r *Registry) databaseFlag() string {
	switch {
	case r.database == defaultDatabase:
		return ""
	case isURL(r.database):
		return " --database '" + displayURL(r.database) + "'"
	case strings.ContainsAny(r.database, " '\"$&;()<>|*?`\\"):
		return " --database '" + strings.ReplaceAll(r.database, "'", `'\''`) + "'"
	}
	return " --database " + r.database
}

func asChange(r record.Record, err error) (*record.ChangeRequest, error) {
	if err != nil {
		return nil, err
	}
	return r.(*record.ChangeRequest), nil
}
