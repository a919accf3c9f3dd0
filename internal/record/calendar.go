// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

// ConflictKind is what can stand in the way of a change.
type ConflictKind string

// The kinds of conflicts.
const (
	// ConflictFreeze: nothing is changed then. A change inside a freeze is refused.
	ConflictFreeze ConflictKind = "freeze"
	// ConflictMaintenance: the same configuration items are expected to be down then, since somebody works on them.
	ConflictMaintenance ConflictKind = "maintenance"
	// ConflictChange: another open change has planned to change the same configuration items then.
	ConflictChange ConflictKind = "change"
)

// conflictRecords are the kinds of records that stand in the way, where a system keeps them as such.
var conflictRecords = map[ConflictKind]Kind{ConflictFreeze: "change_freeze", ConflictChange: "change_request", ConflictMaintenance: "monitoring_downtime"}

// Records is the kind of the records that conflicts of this kind are.
func (k ConflictKind) Records() Kind { return conflictRecords[k] }

// ConflictFinder is the capability of a change store to say which times are taken. A system that keeps freezes has it.
type ConflictFinder interface {
	// Calendar lists what takes times, of these kinds and of every stack, in as few requests as the system allows. It
	// never returns part of an answer: a freeze that cannot be read is an error, not a time that is free.
	Calendar(ctx context.Context, kinds ...ConflictKind) (Calendar, error)
}

// Calendar is what takes times.
type Calendar []CalendarEntry

// CalendarEntry is one thing that takes times.
type CalendarEntry struct {
	Kind ConflictKind
	// ID is the record's; Stack is the one that owns it. Both are empty for what has no record.
	ID, Stack string
	// Name is how a person refers to it: the name of a freeze, the number of a change.
	Name string
	// Also is what else it is called: the name, summary and natural name of a change.
	Also   []string
	Reason string
	Times  *schedule.Schedule
	// Environments limits a freeze; none for all.
	Environments []string
	// ExemptTypes are the types of change with which a freeze is no conflict.
	ExemptTypes []string
	// ConfigurationItemIDs are those concerned; for a freeze, none.
	ConfigurationItemIDs []string
}

// ConflictQuery is a change, as far as it matters for conflicts.
type ConflictQuery struct {
	// Start and End are the window; one instant where they are equal.
	Start, End time.Time
	// Type is the type of the change; empty for none in particular, which nothing exempts.
	Type string
	// Environments are those concerned; none where they are not known, so that every freeze applies.
	Environments []string
	// AnyEnvironment asks only for what applies whatever the environments turn out to be.
	AnyEnvironment       bool
	ConfigurationItemIDs []string
	// ExceptID is a record that is no conflict: the change itself.
	ExceptID string
}

// Conflict is one stretch of time in which an entry stands in the way.
type Conflict struct {
	CalendarEntry
	schedule.Window
}

// maxConflicts bounds how often one recurring entry is listed.
const maxConflicts = 50

// Conflicts lists what stands in the way, by start.
func (c Calendar) Conflicts(q ConflictQuery) []Conflict {
	var found []Conflict
	for _, e := range c {
		if !e.concerns(q) {
			continue
		}
		for _, w := range e.Times.Overlapping(q.Start, q.End, maxConflicts) {
			found = append(found, Conflict{e, w})
		}
	}
	slices.SortStableFunc(found, func(a, b Conflict) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Stack, b.Stack), cmp.Compare(a.Name, b.Name))
	})
	return found
}

func (e CalendarEntry) concerns(q ConflictQuery) bool {
	switch {
	case e.ID != "" && e.ID == q.ExceptID && e.Kind == ConflictChange:
		return false
	case e.Kind == ConflictFreeze:
		return !slices.Contains(e.ExemptTypes, q.Type) && e.covers(q)
	}
	return slices.ContainsFunc(q.ConfigurationItemIDs, func(id string) bool { return slices.Contains(e.ConfigurationItemIDs, id) })
}

