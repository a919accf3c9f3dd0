// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// TestChangeDefectsAreFound spoils what only the stores of changes and addresses do, inside the reference system.
func TestChangeDefectsAreFound(t *testing.T) {
	for name, d := range map[string]struct {
		spoil func(c *Config)
		found []string
	}{
		"the requester may approve": {
			func(c *Config) {
				approve := c.Approve
				c.Approve = func(t *testing.T, conn record.Connection, change *record.ChangeRequest, by string, ok bool, comment string) error {
					if by == "Alice" {
						by = "somebody" // The system does not see who it is.
					}
					return approve(t, conn, change, by, ok, comment)
				}
			},
			[]string{"change/requester cannot approve"},
		},
		"comments are lost": {
			func(c *Config) {
				approve := c.Approve
				c.Approve = func(t *testing.T, conn record.Connection, change *record.ChangeRequest, by string, ok bool, _ string) error {
					return approve(t, conn, change, by, ok, "")
				}
			},
			[]string{"change/approve", "change/reject"},
		},
		"an illegal step is success": {
			spoilStores(record.KindChangeRequest, func(s store) store { return lenientChanges{s.(memoryChanges)} }),
			[]string{"change/illegal steps", "change/close", "change/cancel"},
		},
		"a frozen change can be edited": {
			spoilStores(record.KindChangeRequest, func(s store) store { return editableChanges{s.(memoryChanges)} }),
			[]string{"change/approve", "change/close", "change/cancel"},
		},
		"the calendar is that of one stack": {
			spoilStores(record.KindChangeRequest, func(s store) store { return spoiledCalendar{s.(memoryChanges), oneStack} }),
			[]string{"change/calendar of freezes", "change/calendar of changes", "change/frozen gate"},
		},
		"the calendar knows no environments": {
			spoilStores(record.KindChangeRequest, func(s store) store { return spoiledCalendar{s.(memoryChanges), noEnvironments} }),
			[]string{"change/calendar of freezes", "change/frozen gate"},
		},
		"the calendar knows no items": {
			spoilStores(record.KindChangeRequest, func(s store) store { return spoiledCalendar{s.(memoryChanges), noItems} }),
			[]string{"change/calendar of changes"},
		},
		"an edit is not decided anew": {
			spoilStores(record.KindChangeRequest, func(s store) store { return stubbornChanges{s.(memoryChanges)} }),
			[]string{"change/edit", "change/decommission refused"},
		},
		"closing notes are lost": {
			spoilStores(record.KindChangeRequest, func(s store) store { return forgetfulChanges{s.(memoryChanges)} }),
			[]string{"change/close", "change/decommission", "change/decommission broken off", "change/decommission of a standard type"},
		},
		"a change keeps no name": {
			spoilStores(record.KindChangeRequest, func(s store) store { return namelessChanges{s.(memoryChanges)} }),
			[]string{"change/decommission", "change/decommission of another content"},
		},
		"allocation races": {
			spoilStores(record.KindIPAddress, func(s store) store { return racyAddresses{s.(memoryAddresses)} }),
			[]string{"ipam/allocate concurrently"},
		},
		"a declared kind has no store": {
			func(c *Config) {
				c.System.Kinds = map[record.Kind]record.Support{record.KindPrefix: {}}
				open := c.Open
				c.Open = func(t *testing.T) record.Connection { return lostKinds{open(t)} }
			},
			[]string{"declaration"},
		},
		"a store is not declared": {
			func(c *Config) { c.System.Kinds = nil },
			[]string{"declaration"},
		},
		"nobody can approve": {
			func(c *Config) { c.Approve = nil },
			[]string{"declaration"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := memoryConfig(asItIs)
			d.spoil(&c)
			for _, check := range d.found {
				run, ok := allChecks(c)[check]
				if !ok {
					t.Fatalf("there is no check %q", check)
				}
				if complaints := watch(t, func(w T) { run(newEnv(w, t, c)) }); len(complaints) == 0 {
					t.Errorf("check %q did not find it", check)
				} else {
					t.Logf("%s: %.200s", check, complaints[0])
				}
			}
		})
	}
}

// replaced is a connection in which one store is another one.
type replaced struct {
	record.Connection
	kind record.Kind
	by   func(store) store
}

