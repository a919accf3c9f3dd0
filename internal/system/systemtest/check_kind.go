// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"slices"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// absentID is an id that no system gives out.
const absentID = "no-such-id"

func checkCreate(e *env, k kindCase) {
	want := e.record(k, 1)
	got := e.create(want)
	want.Canonicalise()
	if differences := differ(got, want, k.computed); len(differences) > 0 {
		e.t.Errorf("Create's answer is not the record that was sent: %q", differences)
	}
	m := got.Metadata()
	if m.ID == "" || m.System != e.c.System.Name || m.Stack != e.stack || m.CorrelationID == "" || m.Retired {
		e.t.Errorf("Create did not stamp the record with id, system, stack and correlation id: %+v", *m)
	}
	canonical := record.Clone(got)
	canonical.Canonicalise()
	if changed := record.Changes(got, canonical); len(changed) > 0 {
		e.t.Errorf("Create's answer is not canonical in %q", changed)
	}
	e.wantSame("Get after Create", e.get(k.kind, m.ID), got)
	for _, name := range k.computed {
		if f, ok := record.FieldNamed(got, name); !ok || e.expresses(k.kind, name) && f.In(got).IsZero() && mustFill(name) {
			e.t.Errorf("Create did not fill %s", name)
		}
	}
}

// mustFill tells the computed fields that are never empty from those that can be.
func mustFill(field string) bool {
	return !slices.Contains([]string{
		"used", "netmask", "package_manager", "compliant", "pending_updates", "last_run_at", "last_success_at", "recovery_points",
		"sid", "retrieval_url", "retrieved_at", "retrieved_by",
	}, field)
}

func checkCreateTwice(e *env, k kindCase) {
	first := e.create(e.record(k, 1))
	_, err := e.store(k.kind).Create(e.t.Context(), e.record(k, 1))
	e.wantHolder("second Create", err, first.Metadata().ID)
	other := e.record(k, 1)
	if len(k.edits) > 1 {
		k.edits[1].set(other)
	}
	_, err = e.store(k.kind).Create(e.t.Context(), other)
	e.wantHolder("Create of another content under the same key", err, first.Metadata().ID)
	e.wantRecords("after a refused Create", e.find(k.kind, e.named(first)), first)
}

// named selects a record by its key.
func (e *env) named(r record.Record) record.Query {
	r = record.Clone(r)
	r.Canonicalise()
	return record.Query{Stack: r.Metadata().Stack, Names: []string{r.NaturalName()}}
}

func checkGet(e *env, k kindCase) {
	one, two, three := e.create(e.record(k, 1)), e.create(e.record(k, 2)), e.create(e.record(k, 3))
	asked := []string{one.Metadata().ID, absentID, three.Metadata().ID, one.Metadata().ID}
	found, err := e.store(k.kind).Get(e.t.Context(), asked)
	if err != nil {
		e.t.Fatalf("Get with an absent id: %v", err)
	}
	for _, want := range []record.Record{one, three} {
		got, ok := found[want.Metadata().ID]
		if !ok {
			e.t.Errorf("Get left out %q, which exists", want.Metadata().ID)
			continue
		}
		e.wantSame("Get in bulk", got, want)
	}
	if _, ok := found[absentID]; ok || len(found) != 2 {
		e.t.Errorf("Get of %q answered %d records, want 2", asked, len(found))
	}
	if _, ok := found[two.Metadata().ID]; ok {
		e.t.Errorf("Get answered %q, which was not asked for", two.Metadata().ID)
	}
	if none, err := e.store(k.kind).Get(e.t.Context(), nil); err != nil || len(none) != 0 {
		e.t.Errorf("Get of nothing: %d records, error %v", len(none), err)
	}
}

func checkFind(e *env, k kindCase) {
	records := []record.Record{e.create(e.record(k, 1)), e.create(e.record(k, 2)), e.create(e.record(k, 3))}
	foreign := e.record(k, 4)
	foreign.Metadata().Stack = "suite/two"
	foreign = e.create(foreign)

	e.wantRecords("Find by stack", e.find(k.kind, record.Query{Stack: e.stack}), records...)
	e.wantRecords("Find by another stack", e.find(k.kind, record.Query{Stack: "suite/two"}), foreign)
	e.wantRecords("Find by an unknown stack", e.find(k.kind, record.Query{Stack: "suite"}))
	names := []string{records[2].NaturalName(), "no such name", records[0].NaturalName(), foreign.NaturalName()}
	e.wantRecords("Find by names", e.find(k.kind, record.Query{Stack: e.stack, Names: names}), records[0], records[2])
	e.wantRecords("Find in every stack", e.find(k.kind, record.Query{Names: names}), records[0], records[2], foreign)
	if value, _ := record.Text(records[1], k.where); e.expresses(k.kind, k.where) {
		where := map[string]string{k.where: value}
		e.wantRecords("Find by "+k.where, e.find(k.kind, record.Query{Stack: e.stack, Where: where}), records[1])
		where[k.where] += "x"
		e.wantRecords("Find by a value that nothing has", e.find(k.kind, record.Query{Stack: e.stack, Where: where}))
	}
	// Several systems ignore a condition that they do not know, and answer everything.
	misspelt := record.Query{Stack: e.stack, Where: map[string]string{"no_such_field": "x"}}
	if found, err := e.store(k.kind).Find(e.t.Context(), misspelt); err == nil && len(found) > 0 {
		e.t.Errorf("Find by a field that does not exist answered %d records", len(found))
	}
}

