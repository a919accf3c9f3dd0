// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestUnusableFiles(t *testing.T) {
	directory := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := filepath.Join(directory, "good.db")
	r := open(t, good)
	for i := range 50 {
		create(t, r, item("s", strings.Repeat("x", i+1)))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	torn := append([]byte(nil), content...)
	for i := 100; i < len(torn); i++ {
		torn[i] = 0xff
	}
	for name, c := range map[string]struct{ path, says string }{
		"directory":      {directory, "is a directory"},
		"text":           {write("text.db", []byte("this is a text, and not at all a database")), "not an SQLite database"},
		"short":          {write("short.db", []byte("SQLite")), "not an SQLite database"},
		"torn":           {write("torn.db", torn), "damaged"},
		"no directory":   {filepath.Join(directory, "none", "infraops.db"), "does not exist"},
		"file as parent": {filepath.Join(good, "infraops.db"), ""},
		"device":         {"/dev/null", "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, c.path)
			if e := failure(t, r.Ready(t.Context()), record.ErrUnavailable, c.says); e.Advice == "" || !strings.Contains(e.Error(), directory) && name != "device" {
				t.Errorf("%+v", e)
			}
			_, err := tryCreate(t.Context(), r, item("s", "a"))
			fails(t, err, record.ErrUnavailable, c.says)
			if name == "no directory" {
				return // no file, so nothing to list
			}
			_, err = r.Stores()[record.KindConfigurationItem].Find(t.Context(), record.Query{})
			if name == "file as parent" && err == nil {
				t.Error("listed")
			}
			if name != "file as parent" {
				fails(t, err, record.ErrUnavailable, c.says)
			}
		})
	}
	empty := open(t, write("empty.db", nil)) // as another process leaves it that was killed after creating it
	if err := empty.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = empty.Stores()[record.KindPrefix].Get(t.Context(), []string{"1"})
	fails(t, err, record.ErrUnavailable)
	create(t, empty, item("s", "a"))
}

func TestNewerSchema(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		old := open(t, database)
		kept := create(t, old, item("s", "a"))
		if _, err := raw(t, old).Exec("INSERT INTO infraops_migration (version, name, applied_at, applied_by) VALUES (99, 'future', '', '')"); err != nil {
			t.Fatal(err)
		}
		r := open(t, database)
		fails(t, r.Ready(t.Context()), record.ErrUnavailable, "version 99", "provider version")
		_, err := tryCreate(t.Context(), r, item("s", "b"))
		fails(t, err, record.ErrUnavailable, "version 99")
		_, err = r.Stores()[kept.Kind()].Get(t.Context(), []string{kept.ID})
		fails(t, err, record.ErrUnavailable, "version 99")
	})
}

func TestMigrationsAreInOrder(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "infraops.db"))
	if len(migrations()) == 0 {
		t.Fatal("no migrations")
	}
	for i, m := range migrations() {
		if m.version != i+1 || !strings.HasPrefix(m.name, strings.Repeat("0", 3)) {
			t.Errorf("%+v", m)
		}
		if script, err := r.script(m); err != nil || strings.ContainsAny(script, "{}") {
			t.Errorf("%s: %v: a word is not replaced", m.name, err)
		}
	}
}

func TestHistoryIsAppendOnly(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := openAs(t, database, "carol")
		kept := create(t, r, item("s", "a"))
		statements := []string{"UPDATE infraops_history SET actor = 'nobody'", "DELETE FROM infraops_history"}
		if isURL(database) {
			statements = append(statements, "TRUNCATE infraops_history")
		} else {
			statements = append(statements, "REPLACE INTO infraops_history SELECT sequence, at, 'nobody', stack, kind, record_id, name, action, changes FROM infraops_history")
		}
		for _, statement := range statements {
			if _, err := raw(t, r).Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		events, err := r.History(t.Context(), HistoryFilter{Stack: "s", Kind: kept.Kind(), ID: kept.ID})
		if err != nil || len(events) != 1 {
			t.Fatal(events, err)
		}
		e := events[0]
		if e.Actor != "carol" || e.ID != kept.ID || e.Name != "server/a" || e.Sequence == 0 || time.Since(e.At) > time.Minute || e.Action != "create" {
			t.Errorf("event %+v", e)
		}
		want := map[string]string{"class": "server", "name": "a", "status": "planned"}
		for _, d := range e.Changes {
			if d.Was != "" || want[d.Field] != d.Now {
				t.Errorf("difference %+v", d)
			}
			delete(want, d.Field)
		}
		if len(want) > 0 {
			t.Errorf("not in the history: %v", want)
		}
		for _, f := range []HistoryFilter{{Stack: "other"}, {Kind: record.KindPrefix}, {ID: "999"}, {ID: "x"}} {
			if events, err := r.History(t.Context(), f); err != nil || len(events) != 0 {
				t.Errorf("%+v: %v, %v", f, events, err)
			}
		}
	})
}

