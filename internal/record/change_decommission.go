// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ChangeDecommission is a gate before an end: what a change request has provisioned is destroyed only once a change
// request of its own has been approved. Nothing outside stands for it until it ends, so all of its fields are input.
type ChangeDecommission struct {
	Meta
	// ChangeRequestID is the change that provisioned what is to be destroyed.
	ChangeRequestID string `json:"change_request_id" infraops:"input"`

	// The content of the change request that is opened.
	Summary         string    `json:"summary,omitempty" infraops:"input"`
	Description     string    `json:"description,omitempty" infraops:"input"`
	Justification   string    `json:"justification,omitempty" infraops:"input"`
	Type            string    `json:"type,omitempty" infraops:"input"`
	Template        string    `json:"template,omitempty" infraops:"input"`
	Risk            string    `json:"risk,omitempty" infraops:"input"`
	Impact          string    `json:"impact,omitempty" infraops:"input"`
	AssignmentGroup string    `json:"assignment_group,omitempty" infraops:"input"`
	RequestedBy     string    `json:"requested_by,omitempty" infraops:"input"`
	PlannedStart    time.Time `json:"planned_start,omitzero" infraops:"input"`
	PlannedEnd      time.Time `json:"planned_end,omitzero" infraops:"input"`

	// MaxWait is how long a destroy waits for the decision; zero asks once.
	MaxWait      time.Duration `json:"max_wait,omitempty" infraops:"input"`
	PollInterval time.Duration `json:"poll_interval,omitempty" infraops:"input"`
}

// KindChangeDecommission is the kind of [ChangeDecommission].
var KindChangeDecommission = define(Definition{
	Kind: "change_decommission", Role: RoleChange, Title: "change decommission",
	New:  func() Record { return new(ChangeDecommission) },
	From: "change_request", NameForm: "<change_request_id>", StateOnly: true,
	Derive: func(s Stores) (Store[Record], error) {
		gate, err := newApprovalGate(s, time.Now)
		if err != nil {
			return nil, err
		}
		return erased[*ChangeDecommission]{&decommissions{gate.changes, gate.transiter, gate}}, nil
	},
})

// Kind implements [Record].
func (*ChangeDecommission) Kind() Kind { return "change_decommission" }

// NaturalName implements [Record]: what a change has provisioned is decommissioned once.
func (d *ChangeDecommission) NaturalName() string { return d.ChangeRequestID }

// WaitToEnd says how long the gate may wait for a decision, and how often it asks.
func (d *ChangeDecommission) WaitToEnd() (limit, interval time.Duration) {
	return d.MaxWait, max(d.PollInterval, MinPollInterval)
}

// Canonicalise implements [Record].
func (d *ChangeDecommission) Canonicalise() {
	d.PlannedStart, d.PlannedEnd = canonicalTime(d.PlannedStart), canonicalTime(d.PlannedEnd)
}

// maxPurpose bounds what [ChangeDecommission.request] adds to the description: two names, a stack and a sentence.
const maxPurpose = 1024

// Validate implements [Record]. The content is held to the rules of change requests.
func (d *ChangeDecommission) Validate() []FieldError {
	content := d.content()
	content.Extensions = d.Extensions
	v := rules{problems: content.Validate()}
	v.name("change_request_id", d.ChangeRequestID)
	v.boundedText("description", d.Description, MaxText-maxPurpose)
	if d.MaxWait < 0 {
		v.add("max_wait", "must not be negative")
	}
	if d.PollInterval != 0 && d.PollInterval < MinPollInterval {
		v.add("poll_interval", "must be at least %s, is %s", MinPollInterval, d.PollInterval)
	}
	return v.sorted()
}

func (d *ChangeDecommission) content() *ChangeRequest {
	return &ChangeRequest{
		Summary: d.Summary, Justification: d.Justification, Type: d.Type, Template: d.Template, Risk: d.Risk, Impact: d.Impact,
		AssignmentGroup: d.AssignmentGroup, RequestedBy: d.RequestedBy, PlannedStart: d.PlannedStart, PlannedEnd: d.PlannedEnd,
	}
}

