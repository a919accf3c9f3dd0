// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// env is where one check runs: a fresh system, and the records that others depend on. Its methods end the check on an
// error that the check did not ask for.
type env struct {
	t     T
	c     Config
	owner *testing.T // for Config's functions, also where t only records
	conn  record.Connection
	stack string
	made  map[string]record.Record
}

func newEnv(t T, owner *testing.T, c Config) *env {
	return &env{t: t, c: c, owner: owner, conn: c.Open(owner), stack: "suite/one", made: map[string]record.Record{}}
}

func (e *env) store(kind record.Kind) record.Store[record.Record] { return e.storeOf(e.conn, kind) }

func (e *env) storeOf(conn record.Connection, kind record.Kind) record.Store[record.Record] {
	e.t.Helper()
	store, err := conn.Stores().Of(kind)
	if err != nil {
		e.t.Fatalf("no store of kind %s: %v", kind, err)
	}
	return store
}

// again makes the second connection.
func (e *env) again() record.Connection { return e.c.Again(e.owner) }

// once makes a record on which others depend, once for a name.
func (e *env) once(name string, build func() record.Record) record.Record {
	e.t.Helper()
	if _, ok := e.made[name]; !ok {
		r := e.express(build())
		e.made[name] = e.create(r)
	}
	return e.made[name]
}

// record builds the n-th record of a kind as a caller of the store would: owned by the stack, prepared, and limited to
// what the system declares that it can express.
func (e *env) record(k kindCase, n int) record.Record {
	e.t.Helper()
	return e.express(k.build(e, n))
}

func (e *env) express(r record.Record) record.Record {
	r.Metadata().Stack = e.stack
	if p, ok := r.(record.Preparer); ok {
		p.Prepare()
	}
	support, _ := e.c.System.Supports(r.Kind())
	for _, f := range record.Fields(r) {
		if slices.Contains(support.Unsupported, f.Name) {
			f.In(r).SetZero()
		}
		v := f.In(r)
		if allowed := support.Values[f.Name]; len(allowed) > 0 && v.Kind() == reflect.String && v.String() != "" && !slices.Contains(allowed, v.String()) {
			v.SetString(allowed[0])
		}
	}
	return r
}

// expresses says whether the system has a place for a field.
func (e *env) expresses(kind record.Kind, field string) bool {
	name, _, _ := strings.Cut(field, ".")
	return !slices.Contains(e.c.System.Kinds[kind].Unsupported, name)
}

func (e *env) create(r record.Record) record.Record {
	e.t.Helper()
	kept, err := e.store(r.Kind()).Create(e.t.Context(), record.Clone(r))
	if err != nil {
		e.t.Fatalf("Create %s %q: %v", r.Kind(), r.NaturalName(), err)
	}
	return kept
}

func (e *env) update(r record.Record, fields ...string) record.Record {
	e.t.Helper()
	kept, err := e.store(r.Kind()).Update(e.t.Context(), record.Clone(r), fields)
	if err != nil {
		e.t.Fatalf("Update %v of %s %q: %v", fields, r.Kind(), r.NaturalName(), err)
	}
	return kept
}

// get reads one record that must exist.
func (e *env) get(kind record.Kind, id string) record.Record {
	e.t.Helper()
	r, ok := e.lookUp(kind, id)
	if !ok {
		e.t.Fatalf("Get: %s %q is absent", kind, id)
	}
	return r
}

func (e *env) lookUp(kind record.Kind, id string) (record.Record, bool) {
	e.t.Helper()
	found, err := e.store(kind).Get(e.t.Context(), []string{id})
	if err != nil {
		e.t.Fatalf("Get %s %q: %v", kind, id, err)
	}
	r, ok := found[id]
	return r, ok
}

func (e *env) find(kind record.Kind, q record.Query) []record.Record {
	e.t.Helper()
	found, err := e.store(kind).Find(e.t.Context(), q)
	if err != nil {
		e.t.Fatalf("Find %s %+v: %v", kind, q, err)
	}
	return found
}