// Called says whether a person could mean the entry by that name.
func (e CalendarEntry) Called(name string) bool {
	return name != "" && (name == e.Name || slices.Contains(e.Also, name))
}

// covers says whether a freeze is for the environments of a change. One that is for some of them is a freeze.
func (e CalendarEntry) covers(q ConflictQuery) bool {
	switch {
	case len(e.Environments) == 0:
		return true
	case q.AnyEnvironment:
		return false
	case len(q.Environments) == 0:
		return true
	}
	return slices.ContainsFunc(q.Environments, func(asked string) bool {
		return slices.ContainsFunc(e.Environments, func(frozen string) bool { return strings.EqualFold(asked, frozen) })
	})
}

// Free is the first time, from the window's start on, at which the whole window would be free; false where none is found.
func (c Calendar) Free(q ConflictQuery) (time.Time, bool) {
	length := q.End.Sub(q.Start)
	for range 200 {
		found := c.Conflicts(q)
		if len(found) == 0 {
			return q.Start, true
		}
		// Past the one that is in the way for longest.
		var ok bool
		for _, conflict := range found {
			after, clears := conflict.Times.Clear(conflict.Start)
			if !clears {
				return time.Time{}, false
			}
			if after.After(q.Start) {
				q.Start, ok = after, true
			}
		}
		if !ok {
			return time.Time{}, false
		}
		q.End = q.Start.Add(length)
	}
	return time.Time{}, false
}

// CalendarOf is the calendar of a system that keeps freezes and changes as records, of all stacks.
func CalendarOf(ctx context.Context, s Stores, kinds ...ConflictKind) (Calendar, error) {
	var calendar Calendar
	for _, conflict := range kinds {
		kind, kept := conflictRecords[conflict]
		if !kept {
			continue
		}
		found, err := allOf(ctx, s, kind)
		if err != nil {
			return nil, err
		}
		var targets map[string]*MonitoringTarget
		if conflict == ConflictMaintenance && len(found) > 0 {
			if targets, err = targetsOf(ctx, s); err != nil {
				return nil, err
			}
		}
		for _, r := range found {
			entry, takes, err := entryOf(r, targets)
			if err != nil {
				return nil, err
			}
			if takes {
				calendar = append(calendar, entry)
			}
		}
	}
	return calendar, nil
}