// decommissionPrefix begins the name of a decommission change; the id of the change that it undoes follows.
const decommissionPrefix = "decommission/"

// Decommissions is the id of the change request whose things this one is to destroy; empty for any other change.
func (c *ChangeRequest) Decommissions() string {
	if id, ok := strings.CutPrefix(c.NaturalName(), decommissionPrefix); ok {
		return id
	}
	return ""
}

// request is the change request that the gate asks approval for. An approver sees in it what is destroyed.
func (d *ChangeDecommission) request(provisioned *ChangeRequest) *ChangeRequest {
	c := d.content()
	c.Stack, c.Extensions, c.Name = d.Stack, d.Extensions, decommissionPrefix+d.ChangeRequestID
	c.ConfigurationItemIDs, c.Environment = provisioned.ConfigurationItemIDs, provisioned.Environment
	c.Description = fmt.Sprintf("Terraform destroys what %s has provisioned in stack %q, and closes this change after that.", described(provisioned), d.Stack)
	if d.Description != "" {
		c.Description = strings.TrimRight(d.Description, "\n") + "\n\n" + c.Description
	}
	if c.Summary == "" { // after an import
		c.Summary = "Decommission what " + provisioned.Title() + " has provisioned"
	}
	c.Canonicalise()
	return c
}

func described(c *ChangeRequest) string {
	if c.Number == "" {
		return fmt.Sprintf("change request %s", c.ID)
	}
	return fmt.Sprintf("%s, %q,", c.Number, c.Summary)
}

// decommissions is the store of decommissions. It writes nothing of them; ending one asks.
type decommissions struct {
	changes   Store[Record]
	transiter Transitioner
	gate      *approvalGate
}

// Get answers for every change that there is, for imports.
func (s *decommissions) Get(ctx context.Context, ids []string) (map[string]*ChangeDecommission, error) {
	found, err := s.changes.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*ChangeDecommission, len(found))
	for id, r := range found {
		byID[id] = decommissionOf(r.(*ChangeRequest))
	}
	return byID, nil
}

func (s *decommissions) Find(ctx context.Context, q Query) ([]*ChangeDecommission, error) {
	found, err := s.changes.Find(ctx, Query{Stack: q.Stack})
	if err != nil {
		return nil, err
	}
	var all []*ChangeDecommission
	for _, r := range found {
		if d := decommissionOf(r.(*ChangeRequest)); q.Matches(d) {
			all = append(all, d)
		}
	}
	return all, nil
}

func decommissionOf(c *ChangeRequest) *ChangeDecommission {
	d := &ChangeDecommission{Meta: c.Meta, ChangeRequestID: c.ID}
	d.Extensions = nil
	return d
}

// Create opens nothing. A decommission that had begun is broken off: what was provisioned is there to stay, and its end
// needs a new permission.
func (s *decommissions) Create(ctx context.Context, d *ChangeDecommission) (*ChangeDecommission, error) {
	if err := Check(d); err != nil {
		return nil, err
	}
	provisioned, err := changeByID(ctx, s.changes, d.ChangeRequestID)
	if err != nil {
		return nil, err
	}
	open, err := openDecommissions(ctx, s.changes, provisioned)
	if err != nil {
		return nil, err
	}
	for _, c := range open {
		if !c.begun() {
			continue
		}
		if _, err := walk(ctx, s.changes, s.transiter, c, Transition{To: ChangeClosed, Outcome: "unsuccessful", Notes: fmt.Sprintf(
			"Broken off: Terraform was told to keep what %s has provisioned in stack %q.", described(provisioned), provisioned.Stack)}, nil); err != nil {
			return nil, err
		}
	}
	made := Clone(d)
	made.Meta = provisioned.Meta
	made.Extensions = d.Extensions
	return made, nil
}

// begun says that the change has passed its gate: what it permits may have been done.
func (c *ChangeRequest) begun() bool { return c.State == ChangeImplement || c.State == ChangeReview }

