// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// postgresEngine keeps the registry in a PostgreSQL database, in the schema that the connection's search path names first.
type postgresEngine struct {
	config *pgx.ConnConfig
	rebond sync.Map // query with ? -> query with $n
}

func isURL(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// newPostgres never repeats the parser's error: it quotes the URL.
func newPostgres(database string) (*postgresEngine, error) {
	config, err := pgx.ParseConfig(database)
	if err != nil {
		return nil, record.Errorf(record.ErrInvalid, "the option database is not a valid PostgreSQL URL").On("database").
			Advise("Write postgres://USER@HOST:PORT/DATABASE; escape special characters in the user and password as in any URL")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "terraform-provider-infraops"
	}
	return &postgresEngine{config: config}, nil
}

// maxPostgresConnections is per process. Several teams' runs share a server, whose default is 100 connections for all.
const maxPostgresConnections = 5

func (e *postgresEngine) open(bool) (*sql.DB, error) {
	db := stdlib.OpenDB(*e.config)
	db.SetMaxOpenConns(maxPostgresConnections)
	db.SetMaxIdleConns(maxPostgresConnections)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

func (*postgresEngine) settle(context.Context, session) error { return nil }

// rebind numbers the placeholders. No query of this package has a question mark in a literal.
func (e *postgresEngine) rebind(query string) string {
	if known, ok := e.rebond.Load(query); ok {
		return known.(string)
	}
	var b strings.Builder
	n := 0
	for i := range len(query) {
		if query[i] != '?' {
			b.WriteByte(query[i])
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	e.rebond.Store(query, b.String())
	return b.String()
}

func (*postgresEngine) words() map[string]string {
	return map[string]string{"identity": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "hexadecimal": `TEXT COLLATE "C"`}
}

func (*postgresEngine) script() string { return "postgres" }

func (*postgresEngine) tableCount() string {
	return "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass(?)"
}

func (*postgresEngine) held(shared bool) string {
	if shared {
		return " FOR SHARE"
	}
	return " FOR UPDATE"
}

func (*postgresEngine) lock(ctx context.Context, s session, l lockName, shared bool) error {
	function := "pg_advisory_xact_lock"
	if shared {
		function += "_shared"
	}
	_, err := s.exec(ctx, "SELECT "+function+"(?)", int64(l))
	return err
}

func (*postgresEngine) kept() error { return nil }

func (*postgresEngine) inspect() error { return nil }

func (e *postgresEngine) probe(ctx context.Context, _ *sql.DB, s session, installed bool) error {
	var readOnly, user string
	var schema sql.NullString
	if _, err := s.one(ctx, []any{&readOnly, &schema, &user}, "SELECT current_setting('transaction_read_only'), current_schema(), current_user"); err != nil {
		return err
	}
	if readOnly == "on" {
		return record.Errorf(record.ErrUnauthorized, "%s is read-only", e.place()).
			Advise("Connect to the primary server and not to a replica, or have default_transaction_read_only removed")
	}
	if !schema.Valid {
		return record.Errorf(record.ErrUnavailable, "%s has no schema in the search path of user %q", e.place(), user).
			Advise("Create the schema, or name an existing one with ?search_path= in the URL")
	}
	if installed {
		return e.probeTables(ctx, s, user)
	}
	var may bool
	if _, err := s.one(ctx, []any{&may}, "SELECT has_schema_privilege(current_schema(), 'CREATE')"); err != nil {
		return err
	}
	if !may {
		return record.Errorf(record.ErrUnauthorized, "user %q may not create tables in schema %q of %s", user, schema.String, e.place()).
			Advise("Have the owner run: GRANT CREATE ON SCHEMA %s TO %s", pgx.Identifier{schema.String}.Sanitize(), pgx.Identifier{user}.Sanitize())
	}
	return nil
}

// probeTables: history is only ever added to, so nobody needs more than that right on it.
func (e *postgresEngine) probeTables(ctx context.Context, s session, user string) error {
	var may bool
	_, err := s.one(ctx, []any{&may}, `SELECT has_table_privilege('infraops_record', 'SELECT') AND has_table_privilege('infraops_record', 'INSERT')
		AND has_table_privilege('infraops_record', 'UPDATE') AND has_table_privilege('infraops_history', 'INSERT')`)
	if err != nil {
		return err
	}
	if !may {
		return record.Errorf(record.ErrUnauthorized, "user %q may not write to the tables infraops_* of %s", user, e.place()).
			Advise("Have the owner of the tables grant SELECT, INSERT, UPDATE and DELETE on them")
	}
	return nil
}

// place leaves out the user and the password.
func (e *postgresEngine) place() string {
	host := e.config.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, strconv.Itoa(int(e.config.Port)))
	}
	return fmt.Sprintf("PostgreSQL database %q on %s", e.config.Database, host)
}

// unknown: the server answers a COMMIT that it does not carry out with an error of its own.
func (*postgresEngine) unknown(err error) bool {
	var answer *pgconn.PgError
	return !errors.As(err, &answer) && !errors.Is(err, pgx.ErrTxCommitRollback) && !errors.Is(err, sql.ErrTxDone)
}

func postgresCode(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

func (*postgresEngine) retryable(err error) (busy, raced bool) {
	switch postgresCode(err) {
	case "53300", // too many connections
		"57P03": // the server is starting
		return true, false
	case "57P01", "57P02": // the server ended this connection, and with it the transaction; another may be had
		return false, true
	case "40001", "40P01", "55P03", // serialisation, deadlock, lock not available
		"23505", // a unique value that was free when it was looked for
		"23503": // a reference to a row that was there when it was looked for
		return false, true
	}
	return false, false
}

func (e *postgresEngine) explain(err error) *record.Error {
	cause := e.withoutPassword(err)
	code := postgresCode(err)
	switch {
	case strings.HasPrefix(code, "28"):
		return record.Errorf(record.ErrUnauthorized, "%s refused user %q", e.place(), e.config.User).Because(cause).
			Advise("Check the user and the password: the URL's, else PGPASSWORD or ~/.pgpass")
	case code == "42501":
		return record.Errorf(record.ErrUnauthorized, "user %q lacks a privilege in %s", e.config.User, e.place()).Because(cause).
			Advise("Have the owner of the schema grant USAGE and CREATE on it, and of the tables SELECT, INSERT, UPDATE and DELETE")
	case code == "25006":
		return record.Errorf(record.ErrUnauthorized, "%s is read-only", e.place()).Because(cause).Advise("Connect to the primary server and not to a replica")
	case code == "3D000":
		return record.Errorf(record.ErrUnavailable, "%s does not exist", e.place()).Because(cause).
			Advise("Create the database with createdb, or check the option database of the registry")
	case code == "54000" || code == "22001":
		return record.Errorf(record.ErrInvalid, "a value is too long for %s", e.place()).Because(cause)
	case code != "":
		return record.Errorf(record.ErrUnavailable, "%s answered with an error", e.place()).Because(cause).
			Advise("Nothing was changed; see the server's log")
	}
	return record.Errorf(record.ErrUnavailable, "%s cannot be reached", e.place()).Because(cause).
		Advise("Check that the server runs and that the host, the port and the TLS settings are right; nothing was changed")
}

// withoutPassword replaces an error that has the password in its text. No driver should do that; this one is not trusted to.
func (e *postgresEngine) withoutPassword(err error) error {
	if err == nil {
		return nil
	}
	masked := err.Error()
	for _, secret := range []string{e.config.Password, url.QueryEscape(e.config.Password), url.PathEscape(e.config.Password)} {
		if secret != "" {
			masked = strings.ReplaceAll(masked, secret, "********")
		}
	}
	if masked == err.Error() {
		return err
	}
	return errors.New(masked)
}

// displayURL is the setting as it may be shown.
func displayURL(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		return "postgres://..."
	}
	values := u.Query()
	if values.Has("password") {
		values.Set("password", "xxxxx")
		u.RawQuery = values.Encode()
	}
	return u.Redacted()
}
