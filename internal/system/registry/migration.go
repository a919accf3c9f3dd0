// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// A migration is a file NNNN_name.sql, followed by NNNN_name.<engine>.sql where there is one. A file that has
// been released is never edited: a change is a new file.
//
//go:embed migration/*.sql
var migrationFiles embed.FS

type migration struct {
	version int
	name    string
}

// migrations lists what takes an empty database to this program's schema, in order.
func migrations() []migration {
	files, err := fs.Glob(migrationFiles, "migration/*.sql")
	if err != nil {
		panic("registry: " + err.Error()) // the pattern is a constant
	}
	var all []migration
	for _, file := range files {
		base := strings.TrimSuffix(path.Base(file), ".sql")
		if !strings.Contains(base, ".") {
			all = append(all, migration{name: base})
		}
	}
	slices.SortFunc(all, func(a, b migration) int { return strings.Compare(a.name, b.name) })
	for i := range all {
		all[i].version = i + 1
	}
	return all
}

// schemaVersion is the version of this program's schema.
func schemaVersion() int { return len(migrations()) }

// connect opens the database and brings it to this program's schema. Where there is no registry, it makes one or says errAbsent.
func (r *Registry) connect(ctx context.Context, create bool) (*sql.DB, error) {
	if db := r.db.Load(); db != nil && r.current.Load() {
		return db, nil
	}
	select {
	case r.opening <- struct{}{}:
		defer func() { <-r.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	db, err := r.pool(create)
	if err != nil || r.current.Load() {
		return db, err
	}
	installed, err := r.installed(ctx, db)
	switch {
	case err != nil:
		return nil, err
	case installed == 0 && !create:
		return nil, errAbsent
	case installed != schemaVersion():
		if err := r.migrate(ctx, db); err != nil {
			return nil, err
		}
	}
	r.current.Store(true)
	return db, nil
}

// pool makes the pool, once. It is called by whoever holds r.opening.
func (r *Registry) pool(create bool) (*sql.DB, error) {
	if db := r.db.Load(); db != nil {
		return db, nil
	}
	if r.closed {
		return nil, record.Errorf(record.ErrUnavailable, "the connection to the registry has been closed")
	}
	db, err := r.engine.open(create)
	if err != nil {
		return nil, err
	}
	r.db.Store(db)
	return db, nil
}

// installed is the version of the schema in the database; 0 where there is none.
func (r *Registry) installed(ctx context.Context, db *sql.DB) (version int, err error) {
	err = r.patiently(ctx, func() error {
		version, err = r.versionIn(ctx, session{r, db})
		return err
	})
	return version, err
}

func (r *Registry) versionIn(ctx context.Context, s session) (version int, err error) {
	var tables int
	if _, err := s.one(ctx, []any{&tables}, r.engine.tableCount(), "infraops_migration"); err != nil || tables == 0 {
		return 0, err
	}
	if _, err := s.one(ctx, []any{&version}, "SELECT COALESCE(MAX(version), 0) FROM infraops_migration"); err != nil {
		return 0, err
	}
	if version > schemaVersion() {
		return 0, record.Errorf(record.ErrUnavailable, "the registry database %s has schema version %d, and this provider knows versions up to %d", r.engine.place(), version, schemaVersion()).
			Advise("Use the provider version that has written to the database last, or a newer one")
	}
	return version, nil
}

// migrate applies what is missing, in one transaction. Of several processes that try, one does it and the others find it done.
func (r *Registry) migrate(ctx context.Context, db *sql.DB) error {
	if err := r.patiently(ctx, func() error { return r.engine.settle(ctx, session{r, db}) }); err != nil {
		return err
	}
	return r.patiently(ctx, func() error {
		return r.attempt(ctx, db, func(tx *transaction) error {
			if err := r.engine.lock(ctx, tx.session, lockMigration, false); err != nil {
				return err
			}
			installed, err := r.versionIn(ctx, tx.session)
			if err != nil {
				return err
			}
			for _, m := range migrations()[installed:] {
				if err := r.apply(ctx, tx, m); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (r *Registry) apply(ctx context.Context, tx *transaction, m migration) error {
	script, err := r.script(m)
	if err != nil {
		return err
	}
	// Not through exec: a script has no placeholders, and PostgreSQL's may contain question marks.
	r.statements.Add(1)
	if _, err := tx.via.ExecContext(ctx, script); err != nil {
		return fmt.Errorf("migration %s: %w", m.name, err)
	}
	_, err = tx.exec(ctx, "INSERT INTO infraops_migration (version, name, applied_at, applied_by) VALUES (?, ?, ?, ?)",
		m.version, m.name, formatTime(tx.at), r.actor)
	return err
}

func (r *Registry) script(m migration) (string, error) {
	common, err := migrationFiles.ReadFile("migration/" + m.name + ".sql")
	if err != nil {
		return "", err
	}
	script := string(common)
	for word, meaning := range r.engine.words() {
		script = strings.ReplaceAll(script, "{"+word+"}", meaning)
	}
	own, err := migrationFiles.ReadFile("migration/" + m.name + "." + r.engine.script() + ".sql")
	if err == nil {
		script += "\n" + string(own)
	}
	return script, nil
}

// Ready says, without changing anything, whether the registry could be written to.
func (r *Registry) Ready(ctx context.Context) error {
	return r.failure(ctx, r.ready(ctx))
}

func (r *Registry) ready(ctx context.Context) error {
	if err := r.engine.inspect(); err != nil {
		return err
	}
	select {
	case r.opening <- struct{}{}:
		defer func() { <-r.opening }()
	case <-ctx.Done():
		return ctx.Err()
	}
	db, err := r.pool(false)
	if errors.Is(err, errAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	installed, err := r.installed(ctx, db)
	if err != nil {
		return err
	}
	return r.patiently(ctx, func() error { return r.engine.probe(ctx, db, session{r, db}, installed > 0) })
}