// allOf lists the live records of a kind; none where the system does not keep monitoring.
func allOf(ctx context.Context, s Stores, kind Kind) ([]Record, error) {
	store, err := s.Of(kind)
	switch {
	case errors.Is(err, ErrUnsupported) && Define(kind).Role != RoleChange:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return store.Find(ctx, Query{})
}

// targetsOf are the monitoring targets, by id.
func targetsOf(ctx context.Context, s Stores) (map[string]*MonitoringTarget, error) {
	all, err := allOf(ctx, s, "monitoring_target")
	targets := make(map[string]*MonitoringTarget, len(all))
	for _, r := range all {
		targets[r.Metadata().ID] = r.(*MonitoringTarget)
	}
	return targets, err
}

// entryOf is false for a record that takes no time: a change that has ended or has no window, a downtime of what is no
// configuration item.
func entryOf(r Record, targets map[string]*MonitoringTarget) (e CalendarEntry, takes bool, err error) {
	m := r.Metadata()
	e = CalendarEntry{ID: m.ID, Stack: m.Stack}
	switch r := r.(type) {
	case *ChangeFreeze:
		e.Kind, e.Name, e.Reason, e.Environments, e.ExemptTypes = ConflictFreeze, r.Name, r.Reason, r.Environments, r.ExemptTypes
		if e.Times, err = r.Schedule(); err != nil {
			return e, false, Errorf(ErrInvalid, "the change freeze %q of stack %q cannot be read, so nobody knows when it is in force", r.Name, m.Stack).Because(err).
				Advise("Correct the freeze in stack %q, or remove it", m.Stack)
		}
		return e, true, nil
	case *ChangeRequest:
		if !r.Open() || r.PlannedStart.IsZero() || r.PlannedEnd.IsZero() {
			return e, false, nil
		}
		e.Kind, e.Name, e.Reason, e.ConfigurationItemIDs = ConflictChange, r.Number, r.Summary, r.ConfigurationItemIDs
		e.Also = []string{r.Name, r.Summary, r.NaturalName()}
		e.Times, err = schedule.Once(r.PlannedStart, r.PlannedEnd)
		return e, err == nil, nil // Nothing was ever planned for a time that the calendar does not reach.
	case *MonitoringDowntime:
		target := targets[r.TargetID]
		if target == nil || target.ConfigurationItemID == "" {
			return e, false, nil
		}
		e.Kind, e.Name, e.Reason, e.ConfigurationItemIDs = ConflictMaintenance, target.Name, r.Reason, []string{target.ConfigurationItemID}
		e.Times, err = schedule.Once(r.Start, r.End)
		return e, err == nil, nil
	}
	return e, false, nil
}

// Environments are those of a change: its own, or else those of its configuration items, which items reads. None, where one
// of them is not known: then every freeze applies.
func (c *ChangeRequest) Environments(items func(ids []string) (map[string]Record, error)) ([]string, error) {
	if c.Environment != "" {
		return []string{c.Environment}, nil
	}
	if len(c.ConfigurationItemIDs) == 0 {
		return nil, nil
	}
	found, err := items(c.ConfigurationItemIDs)
	if err != nil {
		return nil, err
	}
	var environments []string
	for _, id := range c.ConfigurationItemIDs {
		item, ok := found[id].(*ConfigurationItem)
		if !ok || item.Environment == "" {
			return nil, nil
		}
		environments = append(environments, item.Environment)
	}
	return sortSet(environments), nil
}

// Exemption says in a sentence which types of change the conflicts spare, for a refusal's advice.
func Exemption(conflicts []Conflict) string {
	exempt := ChangeTypes()
	for _, c := range conflicts {
		exempt = slices.DeleteFunc(exempt, func(t string) bool { return !slices.Contains(c.ExemptTypes, t) })
	}
	if len(exempt) == 0 {
		return "No type of change is exempt"
	}
	return "Exempt are changes of type " + strings.Join(exempt, ", ")
}

// String names the conflict, with its time and its reason.
func (c Conflict) String() string {
	name := fmt.Sprintf("%s %q", c.Kind, c.Name)
	if c.Kind == ConflictChange {
		name = "change " + c.Name
	}
	if c.Stack != "" {
		name += fmt.Sprintf(" of stack %q", c.Stack)
	}
	name += fmt.Sprintf(", %s to %s", FormatTime(c.Start), FormatTime(c.End))
	if c.Reason != "" {
		name += ": " + strings.TrimSuffix(c.Reason, ".")
	}
	return name
}

// setEnvironment is the advice where a freeze applies for want of knowing better.
func setEnvironment(c Conflict) string {
	return fmt.Sprintf("The freeze is for %s, and neither the change nor its configuration items say for which environment the change is: set environment if it is for another", strings.Join(c.Environments, ", "))
}

// Refusal is the error for a change whose window lies in freezes; nil where there are none.
func (c Calendar) Refusal(q ConflictQuery) error {
	found := c.Conflicts(q)
	if len(found) == 0 {
		return nil
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = f.String()
	}
	advice := "Move planned_start and planned_end out of it"
	if free, ok := c.Free(q); ok {
		advice = "Move planned_start and planned_end: the window is free from " + FormatTime(free) + " on"
	}
	advice += ". " + Exemption(found)
	if i := slices.IndexFunc(found, func(f Conflict) bool { return len(f.Environments) > 0 }); i >= 0 && len(q.Environments) == 0 {
		advice += ". " + setEnvironment(found[i])
	}
	return Errorf(ErrRefused, "the window from %s to %s lies in the %s", FormatTime(q.Start), FormatTime(q.End), strings.Join(names, "; and in the ")).
		On("planned_start").Advise("%s", advice)
}
