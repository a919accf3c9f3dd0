// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestSystemServesEveryKind(t *testing.T) {
	s := System()
	r := open(t, filepath.Join(t.TempDir(), "infraops.db"))
	if len(record.Kinds()) < 5 {
		t.Fatalf("only %d kinds", len(record.Kinds()))
	}
	for _, kind := range record.Kinds() {
		if _, declared := s.Kinds[kind]; !declared || r.Stores()[kind] == nil {
			t.Errorf("kind %s is not served", kind)
		}
	}
	changes := r.Stores()[record.KindChangeRequest]
	if _, ok := record.Capability[record.Approver](changes); !ok {
		t.Error("changes cannot be approved")
	}
	if _, ok := record.Capability[record.Transitioner](changes); !ok {
		t.Error("changes cannot be moved")
	}
	if _, ok := record.Capability[record.Allocator[record.Record]](r.Stores()[record.KindIPAddress]); !ok {
		t.Error("addresses cannot be allocated")
	}
	for kind := range s.Kinds {
		if _, ok := record.Capability[record.Allocator[record.Record]](r.Stores()[kind]); ok && kind != record.KindIPAddress {
			t.Errorf("%s pretends to allocate", kind)
		}
	}
}

func TestLifeOfARecord(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		wanted := item("s", "web-01")
		wanted.FQDN, wanted.Attributes = "WEB-01.example.com.", map[string]string{"cpu": "2", "ram": "8"}
		kept := create(t, r, wanted)
		want := record.Meta{ID: kept.ID, System: "registry", Stack: "s", CorrelationID: "s/cmdb_configuration_item/server/web-01"}
		if !reflect.DeepEqual(kept.Meta, want) || kept.ID == "" {
			t.Errorf("got %+v, want %+v", kept.Meta, want)
		}
		if kept.FQDN != "web-01.example.com" {
			t.Errorf("not canonical: %q", kept.FQDN)
		}
		if wanted.ID != "" || wanted.FQDN != "WEB-01.example.com." {
			t.Errorf("the caller's record was changed: %+v", wanted)
		}
		if again := get[*record.ConfigurationItem](t, r, kept.Kind(), kept.ID); !reflect.DeepEqual(again, kept) {
			t.Errorf("read %+v, was told %+v", again, kept)
		}

		edit := record.Clone(kept)
		edit.Owner, edit.Location, edit.Attributes = "me", "not named", map[string]string{"cpu": "4"}
		updated, err := r.Stores()[kept.Kind()].Update(t.Context(), edit, []string{"owner", "attributes.cpu", "attributes.gone"})
		if err != nil {
			t.Fatal(err)
		}
		u := updated.(*record.ConfigurationItem)
		if u.Owner != "me" || u.Location != "" || !reflect.DeepEqual(u.Attributes, map[string]string{"cpu": "4", "ram": "8"}) {
			t.Errorf("kept %+v", u)
		}
		_, err = r.Stores()[kept.Kind()].Update(t.Context(), edit, []string{"ownr"})
		fails(t, err, record.ErrInvalid, "ownr")
		edit.ID = "999"
		_, err = r.Stores()[kept.Kind()].Update(t.Context(), edit, []string{"owner"})
		fails(t, err, record.ErrNotFound, "999")

		retires(t, r, kept)
	})
}

func retires(t *testing.T, r *Registry, kept *record.ConfigurationItem) {
	t.Helper()
	s := r.Stores()[kept.Kind()]
	for range 2 { // the second time is success as well
		if err := s.Retire(t.Context(), kept.ID, record.Conclude); err != nil {
			t.Fatal(err)
		}
	}
	if c := get[*record.ConfigurationItem](t, r, kept.Kind(), kept.ID); c.Status != record.StatusRetired || !record.Gone(c) {
		t.Errorf("kept %+v", c)
	}
	for gone, want := range map[bool]int{false: 0, true: 1} {
		if found, err := s.Find(t.Context(), record.Query{Stack: "s", Gone: gone}); err != nil || len(found) != want {
			t.Errorf("gone %v: found %d, %v", gone, len(found), err)
		}
	}
	_, err := tryCreate(t.Context(), r, item("s", "web-01"))
	if e := failure(t, err, record.ErrConflict, "web-01"); e.ID != kept.ID {
		t.Errorf("a retired item keeps its key: got holder %q", e.ID)
	}
	for _, id := range []string{kept.ID, kept.ID, "999", "x", ""} {
		if err := s.Retire(t.Context(), id, record.Erase); err != nil {
			t.Errorf("erasing %q: %v", id, err)
		}
	}
	found, err := s.Get(t.Context(), []string{kept.ID, "x", "-1", "01"})
	if err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	events, err := r.History(t.Context(), HistoryFilter{ID: kept.ID})
	var actions []string
	for _, e := range events {
		actions = append(actions, e.Action)
	}
	if want := []string{"create", "update", "retire", "delete"}; err != nil || !slices.Equal(actions, want) {
		t.Errorf("history %v, %v, want %v", actions, err, want)
	}
	if again := create(t, r, item("s", "web-01")); again.ID == kept.ID {
		t.Error("an id was used again")
	}
}