// Update has nothing to write.
func (s *decommissions) Update(ctx context.Context, d *ChangeDecommission, _ []string) (*ChangeDecommission, error) {
	found, err := s.Get(ctx, []string{d.ID})
	if err != nil {
		return nil, err
	}
	if kept, ok := found[d.ID]; ok {
		return kept, nil
	}
	return nil, Errorf(ErrNotFound, "there is no change request with id %q", d.ID)
}

// Retire refuses: without the content there is nothing to ask permission for.
func (s *decommissions) Retire(context.Context, string, Disposal) error {
	return Errorf(ErrRefused, "a change decommission ends only with permission")
}

// End implements [Ender]: it opens the decommission change unless one is open, and asks for its approval. An approved one is
// moved to implement, where it stays until the change that provisioned ends: see [endDecommissions].
func (s *decommissions) End(ctx context.Context, r Record) error {
	d := r.(*ChangeDecommission)
	if err := Check(d); err != nil {
		return err
	}
	// A change that the system no longer has does not open the gate: what it has provisioned may still be there.
	found, err := s.changes.Get(ctx, []string{d.ChangeRequestID})
	if err != nil {
		return err
	}
	provisioned, ok := found[d.ChangeRequestID].(*ChangeRequest)
	if !ok {
		provisioned = &ChangeRequest{Meta: Meta{ID: d.ChangeRequestID, Stack: d.Stack}}
	}
	change, err := s.asked(ctx, d.request(provisioned))
	if err != nil {
		return err
	}
	_, err = s.gate.Create(ctx, &ChangeApproval{
		Meta: Meta{Extensions: d.Extensions}, ChangeRequestID: change.ID, EnforceWindow: true, StartImplementation: true,
	})
	return s.readvised(err, change)
}

// asked finds the open change that asks for what is wanted, or opens it. An approval holds for the content that was shown:
// where an approved change asks for something else it is cancelled and another one opened. One with this very content that
// was cancelled is an answer: nobody is asked the same again.
func (s *decommissions) asked(ctx context.Context, wanted *ChangeRequest) (*ChangeRequest, error) {
	found, err := s.changes.Find(ctx, Query{Stack: wanted.Stack, Names: []string{wanted.NaturalName()}})
	if err != nil {
		return nil, err
	}
	var canceled *ChangeRequest
	for _, r := range found {
		c := r.(*ChangeRequest)
		if HoldsKey(c) {
			return s.resumed(ctx, c, wanted)
		}
		if c.State == ChangeCanceled && len(contentLacking(c, wanted)) == 0 {
			canceled = c
		}
	}
	if canceled != nil {
		return nil, Errorf(ErrRefused, "%s, which asked for this decommission, was cancelled", canceled.named()).
			Advise("To ask again, change what is asked for, such as the justification of the change decommission, apply, and destroy again")
	}
	return s.opened(ctx, wanted)
}

func (s *decommissions) resumed(ctx context.Context, open, wanted *ChangeRequest) (*ChangeRequest, error) {
	lacking := contentLacking(open, wanted)
	if len(lacking) == 0 {
		return open, nil
	}
	if open.Approval == ApprovalApproved {
		if _, err := surely(func() (any, error) { return nil, s.changes.Retire(ctx, open.ID, Conclude) }); err != nil {
			return nil, err
		}
		return s.opened(ctx, wanted)
	}
	return s.completed(ctx, open, wanted, lacking)
}

// completed gives an open change the content that it lacks.
func (s *decommissions) completed(ctx context.Context, open, wanted *ChangeRequest, lacking []string) (*ChangeRequest, error) {
	edited := Clone(wanted)
	edited.ID = open.ID
	kept, err := surely(func() (Record, error) { return s.changes.Update(ctx, edited, lacking) })
	if err != nil {
		return nil, err
	}
	return kept.(*ChangeRequest), nil
}

