// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// sqliteEngine keeps the registry in one file.
type sqliteEngine struct {
	// given is the path as it was configured; path is absolute, so that it does not move with the working directory.
	given, path string
	// opened is the file that the pool was made for.
	opened atomic.Pointer[fs.FileInfo]
}

// newSQLite takes no URL of another kind for a path, and does not repeat it: it may have a password.
func newSQLite(given string) (*sqliteEngine, error) {
	if scheme, _, isURL := strings.Cut(given, "://"); isURL {
		return nil, record.Errorf(record.ErrInvalid, "the option database cannot be a URL that begins with %q", scheme+"://").On("database").
			Advise("Write the path of a file, or postgres://USER@HOST:PORT/DATABASE")
	}
	abs, err := filepath.Abs(given)
	if err != nil || strings.ContainsRune(given, 0) {
		return nil, record.Errorf(record.ErrInvalid, "%q cannot be the path of a file", given).On("database").Because(err)
	}
	return &sqliteEngine{given: given, path: abs}, nil
}

// dsn opens the file read-write and never creates it. A lock is waited for in short turns: a wait inside SQLite
// cannot be interrupted, so the long wait is [Registry.patiently]'s. synchronous=FULL because the registry is
// evidence: what was reported as written must survive a power cut.
func (e *sqliteEngine) dsn() string {
	path := filepath.ToSlash(e.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?mode=rw&_txlock=immediate&_dqs=0&_pragma=busy_timeout(200)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)"
}

func (e *sqliteEngine) open(create bool) (*sql.DB, error) {
	if _, err := os.Stat(e.path); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, errAbsent
	}
	if err := e.inspect(); err != nil {
		return nil, err
	}
	if create {
		// Made here and not by SQLite, for the permissions: the file says what an enterprise runs. Its WAL inherits them.
		f, err := os.OpenFile(e.path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, e.explain(err)
		}
		if err := f.Close(); err != nil {
			return nil, e.explain(err)
		}
	}
	db, err := sql.Open("sqlite", e.dsn())
	if err != nil {
		return nil, e.explain(err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	info, err := os.Stat(e.path)
	if err != nil {
		return nil, errors.Join(e.explain(err), db.Close())
	}
	e.opened.Store(&info)
	return db, nil
}

// kept asks whether the path still leads to the file that is open. SQLite goes on writing to a file that was deleted,
// moved or replaced by a backup, and reports success: nobody would find the records again.
func (e *sqliteEngine) kept() error {
	opened := e.opened.Load()
	now, err := os.Stat(e.path)
	if opened == nil || err == nil && os.SameFile(*opened, now) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return record.Errorf(record.ErrUnavailable, "the registry database %s was deleted, moved or replaced while it was in use, so the write is lost", e.place()).
		Advise("Put the file back, or restore it from a backup, while nothing uses it; then apply again")
}

// settle switches to the write-ahead log, with which readers and the writer do not block each other. The switch
// does not wait for locks as other statements do, so that it is the caller who repeats it.
func (e *sqliteEngine) settle(ctx context.Context, s session) error {
	var mode string
	if _, err := s.one(ctx, []any{&mode}, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if mode != "wal" {
		return record.Errorf(record.ErrUnavailable, "the file system of %s cannot be shared by processes: SQLite keeps journal mode %q", e.place(), mode).
			Advise("Keep the registry on a local file system, or in PostgreSQL")
	}
	return nil
}

func (*sqliteEngine) rebind(query string) string { return query }

func (*sqliteEngine) words() map[string]string {
	return map[string]string{"identity": "INTEGER PRIMARY KEY AUTOINCREMENT", "hexadecimal": "TEXT"}
}

func (*sqliteEngine) script() string { return "sqlite" }

func (*sqliteEngine) tableCount() string {
	return "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
}

func (*sqliteEngine) held(bool) string { return "" }

// lock has nothing to do: a transaction that writes is alone.
func (*sqliteEngine) lock(context.Context, session, lockName, bool) error { return nil }

// inspect asks the operating system. SQLite's own answer to most of these is "unable to open database file".
func (e *sqliteEngine) inspect() error {
	info, err := os.Stat(e.path) //nolint:gosec // the path is the user's own setting
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return e.inspectDirectory()
	case err != nil:
		return e.explain(err)
	case info.IsDir():
		return record.Errorf(record.ErrUnavailable, "the registry database %s is a directory", e.place()).
			Advise("Set the option database to the path of a file, such as %s", filepath.Join(e.given, defaultDatabase))
	case !info.Mode().IsRegular():
		return record.Errorf(record.ErrUnavailable, "the registry database %s is not a regular file", e.place()).Advise("Set the option database to the path of a file")
	}
	if err := writable(e.path); err != nil {
		return record.Errorf(record.ErrUnauthorized, "the registry database %s cannot be written to", e.place()).Because(err).
			Advise("Give the user who runs Terraform the right to write to the file, or check that its file system is not mounted read-only")
	}
	if err := e.inspectHeader(); err != nil {
		return err
	}
	return e.inspectDirectory()
}

// inspectDirectory: SQLite makes its log beside the file.
func (e *sqliteEngine) inspectDirectory() error {
	directory := filepath.Dir(e.path)
	info, err := os.Stat(directory) //nolint:gosec // the path is the user's own setting
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return record.Errorf(record.ErrUnavailable, "the directory %s of the registry database does not exist", directory).
			Advise("Create the directory, or check the option database of the registry")
	case err != nil:
		return e.explain(err)
	case !info.IsDir():
		return record.Errorf(record.ErrUnavailable, "%s, in which the registry database should be, is not a directory", directory).Advise("Check the option database of the registry")
	}
	if err := writable(directory); err != nil {
		return record.Errorf(record.ErrUnauthorized, "the directory %s of the registry database cannot be written to", directory).Because(err).
			Advise("Give the user who runs Terraform the right to create files there, or check that its file system is not mounted read-only")
	}
	return nil
}