func (e *env) retire(kind record.Kind, id string, d record.Disposal) {
	e.t.Helper()
	if err := e.store(kind).Retire(e.t.Context(), id, d); err != nil {
		e.t.Fatalf("Retire %s %q, %s: %v", kind, id, d, err)
	}
}

// wantFailure checks the reason of an error and, unless field is empty, the field at fault.
func (e *env) wantFailure(what string, err, reason error, field string) {
	e.t.Helper()
	if err == nil {
		e.t.Errorf("%s: succeeded, want error %q", what, reason)
		return
	}
	if !errors.Is(err, reason) {
		e.t.Errorf("%s: error is %q, want reason %q", what, err, reason)
	}
	var failure *record.Error
	if !errors.As(err, &failure) {
		e.t.Errorf("%s: error is a %T, want a *record.Error", what, err)
	} else if field != "" && failure.Field != field {
		e.t.Errorf("%s: error is on field %q, want %q", what, failure.Field, field)
	}
}

// wantHolder checks that an error is a conflict that names the record which holds the key.
func (e *env) wantHolder(what string, err error, id string) {
	e.t.Helper()
	e.wantFailure(what, err, record.ErrConflict, "")
	var failure *record.Error
	if errors.As(err, &failure) && failure.ID != id {
		e.t.Errorf("%s: the conflict names record %q, want the holder %q", what, failure.ID, id)
	}
}

// wantSame compares two records in all fields and in their metadata, except the fields that are named.
func (e *env) wantSame(what string, got, want record.Record, except ...string) {
	e.t.Helper()
	if differences := differ(got, want, except); len(differences) > 0 {
		e.t.Errorf("%s: %s", what, strings.Join(differences, "; "))
	}
	g, w := *got.Metadata(), *want.Metadata()
	if g.Extensions, w.Extensions = nil, nil; !reflect.DeepEqual(g, w) {
		e.t.Errorf("%s: metadata is %+v, want %+v", what, g, w)
	}
}

// differ lists the differences between two records, without what no system gives back.
func differ(got, want record.Record, except []string) []string {
	var differences []string
	for _, path := range record.Changes(want, got) {
		name, key, entry := strings.Cut(path, ".")
		f, _ := record.FieldNamed(got, name)
		if f.Input || slices.Contains(except, name) || slices.Contains(except, path) {
			continue
		}
		g, w := f.In(got), f.In(want)
		if entry {
			g, w = g.MapIndex(reflect.ValueOf(key)), w.MapIndex(reflect.ValueOf(key))
		}
		differences = append(differences, fmt.Sprintf("%s is %v, want %v", path, g, w))
	}
	return differences
}

func ids(records []record.Record) []string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = r.Metadata().ID
	}
	return list
}

// wantRecords checks that exactly these records were found, whole and in order.
func (e *env) wantRecords(what string, got []record.Record, want ...record.Record) {
	e.t.Helper()
	byID := map[string]record.Record{}
	for _, r := range want {
		byID[r.Metadata().ID] = r
	}
	for _, r := range got {
		if w, ok := byID[r.Metadata().ID]; ok {
			e.wantSame(what+": "+r.NaturalName(), r, w)
		}
	}
	gotIDs, wantIDs := ids(got), slices.Sorted(maps.Keys(byID))
	if !inOrder(gotIDs) {
		e.t.Errorf("%s: records are not sorted by id: %.300q", what, gotIDs)
	}
	if slices.Sort(gotIDs); !slices.Equal(gotIDs, wantIDs) {
		e.t.Errorf("%s: found %d records, want %d: %.300q, want %.300q", what, len(gotIDs), len(wantIDs), gotIDs, wantIDs)
	}
}

// inOrder accepts the order of strings and that of numbers.
func inOrder(ids []string) bool {
	return slices.IsSorted(ids) || slices.IsSortedFunc(ids, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}
