// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// TestMain also is what the tests start as other processes: see child.
func TestMain(m *testing.M) {
	if role := os.Getenv("REGISTRY_CHILD"); role != "" {
		os.Exit(beChild(role))
	}
	os.Exit(m.Run())
}

// onEach runs a test on both databases. A skip is visible, and an error where skips are forbidden.
func onEach(t *testing.T, f func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "infraops.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, postgresSchema(t)) })
}

// postgresSchema makes an empty schema and returns a URL that leads there.
func postgresSchema(t testing.TB) string {
	t.Helper()
	server := systemtest.Needed(t, "INFRAOPS_TEST_POSTGRES_URL", "tools/postgres.sh")
	schema := fmt.Sprintf("registry_%d_%d", os.Getpid(), rand.Uint32())
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE")
		if err := errors.Join(err, admin.Close()); err != nil {
			t.Error(err)
		}
	})
	return withParameter(t, server, "search_path", schema)
}

func withParameter(t testing.TB, database, parameter, value string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(parameter, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// open makes a connection that the test closes.
func open(t testing.TB, database string) *Registry {
	t.Helper()
	return openAs(t, database, "tester")
}

func openAs(t testing.TB, database, actor string) *Registry {
	t.Helper()
	r, err := OpenRegistry(record.Settings{"database": database, "actor": actor})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// raw gives the test the tables themselves.
func raw(t *testing.T, r *Registry) *sql.DB {
	t.Helper()
	db, err := r.connect(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func create[T record.Record](t testing.TB, r *Registry, wanted T) T {
	t.Helper()
	kept, err := tryCreate(t.Context(), r, wanted)
	if err != nil {
		t.Fatalf("creating %s %q: %v", wanted.Kind(), wanted.NaturalName(), err)
	}
	return kept
}

// tryCreate does as the lifecycle does: what leaves its value open is allocated.
func tryCreate[T record.Record](ctx context.Context, r *Registry, wanted T) (T, error) {
	var none T
	s := r.Stores()[wanted.Kind()]
	write := s.Create
	if p, ok := record.Record(wanted).(record.Pooled); ok && p.NeedsAllocation() {
		a, ok := record.Capability[record.Allocator[record.Record]](s)
		if !ok {
			return none, errors.New("the store cannot allocate")
		}
		write = a.Allocate
	}
	kept, err := write(ctx, wanted)
	if err != nil {
		return none, err
	}
	return kept.(T), nil
}

func get[T record.Record](t *testing.T, r *Registry, kind record.Kind, id string) T {
	t.Helper()
	found, err := r.Stores()[kind].Get(t.Context(), []string{id})
	if err != nil {
		t.Fatal(err)
	}
	kept, ok := found[id].(T)
	if !ok {
		t.Fatalf("%s %s is not there", kind, id)
	}
	return kept
}

func item(stack, name string) *record.ConfigurationItem {
	return &record.ConfigurationItem{Meta: record.Meta{Stack: stack}, Class: "server", Name: name, Status: "planned"}
}

func prefix(stack, cidr, gateway string) *record.Prefix {
	return &record.Prefix{Meta: record.Meta{Stack: stack}, CIDR: cidr, Gateway: gateway}
}

func address(stack, prefixID, name, wanted string) *record.IPAddress {
	return &record.IPAddress{Meta: record.Meta{Stack: stack}, PrefixID: prefixID, Name: name, Address: wanted}
}

// fails checks the reason of an error, that it is worded for people, and what it is about.
func fails(t *testing.T, err error, reason error, words ...string) {
	t.Helper()
	_ = failure(t, err, reason, words...)
}

// failure is fails for a test that wants to see more of the error.
func failure(t *testing.T, err error, reason error, words ...string) *record.Error {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) || !errors.Is(err, reason) {
		t.Fatalf("got %v (%T), want a record error because of %q", err, err, reason)
	}
	for _, word := range words {
		if text := e.Error() + " | " + e.Advice + " | " + e.Field; !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
	return e
}

// child is this test binary in another process.
type child struct {
	cmd    *exec.Cmd
	out    bytes.Buffer
	stderr bytes.Buffer
}

func startChild(t *testing.T, role, database string, arguments ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self, arguments...)}
	c.cmd.Env = append(os.Environ(), "REGISTRY_CHILD="+role, "REGISTRY_DATABASE="+database)
	c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// children runs n processes at once and returns the lines that each has printed. All must succeed.
func children(t *testing.T, n int, role, database string, arguments ...string) [][]string {
	t.Helper()
	var started []*child
	for i := range n {
		started = append(started, startChild(t, role, database, append([]string{strconv.Itoa(i)}, arguments...)...))
	}
	lines := make([][]string, n)
	for i, c := range started {
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("process %d: %v: %s", i, err, c.stderr.String())
		}
		scanner := bufio.NewScanner(&c.out)
		for scanner.Scan() {
			lines[i] = append(lines[i], scanner.Text())
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return lines
}

func beChild(role string) int {
	r, err := OpenRegistry(record.Settings{"database": os.Getenv("REGISTRY_DATABASE"), "actor": role})
	if err == nil {
		err = childRoles[role](r, os.Args[1:])
	}
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

var childRoles = map[string]func(r *Registry, arguments []string) error{
	// allocate: index, prefix id, how many. Ten at a time, as Terraform does.
	"allocate": func(r *Registry, arguments []string) error {
		n, err := strconv.Atoi(arguments[2])
		if err != nil {
			return err
		}
		work, failures := make(chan int), make(chan error, n)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				for i := range work {
					a, err := tryCreate(context.Background(), r, address("s"+arguments[0], arguments[1], fmt.Sprintf("a-%d", i), ""))
					if err != nil {
						failures <- err
						continue
					}
					fmt.Println(a.Address)
				}
			})
		}
		for i := range n {
			work <- i
		}
		close(work)
		group.Wait()
		close(failures)
		return <-failures
	},
	// create: index. The first writes to a database that is not there yet.
	"create": func(r *Registry, arguments []string) error {
		for i := range 5 {
			kept, err := tryCreate(context.Background(), r, item("s"+arguments[0], fmt.Sprintf("i-%d", i)))
			if err != nil {
				return err
			}
			fmt.Println(kept.ID)
		}
		return nil
	},
	// forever: writes until it is killed, and prints what it was told is kept.
	"forever": func(r *Registry, arguments []string) error {
		out := json.NewEncoder(os.Stdout)
		for i := 0; ; i++ {
			kept, err := tryCreate(context.Background(), r, address("s"+arguments[0], arguments[1], fmt.Sprintf("a-%d", i), ""))
			if err != nil {
				return err
			}
			if err := out.Encode(map[string]string{"id": kept.ID, "address": kept.Address}); err != nil {
				return err
			}
		}
	},
	// ready: prints what Ready and a create say.
	"ready": func(r *Registry, _ []string) error {
		_, err := tryCreate(context.Background(), r, item("s", "x"))
		for _, err := range []error{r.Ready(context.Background()), err} {
			fmt.Println(errors.Is(err, record.ErrUnauthorized), err)
		}
		return nil
	},
}
