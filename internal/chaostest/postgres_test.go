//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// admin is a connection of the test's own to the server; it skips where there is none.
func admin(t *testing.T) *sql.DB {
	t.Helper()
	server := os.Getenv("INFRAOPS_TEST_POSTGRES_URL")
	if server == "" {
		systemtest.Missing(t, "INFRAOPS_TEST_POSTGRES_URL is not set: see tools/postgres.sh")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// postgresSchema makes an empty schema and returns the URL that leads there. The schema's name is also that of the
// connections, by which the test tells its own from others'.
func postgresSchema(t *testing.T) string {
	t.Helper()
	db := admin(t)
	schema := fmt.Sprintf("chaos_%d_%d", os.Getpid(), rand.Uint32())
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(os.Getenv("INFRAOPS_TEST_POSTGRES_URL"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("application_name", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Every connection is cut at random moments of an apply, as a server does that is restarted. The apply may fail,
// and may also get through; the next one finishes.
func TestAccChaos_postgresConnectionsCut(t *testing.T) {
	t.Parallel()
	rng, db := random(t), admin(t)
	w := newWorld(t, plot{vms: 20, database: postgresSchema(t)})
	_, name, _ := strings.Cut(w.database, "application_name=")
	name, _, _ = strings.Cut(name, "&")
	l := newLedger(w)
	cuts, failed, began := 0, 0, time.Now()
	for range 2 * setting(t, "INFRAOPS_CHAOS_ROUNDS", 3) {
		p := w.start(applyArgs...)
		for p.reach(moment{events: p.out.count() + 1 + rng.IntN(60), later: time.Duration(rng.IntN(20_000)) * time.Microsecond}) {
			var n int
			err := db.QueryRow("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			cuts += n
		}
		if p.wait() != 0 {
			failed++
		}
		l.note(w.mustState())
	}
	w.must(applyArgs...)
	l.complete()
	if l.reopened > 0 {
		t.Errorf("%d changes were opened again although no state was lost", l.reopened)
	}
	w.must(destroyArgs...)
	w.destroyed()
	t.Logf("%d connections cut, %d applies failed, recovered in %s", cuts, failed, time.Since(began).Round(time.Second))
}