func (r replaced) Stores() record.Stores {
	stores := r.Connection.Stores()
	stores[r.kind] = r.by(stores[r.kind])
	return stores
}

func spoilStores(kind record.Kind, by func(store) store) func(*Config) {
	return func(c *Config) {
		open, again := c.Open, c.Again
		c.Open = func(t *testing.T) record.Connection { return replaced{open(t), kind, by} }
		c.Again = func(t *testing.T) record.Connection { return replaced{again(t), kind, by} }
	}
}

// lostKinds is a connection without stores.
type lostKinds struct{ record.Connection }

func (lostKinds) Stores() record.Stores { return nil }

// lenientChanges answers success to an illegal step, as a system does that ignores what it does not allow.
type lenientChanges struct{ memoryChanges }

func (s lenientChanges) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	if c, err := s.memoryChanges.Transition(ctx, id, t); err == nil {
		return c, nil
	}
	return s.change(ctx, id, func(*record.ChangeRequest) error { return nil })
}

// editableChanges lets anything be edited at any time.
type editableChanges struct{ memoryChanges }

func (s editableChanges) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	return s.change(ctx, r.Metadata().ID, func(c *record.ChangeRequest) error {
		record.Apply(c, r, fields)
		return nil
	})
}

// stubbornChanges takes an edit and leaves the approval as it was.
type stubbornChanges struct{ memoryChanges }

func (s stubbornChanges) Update(ctx context.Context, r record.Record, fields []string) (record.Record, error) {
	was, err := s.Get(ctx, []string{r.Metadata().ID})
	if err != nil || was[r.Metadata().ID] == nil {
		return s.memoryChanges.Update(ctx, r, fields)
	}
	c := was[r.Metadata().ID].(*record.ChangeRequest)
	if _, err := s.memoryChanges.Update(ctx, r, fields); err != nil {
		return nil, err
	}
	return s.change(ctx, c.ID, func(now *record.ChangeRequest) error {
		now.State, now.Approval = c.State, c.Approval
		return nil
	})
}

// forgetfulChanges closes a change without its outcome and notes.
type forgetfulChanges struct{ memoryChanges }

func (s forgetfulChanges) Transition(ctx context.Context, id string, t record.Transition) (*record.ChangeRequest, error) {
	if c, err := s.memoryChanges.Transition(ctx, id, t); err != nil || t.To != record.ChangeClosed {
		return c, err
	}
	return s.change(ctx, id, func(c *record.ChangeRequest) error {
		c.Outcome, c.CloseNotes = "", ""
		return nil
	})
}

// namelessChanges does not find a change again by the name that it was given.
type namelessChanges struct{ memoryChanges }

func (s namelessChanges) Create(ctx context.Context, r record.Record) (record.Record, error) {
	c := record.Clone(r).(*record.ChangeRequest)
	c.Name = ""
	return s.memoryChanges.Create(ctx, c)
}

// racyAddresses chooses a free address and takes it in two steps.
type racyAddresses struct{ memoryAddresses }

func (s racyAddresses) Allocate(ctx context.Context, r record.Record) (record.Record, error) {
	chosen, err := s.memoryAddresses.Allocate(ctx, r)
	if err != nil {
		return nil, err
	}
	a := chosen.(*record.IPAddress)
	if err := s.Retire(ctx, a.ID, record.Erase); err != nil {
		return nil, err
	}
	time.Sleep(time.Millisecond)
	var kept record.Record
	err = s.m.do(ctx, func() error {
		kept = s.m.keep(a)
		return nil
	})
	return kept, err
}

// spoiledCalendar loses a part of what it knows.
type spoiledCalendar struct {
	memoryChanges
	spoil func(record.Calendar) record.Calendar
}

func (s spoiledCalendar) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	calendar, err := s.memoryChanges.Calendar(ctx, kinds...)
	return s.spoil(calendar), err
}

func oneStack(c record.Calendar) record.Calendar {
	return slices.DeleteFunc(c, func(e record.CalendarEntry) bool { return e.Stack != "suite/one" })
}

func noEnvironments(c record.Calendar) record.Calendar {
	for i := range c {
		c[i].Environments = nil
	}
	return c
}

func noItems(c record.Calendar) record.Calendar {
	for i := range c {
		c[i].ConfigurationItemIDs = nil
	}
	return c
}
