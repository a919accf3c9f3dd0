// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// engine is the little in which SQLite and PostgreSQL differ. All else is written once, in SQL that both understand.
type engine interface {
	// open makes the pool. Where the database is a file that does not exist it is made, or the error is errAbsent.
	open(create bool) (*sql.DB, error)
	// settle is run once on a database that is about to get its schema.
	settle(ctx context.Context, s session) error
	// rebind turns the placeholders ? into the engine's own.
	rebind(query string) string
	// words fills the placeholders of a migration.
	words() map[string]string
	// script is the ending of the migrations that are for this engine only.
	script() string
	// tableCount is a query that counts the tables of a given name.
	tableCount() string
	// held is appended to a SELECT whose row must not change before the end of the transaction; shared, others may hold it likewise.
	held(shared bool) string
	// lock takes a named lock until the end of the transaction; shared locks exclude only exclusive ones.
	lock(ctx context.Context, s session, l lockName, shared bool) error
	// kept says whether what has been committed is where it will be looked for.
	kept() error
	// inspect is what Ready asks before and after connecting; it changes nothing.
	inspect() error
	probe(ctx context.Context, db *sql.DB, s session, installed bool) error
	// retryable says that the same transaction may succeed later: forever, or until a race is lost too often.
	retryable(err error) (busy, raced bool)
	// explain words a failure for people.
	explain(err error) *record.Error
	// unknown says that a failed COMMIT may have been carried out.
	unknown(err error) bool
	// place names the database, without a password.
	place() string
}

type lockName int64

// The locks that engine.lock takes. PostgreSQL's are numbers, which other programs in the database should not use too.
const (
	lockMigration lockName = 0x696e667261_01
	lockIPAM      lockName = 0x696e667261_02
	lockImage     lockName = 0x696e667261_03
)

var (
	// errAbsent: there is no registry at the place yet.
	errAbsent = errors.New("no registry yet")
	// errRaced: another transaction came first, so what was read no longer holds.
	errRaced = errors.New("overtaken by another transaction")
)

// session runs SQL, inside a transaction or outside. It is the only place where SQL is run, so it counts.
type session struct {
	r   *Registry
	via interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

// exec returns how many rows were affected.
func (s session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s.r.statements.Add(1)
	result, err := s.via.ExecContext(ctx, s.r.engine.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each calls f for every row.
func (s session) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) (err error) {
	s.r.statements.Add(1)
	rows, err := s.via.QueryContext(ctx, s.r.engine.rebind(query), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one scans the first row; false where there is none.
func (s session) one(ctx context.Context, into []any, query string, args ...any) (found bool, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		if found {
			return nil
		}
		found = true
		return rows.Scan(into...)
	}, query, args...)
	return found, err
}

// transaction is a session whose statements take effect together or not at all.
type transaction struct {
	session
	at time.Time
}

// read runs work, again where the database was locked. Where there is no registry yet the error is errAbsent.
func (r *Registry) read(ctx context.Context, work func(session) error) error {
	db, err := r.connect(ctx, false)
	if err != nil {
		return r.failure(ctx, err)
	}
	return r.failure(ctx, r.patiently(ctx, func() error { return work(session{r, db}) }))
}

// write runs work in a transaction, again where the database was locked or another transaction came first. Only
// what creates a record may create the database: any other write is about a record that should be there.
func (r *Registry) write(ctx context.Context, create bool, work func(*transaction) error) error {
	db, err := r.connect(ctx, create)
	if err != nil {
		return r.failure(ctx, err)
	}
	if r.writing != nil {
		select {
		case r.writing <- struct{}{}:
			defer func() { <-r.writing }()
		case <-ctx.Done():
			return r.failure(ctx, ctx.Err())
		}
	}
	return r.failure(ctx, r.patiently(ctx, func() error { return r.attempt(ctx, db, work) }))
}

// commitGrace is how long a COMMIT that is under way may go on after the context's end. Cutting it off would
// leave its outcome unknown.
const commitGrace = 500 * time.Millisecond

// attempt runs one transaction. The context's end stops everything but the COMMIT.
func (r *Registry) attempt(ctx context.Context, db *sql.DB, work func(*transaction) error) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	stop := context.AfterFunc(ctx, end)
	defer stop()
	tx, err := db.BeginTx(life, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a COMMIT it does nothing
	if err := work(&transaction{session: session{r, tx}, at: r.now().UTC()}); err != nil {
		return err
	}
	if !stop() {
		return ctx.Err()
	}
	defer context.AfterFunc(ctx, func() { time.AfterFunc(commitGrace, end) })()
	if err := tx.Commit(); err != nil {
		if r.engine.unknown(err) {
			return record.Errorf(record.ErrAmbiguous, "the connection to %s was lost while the change was being committed", r.engine.place()).Because(r.engine.explain(err).Err)
		}
		return err
	}
	return r.engine.kept()
}

// maxRaces is how often a transaction that lost a race is tried again.
const maxRaces = 20

// patiently repeats f while the database is locked, at most as long as the registry's patience, and for a few times where a race was lost.
func (r *Registry) patiently(ctx context.Context, f func() error) error {
	deadline := time.Now().Add(r.patience)
	pause, races := time.Millisecond, 0
	for {
		err := f()
		if err == nil || ctx.Err() != nil {
			return err
		}
		busy, raced := r.engine.retryable(err)
		if raced || errors.Is(err, errRaced) {
			races++
			busy = races <= maxRaces
		}
		if !busy || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // jitter is no secret
		}
		pause = min(2*pause, 50*time.Millisecond)
	}
}

// failure makes sure that an error is a [*record.Error]. The context's end is told as such, whatever the driver made of it.
func (r *Registry) failure(ctx context.Context, err error) error {
	var known *record.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, errAbsent):
		return err
	case ctx.Err() != nil:
		return record.Errorf(record.ErrUnavailable, "stopped while working on %s", r.engine.place()).Because(ctx.Err())
	case errors.Is(err, errRaced):
		return record.Errorf(record.ErrUnavailable, "other processes kept changing the same records of %s", r.engine.place()).
			Advise("Apply again; nothing was changed")
	}
	return r.engine.explain(err)
}

// absent is the error about records that are asked for by id where there is no registry at all: more likely a wrong path than a loss.
func (r *Registry) absent() error {
	return record.Errorf(record.ErrUnavailable, "the registry database %s does not exist, though records are asked for by id", r.engine.place()).
		Advise("Check the option database of the registry: a relative path is relative to the directory in which the command runs. If the database was lost, restore it from a backup")
}
