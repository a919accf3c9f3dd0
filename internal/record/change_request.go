// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ChangeState is where a change request stands. The values are ITIL's, as ServiceNow names them.
type ChangeState string

// The states of a change request, in the order of a normal change.
const (
	ChangeNew       ChangeState = "new"
	ChangeAssess    ChangeState = "assess"
	ChangeAuthorize ChangeState = "authorize"
	ChangeScheduled ChangeState = "scheduled"
	ChangeImplement ChangeState = "implement"
	ChangeReview    ChangeState = "review"
	ChangeClosed    ChangeState = "closed"
	ChangeCanceled  ChangeState = "canceled"
)

// Approval is what was decided about a change request as a whole.
type Approval string

// The values of [Approval].
const (
	ApprovalNotRequested Approval = "not_requested"
	ApprovalRequested    Approval = "requested"
	ApprovalApproved     Approval = "approved"
	ApprovalRejected     Approval = "rejected"
)

// The types of change requests.
const (
	ChangeTypeNormal    = "normal"
	ChangeTypeStandard  = "standard"
	ChangeTypeEmergency = "emergency"
)

// ChangeTypes lists the types of change requests.
func ChangeTypes() []string {
	return []string{ChangeTypeNormal, ChangeTypeStandard, ChangeTypeEmergency}
}

// Path is the way of a type of change from new to closed. A standard change is approved in advance, so it skips
// assessment and authorisation; an emergency change skips assessment only.
func Path(changeType string) []ChangeState {
	switch changeType {
	case ChangeTypeStandard:
		return []ChangeState{ChangeNew, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed}
	case ChangeTypeEmergency:
		return []ChangeState{ChangeNew, ChangeAuthorize, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed}
	default:
		return []ChangeState{ChangeNew, ChangeAssess, ChangeAuthorize, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed}
	}
}

// ChangeRequest asks for permission to change something, and is the evidence that it was given.
type ChangeRequest struct {
	Meta
	Name                 string            `json:"name,omitempty"`
	Summary              string            `json:"summary"`
	Description          string            `json:"description,omitempty"`
	Justification        string            `json:"justification,omitempty"`
	Type                 string            `json:"type,omitempty"`
	Template             string            `json:"template,omitempty"`
	Risk                 string            `json:"risk,omitempty"`
	Impact               string            `json:"impact,omitempty"`
	Category             string            `json:"category,omitempty"`
	AssignmentGroup      string            `json:"assignment_group,omitempty"`
	RequestedBy          string            `json:"requested_by,omitempty"`
	Environment          string            `json:"environment,omitempty"`
	ConfigurationItemIDs []string          `json:"configuration_item_ids,omitempty"`
	PlannedStart         time.Time         `json:"planned_start,omitzero"`
	PlannedEnd           time.Time         `json:"planned_end,omitzero"`
	ImplementationPlan   string            `json:"implementation_plan,omitempty"`
	BackoutPlan          string            `json:"backout_plan,omitempty"`
	TestPlan             string            `json:"test_plan,omitempty"`
	Attachments          map[string]string `json:"attachments,omitempty"`
	Triggers             map[string]string `json:"triggers,omitempty"`
	OnDestroy            string            `json:"on_destroy,omitempty" infraops:"input"`

	Number      string      `json:"number,omitempty"`
	State       ChangeState `json:"state,omitempty"`
	Approval    Approval    `json:"approval,omitempty"`
	ContentHash string      `json:"content_hash,omitempty"`

	// The rest is written when the change is closed: see [ChangeClosure].
	Outcome    ChangeOutcome     `json:"outcome,omitempty"`
	CloseNotes string            `json:"close_notes,omitempty"`
	Evidence   map[string]string `json:"evidence,omitempty"`
	ClosedAt   time.Time         `json:"closed_at,omitzero"`
}