func TestKeyIsHeldOnce(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		const rounds, callers = 5, 16
		connections := []*Registry{open(t, database), open(t, database), open(t, database), open(t, database)}
		for round := range rounds {
			var group sync.WaitGroup
			results := make([]error, callers)
			ids := make([]string, callers)
			for i := range callers {
				group.Go(func() {
					kept, err := tryCreate(t.Context(), connections[i%len(connections)], item("s", fmt.Sprintf("web-%d", round)))
					if results[i] = err; err == nil {
						ids[i] = kept.ID
					}
				})
			}
			group.Wait()
			winners := slices.DeleteFunc(ids, func(id string) bool { return id == "" })
			if len(winners) != 1 {
				t.Fatalf("%d creates succeeded: %v", len(winners), errors.Join(results...))
			}
			for _, err := range results {
				if err == nil {
					continue
				}
				if e := failure(t, err, record.ErrConflict); e.ID != winners[0] {
					t.Errorf("the conflict names %q, the holder is %q", e.ID, winners[0])
				}
			}
		}
	})
}

func TestNameMovesWithUpdate(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		a, b := create(t, r, item("s", "a")), create(t, r, item("s", "b"))
		create(t, r, item("other", "c")) // another stack's key is another key
		s := r.Stores()[a.Kind()]

		a.Name = "b"
		_, err := s.Update(t.Context(), a, []string{"name"})
		if e := failure(t, err, record.ErrConflict); e.ID != b.ID {
			t.Errorf("holder %q, want %q", e.ID, b.ID)
		}
		a.Name = "c"
		moved, err := s.Update(t.Context(), a, []string{"name"})
		if err != nil || moved.Metadata().CorrelationID != "s/cmdb_configuration_item/server/c" {
			t.Fatalf("%+v, %v", moved, err)
		}
		create(t, r, item("s", "a")) // its old key is free
		_, err = tryCreate(t.Context(), r, item("s", "c"))
		if e := failure(t, err, record.ErrConflict); e.ID != a.ID {
			t.Errorf("holder %q, want %q", e.ID, a.ID)
		}
		found, err := s.Find(t.Context(), record.Query{Stack: "s", Names: []string{"server/c", "server/nobody"}})
		if err != nil || len(found) != 1 || found[0].Metadata().ID != a.ID {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestListingInPages(t *testing.T) {
	const n = 2 * pageSize
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		fill(t, r, n)
		s := r.Stores()[record.KindConfigurationItem]
		before := r.Statements()
		start := time.Now()
		found, err := s.Find(t.Context(), record.Query{Stack: "bulk"})
		if err != nil || len(found) != n {
			t.Fatalf("found %d, %v", len(found), err)
		}
		t.Logf("listing %d: %v", n, time.Since(start))
		if got := r.Statements() - before; got != n/pageSize {
			t.Errorf("%d statements for %d records", got, n)
		}
		ids := make([]string, n)
		for i, f := range found {
			ids[i] = f.Metadata().ID
		}
		if !slices.IsSortedFunc(found, func(a, b record.Record) int {
			x, _ := numeric(a.Metadata().ID)
			y, _ := numeric(b.Metadata().ID)
			return int(x - y)
		}) {
			t.Error("not sorted by id")
		}
		before = r.Statements()
		byID, err := s.Get(t.Context(), slices.Concat(ids, []string{"none", "99999999"}))
		if err != nil || len(byID) != n {
			t.Fatalf("got %d, %v", len(byID), err)
		}
		if got := r.Statements() - before; got != n/idsPerStatement+1 {
			t.Errorf("%d statements for %d ids", got, n)
		}
		found, err = s.Find(t.Context(), record.Query{Where: map[string]string{"attributes.n": "7"}})
		if err != nil || len(found) != 1 || found[0].(*record.ConfigurationItem).Name != "i-7" {
			t.Errorf("found %v, %v", found, err)
		}
		all, err := r.Records(t.Context(), "", record.Query{})
		if err != nil || len(all) != n {
			t.Errorf("found %d of all kinds, %v", len(all), err)
		}
	})
}

