//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// Another process holds the write lock for three seconds in the midst of an apply, which waits and succeeds.
func TestAccChaos_databaseLocked(t *testing.T) {
	t.Parallel()
	rng := random(t)
	w := newWorld(t, plot{vms: 10})
	p := w.start(applyArgs...)
	if m := (moment{events: 30 + rng.IntN(100)}); !p.reach(m) {
		t.Fatalf("the apply had ended by %s\n%s", m, p.out.tail())
	}
	w.lock(3 * time.Second)
	if status := p.wait(); status != 0 {
		t.Fatalf("the apply ended with %d\n%s", status, p.out.tail())
	}
	newLedger(w).complete()
	w.sound()
}

// lock holds the write lock of the SQLite file.
func (w *world) lock(hold time.Duration) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.database+"?mode=rw&_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Begin()
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(hold)
	if err := tx.Rollback(); err != nil {
		w.t.Fatal(err)
	}
}

// The disk fills up in the midst of an apply. It fails and says so; with space again the next one finishes.
func TestAccChaos_diskFull(t *testing.T) {
	t.Parallel()
	disk := filepath.Join(t.TempDir(), "disk")
	mount(t, disk, 0, "size=800k")
	w := newWorld(t, plot{vms: 10, database: filepath.Join(disk, "infraops.db")})
	l := newLedger(w)
	w.fails("there is no space left for the registry database", applyArgs...)
	full := l.note(w.mustState())
	t.Logf("%d records and %d changes fitted", len(full.standing), len(full.changes))
	if len(full.standing) == 0 {
		t.Error("the disk was full before anything was written, which tests nothing")
	}
	w.fails("there is no space left for the registry database", applyArgs...)
	l.note(w.mustState())
	w.sound()
	mount(t, disk, syscall.MS_REMOUNT, "size=64m")
	w.must(applyArgs...)
	l.complete()
	w.sound()
	w.must(destroyArgs...)
	w.destroyed()
}

// mount makes a small file system, or changes its size.
func mount(t *testing.T, disk string, flags uintptr, size string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk to fill")
	}
	if flags == 0 {
		if err := os.Mkdir(disk, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", flags, size); err != nil {
		systemtest.Missing(t, fmt.Sprintf("cannot mount a small disk to fill: %v", err))
	}
	if flags == 0 {
		t.Cleanup(func() {
			if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
				t.Errorf("unmounting %s: %v", disk, err)
			}
		})
	}
}

// The database is gone between two runs. That is an error and not an empty registry: with the file back, nothing
// has happened.
func TestAccChaos_databaseAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, plot{vms: 5})
	w.must(applyArgs...)
	before := w.look()
	backup := t.TempDir()
	w.moveDatabase(backup)
	const words = "does not exist, though records are asked for by id"
	w.fails(words, "plan", "-no-color")
	w.fails(words, applyArgs...)
	w.fails(words, destroyArgs...)
	if _, err := os.Stat(w.database); err == nil {
		t.Error("a run without its database made an empty one")
	}
	w.restoreDatabase(backup)
	l := newLedger(w)
	l.standing = before.standing
	l.complete()
}

// The database is deleted under a running apply, which must not report as done what nobody will find again.
func TestAccChaos_databaseDeleted(t *testing.T) {
	t.Parallel()
	rng := random(t)
	w := newWorld(t, plot{vms: 10})
	p := w.start(applyArgs...)
	if m := (moment{events: 30 + rng.IntN(100)}); !p.reach(m) {
		t.Fatalf("the apply had ended by %s\n%s", m, p.out.tail())
	}
	backup := t.TempDir()
	w.moveDatabase(backup)
	if status := p.wait(); status == 0 {
		t.Fatalf("the apply succeeded on a database that is gone\n%s", p.out.tail())
	}
	p.says("the registry database")
	w.restoreDatabase(backup)
	w.must(applyArgs...)
	newLedger(w).complete()
	w.sound()
}

// moveDatabase takes the SQLite file away, with what belongs to it.
func (w *world) moveDatabase(to string) {
	w.t.Helper()
	paths, _ := filepath.Glob(w.database + "*")
	for _, path := range paths {
		if err := os.Rename(path, filepath.Join(to, filepath.Base(path))); err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	}
}

func (w *world) restoreDatabase(from string) {
	w.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(from, "infraops.db*"))
	for _, path := range paths {
		if strings.HasSuffix(path, "-shm") {
			continue // it is rebuilt from the log
		}
		if err := os.Rename(path, filepath.Join(filepath.Dir(w.database), filepath.Base(path))); err != nil {
			w.t.Fatal(err)
		}
	}
}
