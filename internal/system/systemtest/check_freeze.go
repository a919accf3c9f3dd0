// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"slices"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// freeze declares a freeze.
func (e *env) freeze(n int, edits ...func(*record.ChangeFreeze)) *record.ChangeFreeze {
	e.t.Helper()
	f := e.record(freezeCase(), n).(*record.ChangeFreeze)
	for _, edit := range edits {
		edit(f)
	}
	return e.create(f).(*record.ChangeFreeze)
}

func (e *env) calendar(conn record.Connection, kinds ...record.ConflictKind) record.Calendar {
	e.t.Helper()
	finder, ok := record.Capability[record.ConflictFinder](e.storeOf(conn, record.KindChangeRequest))
	if !ok {
		e.t.Fatalf("the store of changes does not say which times are taken")
	}
	calendar, err := finder.Calendar(e.t.Context(), kinds...)
	if err != nil {
		e.t.Fatalf("Calendar: %v", err)
	}
	return calendar
}

// checkFreezeCalendar holds the calendar to all freezes that are alive, of every stack, each as it was declared.
func checkFreezeCalendar(e *env) {
	single, weekly, ended := e.freeze(1), e.freeze(2), e.freeze(3)
	e.retire(ended.Kind(), ended.ID, record.Conclude)
	elsewhere := e.freeze(4, func(f *record.ChangeFreeze) { f.Stack, f.Environments = "suite/two", nil })
	e.change()
	calendar := e.calendar(e.again(), record.ConflictFreeze)
	want := map[string]*record.ChangeFreeze{single.ID: single, weekly.ID: weekly, elsewhere.ID: elsewhere}
	if len(calendar) != len(want) {
		e.t.Errorf("the calendar has %d freezes, want %d: %+v", len(calendar), len(want), calendar)
	}
	for _, entry := range calendar {
		f := want[entry.ID]
		if f == nil {
			e.t.Errorf("the calendar has %+v", entry)
			continue
		}
		if entry.Kind != record.ConflictFreeze || entry.Name != f.Name || entry.Stack != f.Stack || entry.Reason != f.Reason ||
			!slices.Equal(entry.Environments, f.Environments) || !slices.Equal(entry.ExemptTypes, f.ExemptTypes) {
			e.t.Errorf("the calendar has %+v for %+v", entry, f)
		}
	}
	// Friday at midnight in Berlin, in winter and in summer.
	for _, at := range []time.Time{time.Date(2031, 1, 9, 23, 0, 0, 0, time.UTC), time.Date(2031, 7, 10, 22, 0, 0, 0, time.UTC)} {
		for offset, wanted := range map[time.Duration]bool{-time.Second: false, 0: true, 54*time.Hour - time.Second: true, 54 * time.Hour: false} {
			q := record.ConflictQuery{Start: at.Add(offset), End: at.Add(offset), Type: "normal", Environments: []string{"prod"}}
			found := calendar.Conflicts(q)
			if has := slices.ContainsFunc(found, func(c record.Conflict) bool { return c.ID == weekly.ID }); has != wanted {
				e.t.Errorf("at %s the weekly freeze is in force: %t", record.FormatTime(q.Start), has)
			}
		}
	}
}

// itemID is the id of a configuration item: one that there is, where the system keeps them, since it may refuse any other.
func (e *env) itemID(name string) string {
	e.t.Helper()
	if !e.c.serves(record.KindConfigurationItem) {
		return name
	}
	return e.once("item "+name, func() record.Record {
		return &record.ConfigurationItem{Class: "server", Name: "item-" + name, InitialStatus: "planned"}
	}).Metadata().ID
}

// checkChangeCalendar holds the calendar to all open changes that have a window, of every stack.
func checkChangeCalendar(e *env) {
	seven, eight, nine := e.itemID("7"), e.itemID("8"), e.itemID("9")
	on := func(stack string, edits ...func(*record.ChangeRequest)) *record.ChangeRequest {
		return e.change(append(edits, func(c *record.ChangeRequest) { c.Stack, c.ConfigurationItemIDs = stack, []string{seven, eight} })...)
	}
	open := on("suite/one")
	elsewhere := on("suite/two")
	canceled := on("suite/three")
	e.retire(canceled.Kind(), canceled.ID, record.Conclude)
	on("suite/four", func(c *record.ChangeRequest) { c.PlannedStart, c.PlannedEnd = time.Time{}, time.Time{} })
	calendar := e.calendar(e.again(), record.ConflictChange)
	q := record.ConflictQuery{Start: open.PlannedStart.Add(time.Hour), End: open.PlannedEnd.Add(time.Hour), ConfigurationItemIDs: []string{eight, nine}}
	for what, c := range map[string]struct {
		edit func(*record.ConflictQuery)
		want []string
	}{
		"overlapping":        {func(*record.ConflictQuery) {}, []string{open.ID, elsewhere.ID}},
		"without itself":     {func(q *record.ConflictQuery) { q.ExceptID = open.ID }, []string{elsewhere.ID}},
		"on other items":     {func(q *record.ConflictQuery) { q.ConfigurationItemIDs = []string{nine} }, nil},
		"on none":            {func(q *record.ConflictQuery) { q.ConfigurationItemIDs = nil }, nil},
		"right after":        {func(q *record.ConflictQuery) { q.Start = open.PlannedEnd }, nil},
		"until right before": {func(q *record.ConflictQuery) { q.Start, q.End = open.PlannedStart.Add(-time.Hour), open.PlannedStart }, nil},
	} {
		asked := q
		c.edit(&asked)
		var got []string
		for _, conflict := range calendar.Conflicts(asked) {
			got = append(got, conflict.ID)
			if conflict.Kind != record.ConflictChange || conflict.Name == "" || !conflict.Start.Equal(open.PlannedStart) || !conflict.End.Equal(open.PlannedEnd) {
				e.t.Errorf("%s: the calendar has %+v", what, conflict)
			}
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(c.want))) {
			e.t.Errorf("%s: conflicts with %q, want %q", what, got, c.want)
		}
	}
}

// checkFrozenGate lets no approved change start while a freeze of another stack is in force.
func checkFrozenGate(e *env) {
	c := e.approved()
	frozen := e.freeze(1, func(f *record.ChangeFreeze) {
		f.Stack, f.Start, f.End = "suite/two", time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		f.Environments, f.ExemptTypes = []string{"PROD"}, []string{record.ChangeTypeEmergency}
	})
	gate := &record.ChangeApproval{ChangeRequestID: c.ID, StartImplementation: true}
	gate.Stack = e.stack
	view := e.store(record.KindChangeApproval)
	_, err := view.Create(e.t.Context(), record.Clone(gate))
	e.wantFailure("the gate in a freeze", err, record.ErrPending, "")
	e.wantSame("a change that was not started", e.readChange(c.ID), c)
	if !e.expresses(record.KindChangeRequest, "environment") {
		return // Every freeze applies where nothing says what a change is for.
	}
	frozen.Environments = []string{"dev"}
	e.update(frozen, "environments")
	if _, err := view.Create(e.t.Context(), record.Clone(gate)); err != nil {
		e.t.Errorf("the gate in a freeze of another environment: %v", err)
	}
	e.wantStanding("the change after its gate", e.readChange(c.ID), record.ApprovalApproved, record.ChangeImplement)
}
