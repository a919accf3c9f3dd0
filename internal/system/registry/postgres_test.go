// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// noSecret looks for a password everywhere in an error.
func noSecret(t *testing.T, err error, secret string) {
	t.Helper()
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err.Error()), secret) {
			t.Errorf("%T has the password: %v", err, err)
		}
		switch e := err.(type) { //nolint:errorlint // it walks the tree itself
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				walk(err)
			}
		}
	}
	walk(err)
}

func TestPostgresThatCannotBeUsed(t *testing.T) {
	database := postgresSchema(t)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(f func(*url.URL)) string {
		other := *u
		f(&other)
		return other.String()
	}
	const secret = "s3cr3t"
	for name, c := range map[string]struct {
		database string
		reason   error
		says     string
	}{
		"user":     {changed(func(u *url.URL) { u.User = url.UserPassword("nobody_knows", secret) }), record.ErrUnauthorized, "nobody_knows"},
		"database": {changed(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), secret); u.Path = "/no_such_database" }), record.ErrUnavailable, "does not exist"},
		"port":     {changed(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), secret); u.Host = "127.0.0.1:1" }), record.ErrUnavailable, "127.0.0.1:1"},
		"host": {changed(func(u *url.URL) {
			u.User = url.UserPassword(u.User.Username(), secret)
			u.Host = "nowhere.invalid:5432"
		}), record.ErrUnavailable, "nowhere.invalid"},
		"schema":  {withParameter(t, database, "search_path", "no_such_schema"), record.ErrUnavailable, "search path"},
		"replica": {withParameter(t, database, "default_transaction_read_only", "on"), record.ErrUnauthorized, "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, c.database)
			err := r.Ready(t.Context())
			if e := failure(t, err, c.reason, c.says); e.Advice == "" {
				t.Error("no advice")
			}
			noSecret(t, err, secret)
			_, err = tryCreate(t.Context(), r, item("s", "a"))
			if name == "schema" {
				fails(t, err, record.ErrUnavailable)
			} else {
				fails(t, err, c.reason, c.says)
			}
			noSecret(t, err, secret)
		})
	}
	_, err = OpenRegistry(record.Settings{"database": "postgres://ops:" + secret + "%zz@host:port/x"})
	fails(t, err, record.ErrInvalid, "database")
	noSecret(t, err, secret)
}

