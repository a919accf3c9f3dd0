// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func checkRetire(e *env, k kindCase) {
	before := e.create(e.record(k, 1))
	id := before.Metadata().ID
	for range 2 {
		e.retire(k.kind, id, record.Conclude)
	}
	e.retire(k.kind, absentID, record.Conclude)
	after, found := e.lookUp(k.kind, id)
	if !found && k.kept {
		e.t.Fatalf("a %s did not leave evidence: Get after Retire finds nothing", k.kind)
	}
	var live []record.Record
	if found {
		if !k.ended(after) {
			e.t.Errorf("after Retire the record is not at its end: %+v", after)
		}
		if differences := differ(after, before, k.endFields); len(differences) > 0 {
			e.t.Errorf("Retire changed more than the record's end: %q", differences)
		}
		e.wantRecords("Find with what is gone", e.find(k.kind, record.Query{Stack: e.stack, Gone: true}), after)
		if !record.Gone(after) {
			live = append(live, after)
		}
	}
	e.wantRecords("Find after Retire", e.find(k.kind, record.Query{Stack: e.stack}), live...)
	e.wantKey(k, id, k.freesKey)
}

// wantKey creates the record again and checks whether its key was free.
func (e *env) wantKey(k kindCase, id string, free bool) {
	e.t.Helper()
	again, err := e.store(k.kind).Create(e.t.Context(), e.record(k, 1))
	switch {
	case !free:
		e.wantHolder("Create after the end of the first", err, id)
	case err != nil:
		e.t.Errorf("Create after the end of the first: %v", err)
	case again.Metadata().ID == id && id != again.NaturalName(): // An id that is the name itself says what, and not which.
		e.t.Errorf("Create after the end of the first gave the same id %q to another record", id)
	}
}

func checkErase(e *env, k kindCase) {
	id := e.create(e.record(k, 1)).Metadata().ID
	neighbour := e.create(e.record(k, 2))
	for range 2 {
		e.retire(k.kind, id, record.Erase)
	}
	e.retire(k.kind, absentID, record.Erase)
	if r, found := e.lookUp(k.kind, id); found && record.HoldsKey(r) {
		e.t.Errorf("after Erase the record is still there: %+v", r)
	}
	e.wantSame("Get of another record after Erase", e.get(k.kind, neighbour.Metadata().ID), neighbour)
	e.wantKey(k, id, true)
}

// together runs an operation n times at once, over both connections in turn.
func (e *env) together(n int, operation func(i int, conn record.Connection)) {
	connections := []record.Connection{e.conn, e.again()}
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			operation(i, connections[i%len(connections)])
		})
	}
	close(start)
	wg.Wait()
}

func checkConcurrentCreate(e *env, k kindCase) {
	const writers = 16
	r := e.record(k, 1)
	answers, errs := make([]record.Record, writers), make([]error, writers)
	e.together(writers, func(i int, conn record.Connection) {
		store, err := conn.Stores().Of(k.kind)
		if errs[i] = err; err == nil {
			answers[i], errs[i] = store.Create(e.t.Context(), record.Clone(r))
		}
	})
	var made []record.Record
	for i, err := range errs {
		if err == nil {
			made = append(made, answers[i])
		}
	}
	if len(made) != 1 {
		e.t.Fatalf("%d of %d concurrent creates of one key succeeded, want 1; errors: %v", len(made), writers, errors.Join(errs...))
	}
	for _, err := range errs {
		if err != nil {
			e.wantHolder("concurrent Create", err, made[0].Metadata().ID)
		}
	}
	e.wantRecords("after concurrent creates", e.find(k.kind, e.named(r)), made[0])
}

func checkInvalid(e *env, k kindCase) {
	for _, flaw := range k.invalid {
		if !e.expresses(k.kind, flaw.field) {
			continue
		}
		r := e.record(k, 1)
		flaw.set(r)
		_, err := e.store(k.kind).Create(e.t.Context(), r)
		e.wantFailure("Create with an invalid "+flaw.field, err, record.ErrInvalid, flaw.field)
	}
	e.wantRecords("after refused creates", e.find(k.kind, record.Query{Stack: e.stack}))
	kept := e.create(e.record(k, 1))
	for _, flaw := range k.invalid {
		if flaw.onlyNew || !e.expresses(k.kind, flaw.field) {
			continue
		}
		r := record.Clone(kept)
		flaw.set(r)
		_, err := e.store(k.kind).Update(e.t.Context(), r, []string{flaw.field})
		e.wantFailure("Update with an invalid "+flaw.field, err, record.ErrInvalid, flaw.field)
	}
	e.wantSame("after refused updates", e.get(k.kind, kept.Metadata().ID), kept)
}