func checkPaging(e *env, k kindCase) {
	size := e.c.PageSize
	if size == 0 {
		size = 1000
	}
	records := make([]record.Record, size+1)
	for n := range records {
		records[n] = e.create(e.record(k, n))
	}
	e.wantRecords("Find beyond a page", e.find(k.kind, record.Query{Stack: e.stack}), records...)
	found, err := e.store(k.kind).Get(e.t.Context(), ids(records))
	if err != nil || len(found) != len(records) {
		e.t.Errorf("Get of %d ids: %d records, error %v", len(records), len(found), err)
	}
}

func checkUpdate(e *env, k kindCase) {
	kept := e.create(e.record(k, 1))
	for _, edit := range k.edits {
		if !e.expresses(k.kind, edit.field) {
			continue
		}
		// Every other edit is in the record as well, and must not be written.
		sent, want := record.Clone(kept), record.Clone(kept)
		for _, other := range k.edits {
			other.set(sent)
		}
		record.Apply(want, sent, []string{edit.field})
		want.Canonicalise()
		got := e.update(sent, edit.field)
		if want.NaturalName() != kept.NaturalName() {
			want.Metadata().CorrelationID = got.Metadata().CorrelationID
		}
		e.wantSame("Update of "+edit.field, got, want, k.computed...)
		kept = e.get(k.kind, got.Metadata().ID)
		e.wantSame("Get after Update of "+edit.field, kept, got)
		e.wantRecords("Find after Update of "+edit.field, e.find(k.kind, e.named(want)), kept)
	}
	e.wantSame("Update of nothing", e.update(kept), kept)
}

func checkUpdateEntries(e *env, k kindCase) {
	if k.entries == "" || !e.expresses(k.kind, k.entries) {
		return
	}
	kept := e.create(e.record(k, 1))
	write := func(conn record.Connection, path string, entries map[string]string) {
		e.t.Helper()
		sent, want := record.Clone(kept), e.get(k.kind, kept.Metadata().ID)
		f, _ := record.FieldNamed(sent, k.entries)
		setEntries(f, sent, entries)
		record.Apply(want, sent, []string{path})
		want.Canonicalise()
		got, err := e.storeOf(conn, k.kind).Update(e.t.Context(), sent, []string{path})
		if err != nil {
			e.t.Fatalf("Update of %s: %v", path, err)
		}
		e.wantSame("Update of "+path, got, want, k.computed...)
		e.wantSame("Get after Update of "+path, e.get(k.kind, kept.Metadata().ID), got)
	}
	write(e.again(), k.entries+".foreign", map[string]string{"foreign": "theirs"})
	write(e.conn, k.entries+".mine", map[string]string{"mine": "1", "unnamed": "x"})
	write(e.conn, k.entries+".mine", map[string]string{"mine": "two\nlines, \"quoted\""})
	write(e.conn, k.entries+".mine", nil)
	write(e.conn, k.entries+".dotted.key", map[string]string{"dotted.key": "1"})
}

func checkUpdateMissing(e *env, k kindCase) {
	e.create(e.record(k, 2)) // A system may well complain when nothing was ever written to it.
	r := e.record(k, 1)
	r.Metadata().ID = absentID
	var fields []string
	if len(k.edits) > 0 {
		fields = []string{k.edits[0].field}
	}
	_, err := e.store(k.kind).Update(e.t.Context(), r, fields)
	e.wantFailure("Update of a missing record", err, record.ErrNotFound, "")
	e.wantRecords("after Update of a missing record", e.find(k.kind, record.Query{Names: []string{r.NaturalName()}}))
}

func checkDrift(e *env, k kindCase) {
	kept := e.create(e.record(k, 1))
	theirs := e.storeOf(e.again(), k.kind)
	for _, edit := range k.edits {
		if !e.expresses(k.kind, edit.field) {
			continue
		}
		edit.set(kept)
		drifted, err := theirs.Update(e.t.Context(), record.Clone(kept), []string{edit.field})
		if err != nil {
			e.t.Fatalf("Update of %s through another connection: %v", edit.field, err)
		}
		e.wantSame("Get after somebody else's Update of "+edit.field, e.get(k.kind, drifted.Metadata().ID), drifted)
		e.wantRecords("Find after somebody else's Update of "+edit.field, e.find(k.kind, e.named(drifted)), drifted)
		kept = drifted
	}
	if err := theirs.Retire(e.t.Context(), kept.Metadata().ID, record.Conclude); err != nil {
		e.t.Fatalf("Retire through another connection: %v", err)
	}
	if r, ok := e.lookUp(k.kind, kept.Metadata().ID); ok && !k.ended(r) {
		e.t.Errorf("Get after somebody else's Retire answers a record that is still alive")
	}
}
