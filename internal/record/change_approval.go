// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is what one approver said, or has still to say.
type Decision struct {
	Name string `json:"name"`
	// Decision is one of the values of [Approval], without not_requested.
	Decision  string    `json:"decision"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	Comment   string    `json:"comment,omitempty"`
}

// ChangeApproval is a gate: it exists once its change request has been approved. It is a view of a [ChangeRequest], with the change's id.
type ChangeApproval struct {
	Meta
	ChangeRequestID string `json:"change_request_id"`
	// ContentHash binds the approval to what was approved.
	ContentHash string `json:"content_hash,omitempty"`
	// MaxWait is how long the gate waits for a decision; zero asks once.
	MaxWait      time.Duration `json:"max_wait,omitempty" infraops:"input"`
	PollInterval time.Duration `json:"poll_interval,omitempty" infraops:"input"`
	// EnforceWindow opens the gate only between the change's planned start and end.
	EnforceWindow bool `json:"enforce_window,omitempty" infraops:"input"`
	// StartImplementation walks an approved change to implement.
	StartImplementation bool       `json:"start_implementation,omitempty" infraops:"input"`
	Approvers           []Decision `json:"approvers,omitempty"`
	ApprovedAt          time.Time  `json:"approved_at,omitzero"`
}

// KindChangeApproval is the kind of [ChangeApproval].
var KindChangeApproval = define(Definition{
	Kind: "change_approval", Role: RoleChange, Title: "change approval",
	New:  func() Record { return new(ChangeApproval) },
	From: "change_request", NameForm: "<change_request_id>",
	Derive: func(s Stores) (Store[Record], error) {
		gate, err := newApprovalGate(s, time.Now)
		if err != nil {
			return nil, err
		}
		return erased[*ChangeApproval]{gate}, nil
	},
})

// Kind implements [Record].
func (*ChangeApproval) Kind() Kind { return "change_approval" }

// NaturalName implements [Record]: a change has one approval.
func (a *ChangeApproval) NaturalName() string { return a.ChangeRequestID }

// MinPollInterval is how often a gate may ask at most.
const MinPollInterval = time.Second

// Wait says how long the gate may wait for a decision, and how often it asks.
func (a *ChangeApproval) Wait() (limit, interval time.Duration) {
	return a.MaxWait, max(a.PollInterval, MinPollInterval)
}

// Canonicalise implements [Record].
func (a *ChangeApproval) Canonicalise() {
	a.ApprovedAt = canonicalTime(a.ApprovedAt)
	for i := range a.Approvers {
		a.Approvers[i].DecidedAt = canonicalTime(a.Approvers[i].DecidedAt)
	}
}

// Validate implements [Record].
func (a *ChangeApproval) Validate() []FieldError {
	var v rules
	v.name("change_request_id", a.ChangeRequestID)
	v.name("content_hash", a.ContentHash)
	v.entries("extensions", a.Extensions, MaxValue)
	if a.MaxWait < 0 {
		v.add("max_wait", "must not be negative")
	}
	if a.PollInterval != 0 && a.PollInterval < MinPollInterval {
		v.add("poll_interval", "must be at least %s, is %s", MinPollInterval, a.PollInterval)
	}
	return v.problems
}

// approvalGate is the store of approvals. Creating one asks; it writes to the change only to submit it and to start it.
type approvalGate struct {
	changes   Store[Record]
	approver  Approver
	transiter Transitioner
	// conflicts is nil where the system knows no freezes.
	conflicts ConflictFinder
	// items reads configuration items by id.
	items func(ctx context.Context, ids []string) (map[string]Record, error)
	now   func() time.Time
}

func newApprovalGate(s Stores, now func() time.Time) (*approvalGate, error) {
	changes, err := s.Of("change_request")
	if err != nil {
		return nil, err
	}
	g := &approvalGate{changes: changes, now: now}
	var ok bool
	if g.approver, ok = Capability[Approver](changes); !ok {
		return nil, Errorf(ErrUnsupported, "the system that keeps change requests has no approvals")
	}
	if g.transiter, ok = Capability[Transitioner](changes); !ok {
		return nil, Errorf(ErrUnsupported, "the system that keeps change requests cannot move them through their states")
	}
	g.conflicts, _ = Capability[ConflictFinder](changes)
	g.items = func(context.Context, []string) (map[string]Record, error) { return nil, nil }
	if items, ok := s["cmdb_configuration_item"]; ok {
		g.items = items.Get
	}
	return g, nil
}

func (g *approvalGate) Get(ctx context.Context, ids []string) (map[string]*ChangeApproval, error) {
	found, err := g.changes.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	changes := make([]*ChangeRequest, 0, len(found))
	for _, r := range found {
		changes = append(changes, r.(*ChangeRequest))
	}
	approvals, err := g.approvals(ctx, changes)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*ChangeApproval, len(approvals))
	for _, a := range approvals {
		byID[a.ID] = a
	}
	return byID, nil
}

func (g *approvalGate) Find(ctx context.Context, q Query) ([]*ChangeApproval, error) {
	found, err := g.changes.Find(ctx, Query{Stack: q.Stack})
	if err != nil {
		return nil, err
	}
	changes := make([]*ChangeRequest, 0, len(found))
	for _, r := range found {
		changes = append(changes, r.(*ChangeRequest))
	}
	all, err := g.approvals(ctx, changes)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(a *ChangeApproval) bool { return !q.Matches(a) }), nil
}

// approvals are those that still hold: of changes that are approved, and not cancelled since.
func (g *approvalGate) approvals(ctx context.Context, changes []*ChangeRequest) ([]*ChangeApproval, error) {
	var approved []*ChangeRequest
	var ids []string
	for _, c := range changes {
		if c.Approval == ApprovalApproved && c.State != ChangeCanceled {
			approved, ids = append(approved, c), append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	decisions, err := g.approver.Approvals(ctx, ids)
	if err != nil {
		return nil, err
	}
	approvals := make([]*ChangeApproval, 0, len(ids))
	for _, c := range approved {
		if valid(c, decisions[c.ID]) {
			approvals = append(approvals, approvalOf(c, decisions[c.ID]))
		}
	}
	return approvals, nil
}

// Create asks for the decision. [ErrPending] means that asking again can succeed; [ErrRefused] that it cannot.
func (g *approvalGate) Create(ctx context.Context, a *ChangeApproval) (*ChangeApproval, error) {
	if err := Check(a); err != nil {
		return nil, err
	}
	change, err := g.change(ctx, a)
	if err != nil {
		return nil, err
	}
	if change.Approval == ApprovalNotRequested {
		if change, err = surely(func() (*ChangeRequest, error) { return g.approver.RequestApproval(ctx, change.ID) }); err != nil {
			return nil, err
		}
	}
	decisions, err := g.approver.Approvals(ctx, []string{change.ID})
	if err != nil {
		return nil, err
	}
	if err := g.decided(change, decisions[change.ID]); err != nil {
		return nil, err
	}
	if a.EnforceWindow {
		if err := withinWindow(change, g.now()); err != nil {
			return nil, err
		}
	}
	if err := g.frozen(ctx, change); err != nil {
		return nil, err
	}
	to := change.State
	if a.StartImplementation {
		to = ChangeImplement
	}
	if change, err = walk(ctx, g.changes, g.transiter, change, Transition{To: to}, a.Extensions); err != nil {
		return nil, err
	}
	return approvalOf(change, decisions[change.ID]), nil
}

// change reads the change request and refuses what no decision could mend.
func (g *approvalGate) change(ctx context.Context, a *ChangeApproval) (*ChangeRequest, error) {
	change, err := changeByID(ctx, g.changes, a.ChangeRequestID)
	switch {
	case err != nil:
		return nil, err
	case change.State == ChangeCanceled:
		return nil, Errorf(ErrRefused, "%s was cancelled", change.named()).
			Advise("Open a new change request: give it another name or other triggers, or replace it with terraform apply -replace")
	case change.State == ChangeClosed:
		return nil, Errorf(ErrRefused, "%s is closed, and a closed change permits nothing", change.named()).
			Advise("Open a new change request: give it another name or other triggers, or replace it with terraform apply -replace")
	case a.ContentHash != "" && a.ContentHash != change.ContentHash:
		return nil, Errorf(ErrRefused, "the content of %s is not the one that this approval is bound to", change.named()).On("content_hash").
			Advise("Plan again, so that the approval is asked for what the change request says now")
	}
	return change, nil
}

func (g *approvalGate) decided(change *ChangeRequest, decisions []Decision) error {
	how := thenApply(g.approver.HowToApprove(change))
	switch change.Approval {
	case ApprovalRejected:
		return Errorf(ErrRefused, "%s was rejected%s", change.named(), rejection(decisions)).
			Advise("Change what was objected to and apply again, which asks for a new decision, or drop the change request")
	case ApprovalApproved:
		if valid(change, decisions) {
			return nil
		}
		return Errorf(ErrPending, "%s has no approval but that of its requester %q, which does not count", change.named(), change.RequestedBy).Advise("%s", how)
	default:
		return Errorf(ErrPending, "%s is in state %s and its approval is %s%s", change.named(), change.State, change.Approval, waitingFor(decisions)).Advise("%s", how)
	}
}

// applyAgain ends the advice on how to approve.
const applyAgain = "Then apply again"

// thenApply says what to do once the change is approved. A command in the last line stays alone there.
func thenApply(how string) string {
	if last := how[strings.LastIndex(how, "\n")+1:]; strings.HasPrefix(last, " ") {
		return how + "\n\n" + applyAgain
	}
	return how + ". " + applyAgain
}

// valid says whether somebody other than the requester approved. No approver at all is no approval.
func valid(c *ChangeRequest, decisions []Decision) bool {
	return slices.ContainsFunc(decisions, func(d Decision) bool {
		return d.Decision == string(ApprovalApproved) && !SamePerson(d.Name, c.RequestedBy)
	})
}

// SamePerson compares two names of people as directories do: without regard to case and surrounding space.
func SamePerson(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

func rejection(decisions []Decision) string {
	for _, d := range slices.Backward(decisions) {
		if d.Decision != string(ApprovalRejected) {
			continue
		}
		if d.Comment == "" {
			return fmt.Sprintf(" by %s, without a comment", d.Name)
		}
		return fmt.Sprintf(" by %s: %q", d.Name, d.Comment)
	}
	return ""
}

func waitingFor(decisions []Decision) string {
	var names []string
	for _, d := range decisions {
		if d.Decision == string(ApprovalRequested) {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", waiting for " + strings.Join(names, ", ")
}

func withinWindow(c *ChangeRequest, now time.Time) error {
	if !c.PlannedStart.IsZero() && now.Before(c.PlannedStart) {
		e := Errorf(ErrPending, "%s is approved, and its window opens at %s", c.named(), FormatTime(c.PlannedStart)).
			Advise("Apply again then, or set max_wait to wait for it")
		e.RetryAfter = c.PlannedStart.Sub(now)
		return e
	}
	if !c.PlannedEnd.IsZero() && now.After(c.PlannedEnd) {
		return Errorf(ErrRefused, "the window of %s ended at %s, and its approval with it", c.named(), FormatTime(c.PlannedEnd)).
			Advise("Move planned_start and planned_end, which plans a new change request, and have it approved")
	}
	return nil
}

// Update writes vendor fields. What else can change without a replacement is how the gate asks.
func (g *approvalGate) Update(ctx context.Context, a *ChangeApproval, fields []string) (*ChangeApproval, error) {
	if len(fields) > 0 {
		change := &ChangeRequest{Meta: a.Meta}
		if _, err := surely(func() (Record, error) { return g.changes.Update(ctx, change, fields) }); err != nil {
			return nil, err
		}
	}
	found, err := g.Get(ctx, []string{a.ID})
	if err != nil {
		return nil, err
	}
	if kept, ok := found[a.ID]; ok {
		return kept, nil
	}
	return nil, Errorf(ErrNotFound, "change request %q is no longer approved", a.ID)
}

// Retire leaves the approval as evidence.
func (g *approvalGate) Retire(context.Context, string, Disposal) error { return nil }

func approvalOf(c *ChangeRequest, decisions []Decision) *ChangeApproval {
	a := &ChangeApproval{Meta: c.Meta, ChangeRequestID: c.ID, ContentHash: c.ContentHash}
	for _, d := range decisions {
		a.Approvers = append(a.Approvers, d)
		if d.Decision == string(ApprovalApproved) && d.DecidedAt.After(a.ApprovedAt) {
			a.ApprovedAt = d.DecidedAt
		}
	}
	a.Canonicalise()
	return a
}

func changeByID(ctx context.Context, changes Store[Record], id string) (*ChangeRequest, error) {
	found, err := changes.Get(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	change, ok := found[id].(*ChangeRequest)
	if !ok {
		return nil, Errorf(ErrNotFound, "there is no change request with id %q", id).On("change_request_id").
			Advise("Refer to the id attribute of an infraops_change_request")
	}
	return change, nil
}

// walk writes vendor fields to a change and moves it forward, one legal step after the other. One that is already there or
// beyond stays.
func walk(ctx context.Context, changes Store[Record], t Transitioner, c *ChangeRequest, detail Transition, extensions map[string]string) (*ChangeRequest, error) {
	steps, _ := c.StepsTo(detail.To)
	if err := walkable(c, steps, detail); err != nil {
		return nil, err
	}
	if len(extensions) > 0 {
		extended := Clone(c)
		extended.Extensions = extensions
		kept, err := surely(func() (Record, error) { return changes.Update(ctx, extended, entryPaths("extensions", extensions)) })
		if err != nil {
			return nil, err
		}
		c = kept.(*ChangeRequest)
	}
	id := c.ID
	for _, step := range steps {
		detail.To = step
		var err error
		if c, err = surely(func() (*ChangeRequest, error) { return t.Transition(ctx, id, detail) }); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// walkable refuses before the first step what would be refused at a later one, so that a refusal leaves the change where it
// was. Whether a standard change counts as approved yet is for its system to say.
func walkable(c *ChangeRequest, steps []ChangeState, detail Transition) error {
	ahead := Clone(c)
	if ahead.Type == ChangeTypeStandard {
		ahead.Approval = ApprovalApproved
	}
	for _, step := range steps {
		detail.To = step
		if err := ahead.CheckTransition(detail); err != nil {
			return err
		}
		ahead.State = step
	}
	return nil
}