func TestLongTextsAreShortenedInHistory(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "infraops.db"))
	c := change("c", "normal", "")
	c.Attachments = map[string]string{"plan.txt": strings.Repeat("ü", 100_000)}
	c.ConfigurationItemIDs = []string{"2", "1"}
	kept := create(t, r, c)
	if kept.Attachments["plan.txt"] != c.Attachments["plan.txt"] {
		t.Error("the attachment itself was shortened")
	}
	events, err := r.History(t.Context(), HistoryFilter{})
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	said := map[string]string{}
	for _, d := range events[0].Changes {
		said[d.Field] = d.Now
	}
	if s := said["attachments.plan.txt"]; len(s) > 1000 || !strings.Contains(s, "200000 bytes, SHA-256 ") {
		t.Errorf("history has %q", s)
	}
	if said["configuration_item_ids"] != `["1","2"]` {
		t.Errorf("history has %q", said["configuration_item_ids"])
	}
}

// TestContextEndsTheWaitForALock: Ctrl-C returns within a second, whoever holds the lock.
func TestContextEndsTheWaitForALock(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		holder, waiter := open(t, database), open(t, database)
		kept := create(t, holder, item("s", "a"))
		get[*record.ConfigurationItem](t, waiter, kept.Kind(), kept.ID)
		tx, err := raw(t, holder).BeginTx(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.Exec("UPDATE infraops_record SET revision = revision + 1"); err != nil {
			t.Fatal(err)
		}
		kept.Owner = "me"
		works := map[string]func(context.Context) error{
			"update": func(ctx context.Context) error {
				_, err := waiter.Stores()[kept.Kind()].Update(ctx, kept, []string{"owner"})
				return err
			},
			"retire": func(ctx context.Context) error {
				return waiter.Stores()[kept.Kind()].Retire(ctx, kept.ID, record.Conclude)
			},
		}
		if !isURL(database) {
			works["ready"] = waiter.Ready
			works["create in a process that has not opened it yet"] = func(ctx context.Context) error {
				_, err := tryCreate(ctx, open(t, database), item("s", "b"))
				return err
			}
		}
		for name, work := range works {
			for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
				ctx, cancel := context.WithCancel(t.Context())
				if errors.Is(cause, context.DeadlineExceeded) {
					ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
				} else {
					time.AfterFunc(300*time.Millisecond, cancel)
				}
				start := time.Now()
				err := work(ctx)
				waited := time.Since(start)
				cancel()
				fails(t, err, record.ErrUnavailable)
				if !errors.Is(err, cause) {
					t.Errorf("%s: %v is not %v", name, err, cause)
				}
				if waited < 250*time.Millisecond || waited > 20*time.Second {
					t.Errorf("%s waited %v", name, waited)
				}
			}
		}
		if found, err := waiter.Stores()[kept.Kind()].Find(t.Context(), record.Query{}); err != nil || len(found) != 1 { // reading goes on
			t.Errorf("found %v, %v", found, err)
		}
		time.AfterFunc(300*time.Millisecond, func() { _ = tx.Rollback() })
		if err := works["update"](t.Context()); err != nil { // and the lock is waited for
			t.Error(err)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	database := filepath.Join(t.TempDir(), "infraops.db")
	holder, waiter := open(t, database), open(t, database)
	create(t, holder, item("s", "a"))
	waiter.patience = 500 * time.Millisecond
	tx, err := raw(t, holder).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	_, err = tryCreate(t.Context(), waiter, item("s", "b"))
	fails(t, err, record.ErrUnavailable, "locked by another process", database)
}

// TestContextEndsBeforeCommit: what was not committed is not there.
func TestContextEndsBeforeCommit(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		r := open(t, database)
		create(t, r, item("s", "a"))
		ctx, cancel := context.WithCancel(t.Context())
		err := r.write(ctx, true, func(tx *transaction) error {
			_, _, err := r.stores[record.KindConfigurationItem].(*store).insert(ctx, tx, item("s", "b"))
			cancel()
			return err
		})
		if fails(t, err, record.ErrUnavailable); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if found, err := r.Records(t.Context(), "", record.Query{}); err != nil || len(found) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestSettingsThatAreSafe(t *testing.T) {
	r := open(t, filepath.Join(t.TempDir(), "infraops.db"))
	create(t, r, item("s", "a"))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := raw(t, r).QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", pragma, got, err, want)
		}
	}
}

// SQLite reports success for what it writes to a file that nobody will find again.
func TestWriteToAFileThatWasTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "infraops.db")
	r := open(t, path)
	create(t, r, item("s", "a"))
	away := path + ".away"
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	_, err := tryCreate(t.Context(), r, item("s", "b"))
	fails(t, err, record.ErrUnavailable, "deleted, moved or replaced")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = tryCreate(t.Context(), r, item("s", "c"))
	fails(t, err, record.ErrUnavailable, "deleted, moved or replaced")
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	create(t, r, item("s", "d"))
}