// fill writes many items in one transaction.
func fill(t testing.TB, r *Registry, n int) {
	t.Helper()
	s := r.stores[record.KindConfigurationItem].(*store)
	err := r.write(t.Context(), true, func(tx *transaction) error {
		for i := range n {
			c := item("bulk", fmt.Sprintf("i-%d", i))
			c.Owner, c.Environment, c.FQDN = "team", "production", fmt.Sprintf("i-%d.example.com", i)
			c.Attributes = map[string]string{"n": fmt.Sprint(i), "cpu": "4", "ram": "16"}
			if _, _, err := s.insert(t.Context(), tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsCreatedByReading(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "infraops.db")
	r := open(t, file)
	s := r.Stores()[record.KindConfigurationItem]
	if err := r.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Find(t.Context(), record.Query{}); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	_, err := s.Get(t.Context(), []string{"1"})
	fails(t, err, record.ErrUnavailable, file, "does not exist", "Check")
	_, err = s.Update(t.Context(), &record.ConfigurationItem{Meta: record.Meta{ID: "1"}}, []string{"owner"})
	fails(t, err, record.ErrUnavailable, "does not exist")
	fails(t, s.Retire(t.Context(), "1", record.Conclude), record.ErrUnavailable, "does not exist")
	approver, _ := record.Capability[record.Approver](r.Stores()[record.KindChangeRequest])
	_, err = approver.Approvals(t.Context(), []string{"1"})
	fails(t, err, record.ErrUnavailable, "does not exist")
	_, err = r.Decide(t.Context(), "CHG0000001", Verdict{Approve: true})
	fails(t, err, record.ErrNotFound, "CHG0000001")
	if events, err := r.History(t.Context(), HistoryFilter{}); err != nil || len(events) != 0 {
		t.Errorf("history %v, %v", events, err)
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 0 {
		t.Fatalf("reading has created %v, %v", entries, err)
	}
	create(t, r, item("s", "a"))
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	create(t, open(t, filepath.Join(directory, "a ?#%&b.db")), item("s", "a")) // characters that mean something in a URI
	if _, err := os.Stat(filepath.Join(directory, "a ?#%&b.db")); err != nil {
		t.Error(err)
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		a, b := create(t, r, item("s", "a")), create(t, r, item("s", "b"))
		dead := create(t, r, item("s", "dead"))
		if err := r.Stores()[dead.Kind()].Retire(t.Context(), dead.ID, record.Conclude); err != nil {
			t.Fatal(err)
		}
		relation := func(parent, kind, child string) record.Record {
			return &record.Relationship{Meta: record.Meta{Stack: "s"}, ParentID: parent, ChildID: child, Type: kind}
		}
		class := item("s", "x")
		class.Class = "cmdb_ci_toaster"
		for name, c := range map[string]struct {
			record record.Record
			reason error
			field  string
		}{
			"no stack":          {item("", "x"), record.ErrInvalid, ""},
			"class":             {class, record.ErrInvalid, "class"},
			"name":              {item("s", " x"), record.ErrInvalid, "name"},
			"relationship type": {relation(a.ID, "likes", b.ID), record.ErrInvalid, "type"},
			"parent":            {relation("999", "uses", b.ID), record.ErrNotFound, "parent_id"},
			"child":             {relation(a.ID, "uses", "b"), record.ErrNotFound, "child_id"},
			"retired child":     {relation(a.ID, "uses", dead.ID), record.ErrNotFound, "child_id"},
			"prefix":            {address("s", a.ID, "x", ""), record.ErrNotFound, "prefix_id"}, // an item's id
		} {
			t.Run(name, func(t *testing.T) {
				_, err := tryCreate(t.Context(), r, c.record)
				if e := failure(t, err, c.reason); e.Field != c.field {
					t.Errorf("field %q, want %q", e.Field, c.field)
				}
			})
		}
		kept := create(t, r, relation(a.ID, "uses", b.ID))
		if err := r.Stores()[kept.Kind()].Retire(t.Context(), kept.Metadata().ID, record.Conclude); err != nil {
			t.Fatal(err)
		}
		if again := create(t, r, relation(a.ID, "uses", b.ID)); again.Metadata().ID == kept.Metadata().ID {
			t.Error("a removed relationship was taken over")
		}
	})
}