func (s *decommissions) opened(ctx context.Context, wanted *ChangeRequest) (*ChangeRequest, error) {
	// A change that was opened although the answer was lost holds the key: the second Create says so. A system that takes several
	// writes for it may have done the first of them only.
	lost := false
	kept, err := surely(func() (Record, error) {
		kept, err := s.changes.Create(ctx, wanted)
		lost = lost || errors.Is(err, ErrAmbiguous)
		return kept, err
	})
	if err == nil {
		return kept.(*ChangeRequest), nil
	}
	var e *Error
	if !errors.Is(err, ErrConflict) || !errors.As(err, &e) || e.ID == "" {
		return nil, err
	}
	holder, lookErr := changeByID(ctx, s.changes, e.ID)
	if lookErr != nil {
		return nil, lookErr
	}
	switch lacking := contentLacking(holder, wanted); {
	case len(lacking) > 0 && lost && holder.Approval != ApprovalApproved:
		return s.completed(ctx, holder, wanted, lacking)
	case len(lacking) > 0:
		return nil, Errorf(ErrConflict, "%s, which is in state %s, asks for another decommission of the same things", holder.named(), holder.State).
			Advise("Close or cancel %s, and destroy again", holder.Title())
	}
	return holder, nil
}

// readvised words what to do next where the gate's own words are about an apply.
func (s *decommissions) readvised(err error, change *ChangeRequest) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, ErrRefused) && change.Approval == ApprovalRejected:
		return e.Advise("Change what was objected to in the change decommission, apply, and destroy again, which asks for a new decision")
	case errors.Is(err, ErrPending) && strings.HasSuffix(e.Advice, applyAgain):
		return e.Advise("%sThen destroy again", strings.TrimSuffix(e.Advice, applyAgain))
	case errors.Is(err, ErrPending) && e.RetryAfter > 0:
		return e.Advise("Destroy again then, or set max_wait to wait for it")
	case errors.Is(err, ErrRefused) && errors.Is(withinWindow(change, s.gate.now()), ErrRefused):
		return e.Advise("Change planned_start and planned_end of the change decommission, apply, and destroy again, which asks for a new approval")
	}
	return err
}

// openDecommissions lists the changes that are open for the decommission of what the change with that id has provisioned:
// at most one. Systems find a record by its name where they know its stack too.
func openDecommissions(ctx context.Context, changes Store[Record], provisioned *ChangeRequest) ([]*ChangeRequest, error) {
	found, err := changes.Find(ctx, Query{Stack: provisioned.Stack, Names: []string{decommissionPrefix + provisioned.ID}})
	if err != nil {
		return nil, err
	}
	var open []*ChangeRequest
	for _, r := range found {
		if HoldsKey(r) {
			open = append(open, r.(*ChangeRequest))
		}
	}
	return open, nil
}

// endDecommissions makes the end of a change request the end of its decommission, in every system: whatever the change
// has provisioned depends on it, so it is the last to go.
func endDecommissions(changes Store[Record]) Store[Record] {
	t, ok := Capability[Transitioner](changes)
	if !ok {
		return changes
	}
	return decommissioning{changes, t}
}

type decommissioning struct {
	Store[Record]
	transiter Transitioner
}

// Unwrap lets the capabilities of the system's own store through.
func (s decommissioning) Unwrap() any { return s.Store }

// Retire ends the decommission change first: what fails in between is done again by the next destroy.
func (s decommissioning) Retire(ctx context.Context, id string, d Disposal) error {
	found, err := s.Get(ctx, []string{id})
	if err != nil {
		return err
	}
	if provisioned, ok := found[id].(*ChangeRequest); ok {
		if err := s.endDecommission(ctx, provisioned); err != nil {
			return err
		}
	}
	return s.Store.Retire(ctx, id, d)
}

// endDecommission closes the change that was used and cancels the one that was not. Another stack's change of that name is
// none of ours.
func (s decommissioning) endDecommission(ctx context.Context, provisioned *ChangeRequest) error {
	open, err := openDecommissions(ctx, s.Store, provisioned)
	if err != nil {
		return err
	}
	for _, c := range open {
		if c.begun() {
			_, err = walk(ctx, s.Store, s.transiter, c, Transition{To: ChangeClosed, Outcome: "successful", Notes: fmt.Sprintf(
				"Terraform has destroyed what %s has provisioned in stack %q.", described(provisioned), provisioned.Stack)}, nil)
		} else {
			err = s.Store.Retire(ctx, c.ID, Conclude)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