func (e *sqliteEngine) inspectHeader() error {
	f, err := os.Open(e.path) //nolint:gosec // the path is the user's own setting
	if err != nil {
		return e.explain(err)
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, 16)
	n, err := io.ReadFull(f, header)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil // a process has just created it
	}
	if n < len(header) || !bytes.Equal(header, []byte("SQLite format 3\x00")) {
		return record.Errorf(record.ErrUnavailable, "the registry database %s is not an SQLite database", e.place()).
			Advise("Check the option database of the registry, or restore the file from a backup")
	}
	return nil
}

// probe takes the write lock and gives it back, which is the surest way to learn whether it can be had.
func (e *sqliteEngine) probe(ctx context.Context, db *sql.DB, s session, _ bool) error {
	s.r.statements.Add(1)
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func (e *sqliteEngine) place() string { return e.given }

// unknown is never so: an SQLite transaction whose COMMIT fails is rolled back.
func (*sqliteEngine) unknown(error) bool { return false }

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return -1
}

func (*sqliteEngine) retryable(err error) (busy, raced bool) {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED, false
}

func (e *sqliteEngine) explain(err error) *record.Error {
	code := sqliteCode(err)
	switch {
	case code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED:
		return record.Errorf(record.ErrUnavailable, "the registry database %s is locked by another process", e.place()).Because(err).
			Advise("Wait until the other run has finished, or end a process that hangs, and apply again")
	case code == sqlite3.SQLITE_READONLY || code == sqlite3.SQLITE_PERM || errors.Is(err, fs.ErrPermission):
		return record.Errorf(record.ErrUnauthorized, "the registry database %s cannot be written to", e.place()).Because(err).
			Advise("Give the user who runs Terraform the right to write to the file and to its directory")
	case code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB:
		return record.Errorf(record.ErrUnavailable, "the registry database %s is damaged, or not an SQLite database", e.place()).Because(err).
			Advise("Check the option database of the registry, or restore the file from a backup")
	case code == sqlite3.SQLITE_FULL:
		return record.Errorf(record.ErrUnavailable, "there is no space left for the registry database %s", e.place()).Because(err).
			Advise("Make space on its file system and apply again; nothing was changed")
	case code == sqlite3.SQLITE_CANTOPEN:
		if inspection := e.inspect(); inspection != nil {
			var known *record.Error
			if errors.As(inspection, &known) {
				return known
			}
		}
	}
	return record.Errorf(record.ErrUnavailable, "the registry database %s cannot be used", e.place()).Because(err).
		Advise("Check the file and its file system; nothing was changed")
}
