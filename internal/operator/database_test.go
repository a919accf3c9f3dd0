// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDatabaseThatIsNone(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		database string
		texts    []string
	}{
		"missing":        {filepath.Join(dir, "missing.db"), []string{"opening the registry", "missing.db: there is no registry", "With --database", "the first terraform apply creates it"}},
		"directory":      {dir, []string{"is a directory"}},
		"no directory":   {filepath.Join(dir, "nowhere", "infraops.db"), []string{"there is no registry"}},
		"empty":          {file("empty.db", ""), []string{"empty.db: there is no registry"}},
		"short":          {file("short.db", "SQLite"), []string{"not an SQLite database"}},
		"text":           {file("text.db", strings.Repeat("terraform ", 100)), []string{"not an SQLite database", "backup"}},
		"unknown scheme": {"mysql://root:s3cret@db/infraops", []string{"mysql://root:xxxxx@db", "no such kind of URL", "postgres://"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{
				{"change", "list"},
				{"change", "show", "CHG1"},
				{"change", "approve", "CHG1", "--as", "grace"},
				{"record", "list"},
				{"history", "--json"},
			} {
				r := run(t, append(args, "--database", c.database)...)
				r.fails(t, exitFailure, c.texts...)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); !os.IsNotExist(err) {
		t.Errorf("the missing database was created: %v", err)
	}
}

func TestDatabaseOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "browser.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE bookmark (url TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "change", "list", "--database", path).fails(t, exitFailure, "browser.db: there is no registry")
	run(t, "change", "approve", "CHG1", "--as", "grace", "--database", path).fails(t, exitFailure, "browser.db: there is no registry")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestDatabaseThatIsDamaged(t *testing.T) {
	s := newShop(t)
	s.fill()
	if err := s.registry.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(databaseDefault)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{
		"overwritten": append(bytes.Clone(whole[:100]), bytes.Repeat([]byte{0xa5}, len(whole)-100)...),
		"cut off":     whole[:5000],
		"header only": whole[:16],
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "damaged.db")
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"change", "list"}, {"change", "approve", "CHG0000001", "--as", "grace"}, {"record", "list"}, {"history"}} {
				run(t, append(args, "--database", path)...).fails(t, exitFailure, "damaged.db", "backup")
			}
		})
	}
}

func TestInterruption(t *testing.T) {
	newShop(t).fill()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	code := Run(ctx, "1.2.3", systems(), []string{"change", "approve", "CHG0000001", "--as", "grace"}, strings.NewReader(""), &out, &err)
	result{out.String(), err.String(), code}.fails(t, exitFailure, "context canceled", "nothing was changed")
}

func TestDatabaseFromTheEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	run(t, "change", "list").fails(t, exitFailure, "registry infraops.db: there is no registry")
	t.Setenv(databaseEnv, "team.db")
	run(t, "change", "list").fails(t, exitFailure, "registry team.db: there is no registry")
	run(t, "change", "list", "--database", "mine.db").fails(t, exitFailure, "registry mine.db: there is no registry")
}

// connectionStrings all hold a password with s3cret in it.
var connectionStrings = []string{
	"postgres://ada:s3cret@localhost:1/infraops",
	"postgres://ada:s3cret%20@localhost:1/infraops",
	"postgres://ada:s3cret%zz@localhost:1/infraops",
	"postgres://ada:s3cret@@localhost:1/infraops",
	"postgres://ada:a s3cret@localhost:1/infraops",
	"postgres://ada:/s3cret?#@localhost:1/infraops",
	"postgres://:s3cret@localhost:1/infraops",
	"postgres://localhost:1/infraops?user=ada&password=s3cret&sslmode=disable",
	"postgresql://ada:s3cret@localhost:notaport/infraops",
	"postgress://ada:s3cret@localhost/infraops",
	"host=localhost user=ada password=s3cret",
	"host=localhost user=ada password='s3cret word'",
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	for _, database := range connectionStrings {
		if shown := shownDatabase(database); strings.Contains(shown, "s3cret") {
			t.Errorf("%s is shown as %s", database, shown)
		}
		if told := conceal(database, "cannot parse "+database+": no"); strings.Contains(told, "s3cret") {
			t.Errorf("%s is told as %q", database, told)
		}
		t.Run(shownDatabase(database), func(t *testing.T) {
			r := run(t, "change", "list", "--database", database)
			r.fails(t, exitFailure)
			if strings.Contains(r.err, "s3cret") || strings.Contains(r.err, `\n`) {
				t.Error(r.err)
			}
		})
	}
}

func TestConcealKeepsTheRest(t *testing.T) {
	const database = "postgres://postgres:postgres@localhost/postgres"
	for given, want := range map[string]string{
		"opening " + database + ": no":                          "opening postgres://postgres:xxxxx@localhost/postgres: no",
		"user=postgres password=postgres host=localhost":        "user=postgres password=xxxxx host=localhost",
		"write postgres://USER@HOST:PORT/DATABASE to ada@host.": "write postgres://USER@HOST:PORT/DATABASE to ada@host.",
		"opening postgres://other:secret@host/x: ask ada@host":  "opening postgres://other:xxxxx@host/x: ask ada@host",
		"the password of postgres is wrong, says postgres":      "the password of postgres is wrong, says postgres",
	} {
		if told := conceal(database, given); told != want {
			t.Errorf("%q is told as %q, want %q", given, told, want)
		}
	}
}

func TestProposalNamesTheDatabase(t *testing.T) {
	for _, c := range []struct {
		given    bool
		database string
		want     string
	}{
		{false, "infraops.db", "terraform-provider-infraops change show CHG1"},
		{true, "team.db", "terraform-provider-infraops change show CHG1 --database team.db"},
		{true, "it's here.db", `terraform-provider-infraops change show CHG1 --database 'it'\''s here.db'`},
		{true, "postgres://db/infraops", "terraform-provider-infraops change show CHG1 --database postgres://db/infraops"},
		{true, "postgres://ada:s3cret@db/infraops", "terraform-provider-infraops change show CHG1 --database URL"},
	} {
		s := &session{database: c.database, databaseGiven: c.given}
		if got := s.proposal("change show %s", "CHG1"); got != c.want {
			t.Errorf("%s: got %s", c.database, got)
		}
	}
}