// KindChangeRequest is the kind of [ChangeRequest].
var KindChangeRequest = define(Definition{
	Kind: "change_request", Role: RoleChange, Title: "change request", Version: 1,
	Key: []string{"name", "summary", "triggers"}, NameForm: "<name>",
	New: func() Record { return new(ChangeRequest) },
	// An open change is resumed. One that was approved is evidence of what was approved, so it is resumed only with the same content.
	Adopt: func(existing, wanted Record) ([]string, error) {
		e, w := existing.(*ChangeRequest), wanted.(*ChangeRequest)
		if lacking := contentLacking(e, w); e.Approval == ApprovalApproved && len(lacking) > 0 {
			return nil, Errorf(ErrConflict, "%s is already open under that name and was approved with another content (%s)", e.Number, strings.Join(lacking, ", ")).On("name").
				Advise("Give this change request another name or other triggers, or cancel %s first", e.Number)
		}
		return nil, nil
	},
	Extend: endDecommissions,
})

// contentLacking names the fields of the content in which an existing change is not what is wanted. What is not wanted to
// be anything in particular may be anything: systems fill in a category or a group.
func contentLacking(existing, wanted *ChangeRequest) []string {
	return slices.DeleteFunc(ContentChanges(existing, wanted), func(name string) bool {
		f, _ := FieldNamed(wanted, name)
		return f.In(wanted).IsZero()
	})
}

// ContentChanges names the fields of the approved content in which two changes differ.
func ContentChanges(a, b *ChangeRequest) []string {
	content := map[string]bool{}
	for _, name := range ContentFields() {
		content[name] = true
	}
	var changed []string
	for _, f := range Fields(a) {
		if content[f.Name] && !f.Equal(a, b) {
			changed = append(changed, f.Name)
		}
	}
	return changed
}

// ContentFields names the fields that an approver decides about. An edit of one of them after the approval is a new change.
func ContentFields() []string {
	return []string{
		"summary", "description", "justification", "type", "template", "risk", "impact", "category", "assignment_group", "requested_by", "environment",
		"configuration_item_ids", "planned_start", "planned_end", "implementation_plan", "backout_plan", "test_plan", "attachments", "triggers",
	}
}

// Kind implements [Record].
func (*ChangeRequest) Kind() Kind { return "change_request" }

// NaturalName implements [Record]. Other triggers make another change request, so they are part of the name.
func (c *ChangeRequest) NaturalName() string {
	name := c.Name
	if name == "" {
		name = c.Summary
	}
	if len(c.Triggers) == 0 {
		return name
	}
	return name + "#" + hash(c.Triggers)[:12]
}

// Title is how a person refers to the change: by its number, or before it has one by its name.
func (c *ChangeRequest) Title() string {
	if c.Number != "" {
		return c.Number
	}
	return c.Summary
}

// named is what a message calls the change: by its number, and by what it is for, since nobody knows numbers by heart.
func (c *ChangeRequest) named() string {
	if c.Number == "" || c.Summary == "" {
		return c.Title()
	}
	return fmt.Sprintf("%s (%q)", c.Number, c.Summary)
}

// Open says that the change has not reached an end.
func (c *ChangeRequest) Open() bool { return c.State != ChangeClosed && c.State != ChangeCanceled }

// Retire implements [Retirer]: an open change is cancelled where that is legal; under review it stays as it is.
func (c *ChangeRequest) Retire() {
	if c.Cancelable() {
		c.State = ChangeCanceled
	}
}

// Cancelable says whether cancelling is legal: up to implement, not in review or after.
func (c *ChangeRequest) Cancelable() bool { return c.Open() && c.State != ChangeReview }

// Gone implements [Retirer]: a closed or cancelled change is evidence and stays in Terraform's state.
func (c *ChangeRequest) Gone() bool { return c.Retired }

// HoldsKey implements [Retirer]: a closed or cancelled change is never resumed, so another may take its key.
func (c *ChangeRequest) HoldsKey() bool { return c.Open() && !c.Retired }

// Canonicalise implements [Record].
func (c *ChangeRequest) Canonicalise() {
	c.ConfigurationItemIDs = sortSet(c.ConfigurationItemIDs)
	c.PlannedStart, c.PlannedEnd = canonicalTime(c.PlannedStart), canonicalTime(c.PlannedEnd)
	c.ClosedAt = canonicalTime(c.ClosedAt)
	if c.Type == "" {
		c.Type = ChangeTypeNormal
	}
	c.ContentHash = c.contentHash()
}

