// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// pageSize is small, so that the suite need not make a thousand records to see the second page.
const pageSize = 60

// rehearsal is an instance in memory that is set up as the guide says.
type rehearsal struct {
	*servicenowtest.Instance
	url string
}

const (
	account, password  = "infraops", "secret-of-infraops"
	clientID, clientPW = "0123456789abcdef", "secret-of-the-client"
)

func rehearse(t *testing.T) *rehearsal {
	t.Helper()
	in := servicenowtest.New()
	in.Change(func(b *servicenowtest.Behaviour) { b.AnyApprover = true })
	for _, c := range SetupColumns() {
		in.AddColumn(c.Table, servicenowtest.Column{Name: c.Name, MaxLength: c.MaxLength})
	}
	in.AddUser(servicenowtest.User{Name: account, Password: password, Title: "InfraOps", Roles: []string{"itil", "sn_change_write"}})
	in.AddClient(clientID, clientPW, account)
	for _, name := range []string{"alice", "bob", "carol", "someone else"} {
		in.AddUser(servicenowtest.User{Name: name, Password: name, Title: strings.ToUpper(name[:1]) + name[1:] + " Example", Email: name + "@example.com"})
	}
	for n := range 2 * pageSize {
		in.AddUser(servicenowtest.User{Name: fmt.Sprintf("owner-%d", n), Password: "x"})
	}
	in.AddGroup("linux", "bob")
	in.SetCAB(in.AddGroup("CAB", "bob", "carol"))
	in.AddStandardTemplate("Standard", map[string]string{"short_description": "As always"})
	in.AddRecord("cmn_location", map[string]string{"name": "fra1"})
	server := httptest.NewServer(in)
	t.Cleanup(func() {
		server.Close()
	})
	return &rehearsal{in, server.URL}
}

// connect opens a connection with a page size for tests.
func (r *rehearsal) connect(t *testing.T, more record.Settings) *connection {
	t.Helper()
	settings := record.Settings{"url": r.url, "client_id": clientID, "client_secret": clientPW, "timeout": "5s", "assignment_group": "linux", "standard_template": "Standard"}
	for name, value := range more {
		settings[name] = value
	}
	return connect(t, settings)
}

// behind opens a connection through something that changes requests, or does more, before the instance sees them.
func (r *rehearsal) behind(t *testing.T, meddle func(*http.Request)) *connection {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		meddle(req)
		r.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	return (&rehearsal{r.Instance, server.URL}).connect(t, nil)
}

func connect(t *testing.T, settings record.Settings) *connection {
	t.Helper()
	conn, err := System().Open(settings)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c := conn.(*connection)
	c.pageSize = pageSize
	return c
}

// decide is what a person does, in each round that there is.
func (r *rehearsal) decide(change *record.ChangeRequest, by string, approve bool, comment string) error {
	err := r.Decide(change.ID, strings.ToLower(by), approve, comment)
	if err != nil || !approve {
		return err
	}
	for r.Decide(change.ID, strings.ToLower(by), approve, comment) == nil {
	}
	return nil
}

func TestConformance(t *testing.T) {
	t.Parallel()
	var last *rehearsal
	systemtest.Run(t, systemtest.Config{
		System: System(), PageSize: pageSize,
		Open: func(t *testing.T) record.Connection {
			t.Helper()
			last = rehearse(t)
			return last.connect(t, nil)
		},
		Again: func(t *testing.T) record.Connection { t.Helper(); return last.connect(t, nil) },
		Approve: func(_ *testing.T, _ record.Connection, change *record.ChangeRequest, by string, approve bool, comment string) error {
			return last.decide(change, by, approve, comment)
		},
		Faults: faults(func() *rehearsal { return last }),
	})
}

// faults are the troubles that the instance can be brought into.
func faults(last func() *rehearsal) map[systemtest.Trouble]func(t *testing.T) func() {
	behave := func(change func(*servicenowtest.Behaviour)) func(*testing.T) func() {
		return func(*testing.T) func() {
			r := last()
			var before servicenowtest.Behaviour
			r.Change(func(b *servicenowtest.Behaviour) { before = *b; change(b) })
			return func() { r.Change(func(b *servicenowtest.Behaviour) { *b = before }) }
		}
	}
	interrupt := func(fault servicenowtest.Fault, hit func(*http.Request) bool) func(*testing.T) func() {
		return func(*testing.T) func() {
			r := last()
			r.Interrupt(func(req *http.Request) servicenowtest.Fault {
				if hit(req) {
					return fault
				}
				return servicenowtest.None
			})
			return func() { r.Interrupt(nil) }
		}
	}
	writes := func(r *http.Request) bool {
		return r.Method == http.MethodPost && r.URL.Path == "/api/now/identifyreconcile"
	}
	return map[systemtest.Trouble]func(t *testing.T) func(){
		systemtest.Unauthorized:  behave(func(b *servicenowtest.Behaviour) { b.RequireCertificate = true }),
		systemtest.Forbidden:     behave(func(b *servicenowtest.Behaviour) { b.DenyTables = []string{tableItems} }),
		systemtest.Throttled:     behave(func(b *servicenowtest.Behaviour) { b.RateLimit, b.RateWindow = 1, time.Hour }),
		systemtest.ServerError:   behave(func(b *servicenowtest.Behaviour) { b.Maintenance = http.StatusInternalServerError }),
		systemtest.Malformed:     behave(func(b *servicenowtest.Behaviour) { b.Maintenance = http.StatusOK }),
		systemtest.Unreachable:   interrupt(servicenowtest.CutBefore, func(*http.Request) bool { return true }),
		systemtest.TimeoutBefore: interrupt(servicenowtest.CutBefore, writes),
		systemtest.TimeoutAfter:  interrupt(servicenowtest.CutAfter, writes),
		systemtest.Expired: func(*testing.T) func() {
			last().ExpireTokens()
			return func() {}
		},
	}
}