func TestPostgresPrivileges(t *testing.T) {
	database := postgresSchema(t)
	owner := open(t, database)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	schema, role := u.Query().Get("search_path"), "reader_"+u.Query().Get("search_path")
	if err := owner.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin, err := owner.engine.open(false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	run := func(statement string) {
		t.Helper()
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE ROLE " + role + " LOGIN")
	defer run("DROP ROLE " + role)
	defer run("DROP OWNED BY " + role)
	run("GRANT USAGE ON SCHEMA " + schema + " TO " + role)
	u.User = url.User(role)

	guest := open(t, u.String())
	fails(t, guest.Ready(t.Context()), record.ErrUnauthorized, "may not create", "GRANT CREATE")
	_, err = tryCreate(t.Context(), guest, item("s", "a"))
	fails(t, err, record.ErrUnauthorized, role)

	create(t, owner, item("s", "a"))
	run("GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO " + role)
	fails(t, guest.Ready(t.Context()), record.ErrUnauthorized, "may not write")
	if found, err := guest.Records(t.Context(), "", record.Query{}); err != nil || len(found) != 1 { // reading it may
		t.Errorf("found %v, %v", found, err)
	}
	_, err = tryCreate(t.Context(), guest, item("s", "b"))
	fails(t, err, record.ErrUnauthorized, role)
	run("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + role)
	if err := guest.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	create(t, guest, item("s", "b"))
}

// TestLostCommit: whether a COMMIT was carried out whose answer was lost cannot be known, so it has to be said.
func TestLostCommit(t *testing.T) {
	for name, deliver := range map[string]bool{"before the server had it": false, "after the server had it": true} {
		t.Run(name, func(t *testing.T) {
			database := postgresSchema(t)
			direct := open(t, database)
			create(t, direct, item("s", "a"))
			p := startProxy(t, database, deliver)
			through := open(t, p.url)
			get[*record.ConfigurationItem](t, through, record.KindConfigurationItem, "1")
			p.armed.Store(true)
			_, err := tryCreate(t.Context(), through, item("s", "b"))
			fails(t, err, record.ErrAmbiguous, "committed")
			p.armed.Store(false)
			time.Sleep(100 * time.Millisecond) // the server may still be at it
			found, err := direct.Stores()[record.KindConfigurationItem].Find(t.Context(), record.Query{Names: []string{"server/b"}})
			if err != nil || len(found) == 1 != deliver {
				t.Fatalf("found %v, %v", found, err)
			}
			again, err := tryCreate(t.Context(), through, item("s", "b")) // as the lifecycle does after it has looked it up
			if deliver {
				if e := failure(t, err, record.ErrConflict); e.ID != found[0].Metadata().ID {
					t.Errorf("holder %q", e.ID)
				}
			} else if err != nil || again.ID == "" {
				t.Error(err)
			}
		})
	}
}

// TestLostConnection: without a COMMIT nothing was changed, and that is known.
func TestLostConnection(t *testing.T) {
	database := postgresSchema(t)
	p := startProxy(t, database, false)
	r := open(t, p.url)
	create(t, r, item("s", "a"))
	err := r.write(t.Context(), true, func(tx *transaction) error {
		_, _, err := r.stores[record.KindConfigurationItem].(*store).insert(t.Context(), tx, item("s", "b"))
		p.drop()
		return errors.Join(err, tx.each(t.Context(), nil, "SELECT 1 WHERE 1 = 0"))
	})
	fails(t, err, record.ErrUnavailable)
	if errors.Is(err, record.ErrAmbiguous) {
		t.Error("it is known that nothing was changed")
	}
	create(t, r, item("s", "b")) // the pool has recovered
}

type proxy struct {
	url     string
	armed   atomic.Bool
	deliver bool
	mu      sync.Mutex
	open    []net.Conn
}

func startProxy(t *testing.T, database string, deliver bool) *proxy {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	u.Host = listener.Addr().String()
	p := &proxy{url: u.String(), deliver: deliver}
	t.Cleanup(func() {
		_ = listener.Close()
		p.drop()
	})
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				return
			}
			p.mu.Lock()
			p.open = append(p.open, client, upstream)
			p.mu.Unlock()
			go p.forward(upstream, client)
			go func() {
				_, _ = io.Copy(client, upstream)
				_ = client.Close()
			}()
		}
	}()
	return p
}

// forward loses the connection at a COMMIT, when armed.
func (p *proxy) forward(upstream, client net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			_ = upstream.Close()
			return
		}
		last := p.armed.Load() && bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit"))
		if last {
			_ = client.Close()
		}
		if !last || p.deliver {
			if _, err := upstream.Write(buffer[:n]); err != nil {
				return
			}
		}
		if last && !p.deliver {
			_ = upstream.Close()
		}
		if last {
			return
		}
	}
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
	p.open = nil
}

func TestWordingOfPostgresErrors(t *testing.T) {
	e, err := newPostgres("postgres://ops:s3cr%2Ft@db.example.com/infraops")
	if err != nil {
		t.Fatal(err)
	}
	for code, reason := range map[string]error{
		"28P01": record.ErrUnauthorized, "28000": record.ErrUnauthorized, "42501": record.ErrUnauthorized, "25006": record.ErrUnauthorized,
		"3D000": record.ErrUnavailable, "57P01": record.ErrUnavailable, "53100": record.ErrUnavailable, "54000": record.ErrInvalid, "": record.ErrUnavailable,
	} {
		cause := error(&pgconn.PgError{Code: code, Message: "no to s3cr/t"})
		if code == "" {
			cause = fmt.Errorf("dial postgres://ops:s3cr%%2Ft@db: %w", io.ErrUnexpectedEOF)
		}
		got := e.explain(cause)
		fails(t, got, reason, "db.example.com")
		noSecret(t, got, "s3cr/t")
		noSecret(t, got, "s3cr%2Ft")
	}
	for _, known := range []error{&pgconn.PgError{Code: "40001"}, pgx.ErrTxCommitRollback} {
		if e.unknown(known) {
			t.Errorf("%v is an answer", known)
		}
	}
	for _, lost := range []error{io.ErrUnexpectedEOF, context.Canceled} {
		if !e.unknown(lost) {
			t.Errorf("%v is no answer", lost)
		}
	}
	if got, want := e.rebind("a = ? AND b IN (?,?)"), "a = $1 AND b IN ($2,$3)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