func (c *ChangeRequest) contentHash() string {
	content := map[string]any{}
	for _, name := range ContentFields() {
		f, _ := FieldNamed(c, name)
		if v := f.In(c); !v.IsZero() && (!f.IsMap() || v.Len() > 0) {
			content[name] = v.Interface()
			if t, ok := v.Interface().(time.Time); ok {
				content[name] = FormatTime(t) // What JSON makes of a time, for every year: see [hash].
			}
		}
	}
	return hash(content)
}

// hash is the SHA-256 of v's JSON, whose object keys encoding/json sorts.
func hash(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("record: content cannot be marshalled: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Validate implements [Record].
func (c *ChangeRequest) Validate() []FieldError {
	var v rules
	v.name("name", c.Name)
	v.name("summary", c.Summary)
	for field, value := range map[string]string{
		"description": c.Description, "justification": c.Justification, "implementation_plan": c.ImplementationPlan,
		"backout_plan": c.BackoutPlan, "test_plan": c.TestPlan, "close_notes": c.CloseNotes,
	} {
		v.text(field, value)
	}
	for field, value := range map[string]string{
		"template": c.Template, "category": c.Category, "assignment_group": c.AssignmentGroup, "requested_by": c.RequestedBy, "environment": c.Environment,
	} {
		v.name(field, value)
	}
	v.oneOf("type", c.Type, ChangeTypes())
	v.oneOf("risk", c.Risk, []string{"low", "moderate", "high"})
	v.oneOf("impact", c.Impact, []string{"low", "medium", "high"})
	v.oneOf("on_destroy", c.OnDestroy, []string{"cancel", "keep"})
	if c.Template != "" && c.Type != "" && c.Type != ChangeTypeStandard {
		v.addAcross("template", []string{"type"}, "is for standard changes; the type is %q", c.Type)
	}
	v.time("planned_start", c.PlannedStart)
	v.time("planned_end", c.PlannedEnd)
	if !c.PlannedStart.IsZero() && !c.PlannedEnd.IsZero() && !c.PlannedEnd.After(c.PlannedStart) {
		v.addAcross("planned_end", []string{"planned_start"}, "must be after planned_start, %s", FormatTime(c.PlannedStart))
	}
	for _, id := range c.ConfigurationItemIDs {
		v.name("configuration_item_ids", id)
	}
	v.entries("attachments", c.Attachments, 1<<20)
	v.entries("triggers", c.Triggers, MaxText)
	v.entries("extensions", c.Extensions, MaxValue)
	return v.sorted()
}

// NextStates lists the legal next states, by the type's path. Approval is a condition of its own: see [ChangeRequest.CheckTransition].
func (c *ChangeRequest) NextStates() []ChangeState {
	var next []ChangeState
	path := Path(c.Type)
	if i := slices.Index(path, c.State); i >= 0 && i+1 < len(path) {
		next = append(next, path[i+1])
	}
	if c.Cancelable() {
		next = append(next, ChangeCanceled)
	}
	return next
}

// CheckTransition says why a step would be illegal; nil where it is legal.
func (c *ChangeRequest) CheckTransition(t Transition) error {
	if !slices.Contains(c.NextStates(), t.To) {
		return Errorf(ErrRefused, "a %s change cannot go from %s to %s; legal next states are %v", c.Type, c.State, t.To, c.NextStates())
	}
	switch t.To {
	case ChangeScheduled, ChangeImplement:
		if c.Approval != ApprovalApproved {
			return Errorf(ErrRefused, "%s cannot go to %s: its approval is %s", c.Title(), t.To, c.Approval)
		}
	case ChangeClosed:
		if t.Outcome == "" || t.Notes == "" {
			return Errorf(ErrRefused, "%s cannot be closed without an outcome and notes", c.Title())
		}
	}
	return nil
}

// StepsTo lists the states between the change's state and a later one, that one included; false where it does not lie ahead.
func (c *ChangeRequest) StepsTo(to ChangeState) ([]ChangeState, bool) {
	path := Path(c.Type)
	from, until := slices.Index(path, c.State), slices.Index(path, to)
	if from < 0 || until < from {
		return nil, false
	}
	return path[from+1 : until+1], true
}