// operations are the five verbs on one record.
func operations(store record.Store[record.Record], kept, fresh record.Record) map[string]func(context.Context) error {
	id := kept.Metadata().ID
	return map[string]func(context.Context) error{
		"Get":    func(ctx context.Context) error { _, err := store.Get(ctx, []string{id}); return err },
		"Find":   func(ctx context.Context) error { _, err := store.Find(ctx, record.Query{}); return err },
		"Create": func(ctx context.Context) error { _, err := store.Create(ctx, fresh); return err },
		"Update": func(ctx context.Context) error { _, err := store.Update(ctx, kept, nil); return err },
		"Retire": func(ctx context.Context) error { return store.Retire(ctx, id, record.Conclude) },
	}
}

func checkContext(e *env, k kindCase) {
	const quickly = 2 * time.Second
	kept, fresh := e.create(e.record(k, 1)), e.record(k, 2)
	ctx, cancel := context.WithCancel(e.t.Context())
	cancel()
	for name, operation := range operations(e.store(k.kind), record.Clone(kept), fresh) {
		answer := make(chan error, 1)
		go func() { answer <- operation(ctx) }()
		select {
		case err := <-answer:
			if !errors.Is(err, context.Canceled) {
				e.t.Errorf("%s with a cancelled context: error is %v, want context.Canceled", name, err)
			}
			var failure *record.Error
			if err != nil && !errors.As(err, &failure) {
				e.t.Errorf("%s with a cancelled context: error is a %T, want a *record.Error", name, err)
			}
		case <-time.After(quickly):
			e.t.Errorf("%s with a cancelled context did not return within %s", name, quickly)
		}
	}
	e.wantRecords("after calls with a cancelled context", e.find(k.kind, record.Query{Stack: e.stack}), kept)
}

func checkClosed(e *env, k kindCase) {
	kept, fresh := e.create(e.record(k, 1)), e.record(k, 2)
	conn := e.again()
	all := operations(e.storeOf(conn, k.kind), record.Clone(kept), fresh)
	if err := all["Get"](e.t.Context()); err != nil {
		e.t.Errorf("Get before Close: %v", err)
	}
	if err := conn.Close(); err != nil {
		e.t.Errorf("Close: %v", err)
	}
	for name, operation := range all {
		func() {
			defer func() {
				if p := recover(); p != nil {
					e.t.Errorf("%s after Close panicked: %v", name, p)
				}
			}()
			if operation(e.t.Context()) == nil {
				e.t.Errorf("%s after Close succeeded", name)
			}
		}()
	}
	e.wantRecords("through another connection after Close", e.find(k.kind, record.Query{Stack: e.stack}), kept)
}

// checkOwnCopies writes over everything that went into the store or came out of it.
func checkOwnCopies(e *env, k kindCase) {
	sent := e.record(k, 1)
	answer, err := e.store(k.kind).Create(e.t.Context(), sent)
	if err != nil {
		e.t.Fatalf("Create: %v", err)
	}
	kept := record.Clone(answer)
	id := kept.Metadata().ID
	scramble(sent)
	scramble(answer)
	scramble(e.get(k.kind, id))
	for _, r := range e.find(k.kind, record.Query{Stack: e.stack}) {
		scramble(r)
	}
	if k.entries != "" && e.expresses(k.kind, k.entries) {
		sent = record.Clone(kept)
		f, _ := record.FieldNamed(sent, k.entries)
		var paths []string
		for _, key := range f.Keys(sent) {
			paths = append(paths, k.entries+"."+key)
		}
		answer, err = e.store(k.kind).Update(e.t.Context(), sent, paths)
		if err != nil {
			e.t.Fatalf("Update of %s: %v", k.entries, err)
		}
		scramble(sent)
		scramble(answer)
	}
	e.wantSame("after the caller changed its copies", e.get(k.kind, id), kept, k.computed...)
}

func scramble(r record.Record) {
	for _, f := range record.Fields(r) {
		v := f.In(r)
		switch {
		case f.IsMap():
			for _, key := range v.MapKeys() {
				v.SetMapIndex(key, reflect.Zero(f.Type.Elem()))
			}
		case v.Kind() == reflect.Pointer && !v.IsNil():
			v.Elem().SetZero()
		case v.Kind() == reflect.Slice:
			for i := range v.Len() {
				v.Index(i).SetZero()
			}
		case v.Kind() == reflect.String:
			v.SetString("scrambled")
		}
	}
	r.Metadata().Stack = strings.ToUpper(r.Metadata().Stack)
}

// setEntries gives a map these entries, or lists of one of them each.
func setEntries(f record.Field, r record.Record, entries map[string]string) {
	if f.Type == record.MapType {
		f.In(r).Set(reflect.ValueOf(entries))
		return
	}
	lists := map[string][]string{}
	for key, value := range entries {
		lists[key] = []string{value}
	}
	f.In(r).Set(reflect.ValueOf(lists))
}
