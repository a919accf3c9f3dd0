// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

const stack = "lab/one"

// store is the typed store of a kind.
func store[S any](t *testing.T, c *connection, kind record.Kind) S {
	t.Helper()
	s, ok := record.Capability[S](c.stores[kind])
	if !ok {
		t.Fatalf("no store of %s", kind)
	}
	return s
}

func server(n int) *record.ConfigurationItem {
	return &record.ConfigurationItem{
		Meta: record.Meta{Stack: stack}, Class: "server", Name: fmt.Sprintf("web-%04d", n), Status: "in_build", Owner: "alice", SupportGroup: "linux",
		Attributes: map[string]string{"cpu": "4"},
	}
}

func normalChange(n int) *record.ChangeRequest {
	return &record.ChangeRequest{
		Meta: record.Meta{Stack: stack}, Name: fmt.Sprintf("deploy-%04d", n), Summary: "Deploy", Description: "All of it", Type: "normal", Risk: "low", Impact: "low",
		RequestedBy: "alice", Environment: "prod", Attachments: map[string]string{"plan.txt": "+ vm\n"}, Triggers: map[string]string{"n": fmt.Sprint(n)},
		PlannedStart: time.Date(2030, 5, 1, 10, 0, 0, 0, time.UTC), PlannedEnd: time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC),
	}
}

// failure is the error of a reason.
func failure(t *testing.T, err, reason error) *record.Error {
	t.Helper()
	var e *record.Error
	if !errors.Is(err, reason) || !errors.As(err, &e) {
		t.Fatalf("the error is %v, want %q", err, reason)
	}
	return e
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in %q", w, text)
		}
	}
}

func TestSilentDropNamesColumnAndRole(t *testing.T) {
	t.Parallel()
	for field, c := range map[string]struct {
		kind   record.Kind
		table  string
		column string
	}{
		"owner":       {record.KindConfigurationItem, tableItems, "owned_by"},
		"status":      {record.KindConfigurationItem, tableItems, "install_status"},
		"attributes":  {record.KindConfigurationItem, tableItems, "attributes"},
		"environment": {record.KindChangeRequest, tableChanges, "u_infraops_environment"},
		"risk":        {record.KindChangeRequest, tableChanges, "risk"},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			r := rehearse(t)
			r.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = map[string][]string{c.table: {c.column}} })
			conn := r.connect(t, nil)
			var wanted record.Record = server(1)
			if c.kind == record.KindChangeRequest {
				wanted = normalChange(1)
			}
			_, err := conn.stores[c.kind].Create(t.Context(), wanted)
			e := failure(t, err, record.ErrDropped)
			if f, _, _ := strings.Cut(e.Field, "."); f != field {
				t.Errorf("the error is on %q", e.Field)
			}
			wantWords(t, e.Answer+e.Advice, c.table, c.column, "ACL", strings.Fields(roleFor[c.table])[0])
		})
	}
}

func TestDroppedCorrelationLeavesNothing(t *testing.T) {
	t.Parallel()
	for kind, c := range map[record.Kind]struct {
		table, column string
		wanted        record.Record
	}{
		record.KindConfigurationItem: {tableItems, "u_infraops_stack", server(1)},
		record.KindChangeRequest:     {tableChanges, "correlation_display", normalChange(1)},
	} {
		r := rehearse(t)
		r.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = map[string][]string{c.table: {c.column}} })
		_, err := r.connect(t, nil).stores[kind].Create(t.Context(), c.wanted)
		wantWords(t, failure(t, err, record.ErrDropped).Error(), c.column)
		if left := r.Records(c.table, "state!=4^ORstateISEMPTY"); kind == record.KindConfigurationItem && len(left) > 0 || kind == record.KindChangeRequest && len(r.Records(c.table, "stateIN-5")) > 0 {
			t.Errorf("%s: what cannot be found again was left behind: %v", kind, left)
		}
	}
}

func TestCutOffTextNamesTheLength(t *testing.T) {
	t.Parallel()
	c := normalChange(1)
	c.BackoutPlan = strings.Repeat("x", 4001)
	_, err := rehearse(t).connect(t, nil).stores[record.KindChangeRequest].Create(t.Context(), c)
	e := failure(t, err, record.ErrDropped)
	if wantWords(t, e.Advice, "4000", "maximum length"); e.Field != "backout_plan" {
		t.Errorf("the error is on %q", e.Field)
	}
}

func TestHiddenColumnIsNoEmptyOne(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	items := conn.stores[record.KindConfigurationItem]
	if _, err := items.Create(t.Context(), server(1)); err != nil {
		t.Fatal(err)
	}
	r.Change(func(b *servicenowtest.Behaviour) { b.HideColumns = map[string][]string{tableItems: {"attributes"}} })
	_, err := items.Find(t.Context(), record.Query{Stack: stack})
	if e := failure(t, err, record.ErrUnauthorized); e.Field != "attributes" {
		t.Errorf("the error is on %q", e.Field)
	}
}

// TestHiddenFilesAndPlans holds files, changes in the calendar and their items that are hidden to be an error.
func TestHiddenFilesAndPlans(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	changes := store[*changeStore](t, r.connect(t, nil), record.KindChangeRequest)
	kept, err := changes.Create(t.Context(), normalChange(0))
	if err != nil {
		t.Fatal(err)
	}
	item := r.AddRecord("cmdb_ci_server", map[string]string{"name": "web-0001"})
	for range few {
		id := r.AddRecord(tableChanges, map[string]string{"state": "-5", "active": "true", "start_date": "2030-05-01 10:00:00", "end_date": "2030-05-01 12:00:00"})
		r.AddRecord("task_ci", map[string]string{"task": id, "ci_item": item})
	}
	for table, query := range map[string]string{tableFiles: "file_name=plan.txt", tableChanges: "u_infraops_name=deploy-0000", "task_ci": "ci_item=" + item} {
		r.Change(func(b *servicenowtest.Behaviour) { b.HideRows = map[string]string{table: query} })
		if table == tableFiles {
			_, err = changes.files(t.Context(), []string{kept.ID})
		} else {
			_, err = changes.Calendar(t.Context(), record.ConflictChange)
		}
		wantWords(t, failure(t, err, record.ErrUnauthorized).Error(), table)
	}
}

func TestHiddenRowIsNotAbsent(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	items := r.connect(t, nil).stores[record.KindConfigurationItem]
	var made []record.Record
	for n := range 3 {
		kept, err := items.Create(t.Context(), server(n))
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, kept)
	}
	r.Change(func(b *servicenowtest.Behaviour) { b.HideRows = map[string]string{tableItems: "name=web-0001"} })
	_, err := items.Get(t.Context(), []string{made[0].Metadata().ID, made[1].Metadata().ID})
	_ = failure(t, err, record.ErrUnauthorized)
	if found, err := items.Get(t.Context(), []string{made[0].Metadata().ID, made[2].Metadata().ID}); err != nil || len(found) != 2 {
		t.Errorf("Get of what can be seen: %d, %v", len(found), err)
	}
}

// TestThinPages hides whole pages, which are not the end.
func TestThinPages(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	conn.pageSize = 5
	items := conn.stores[record.KindConfigurationItem]
	for n := range 30 {
		if _, err := items.Create(t.Context(), server(n)); err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]string, 0, 30)
	for _, row := range r.Records(tableItems, "") {
		ids = append(ids, row["sys_id"])
	}
	slices.Sort(ids)
	r.Change(func(b *servicenowtest.Behaviour) {
		b.HideRows = map[string]string{tableItems: "sys_idIN" + strings.Join(ids[3:17], ",")}
	})
	found, err := items.Find(t.Context(), record.Query{Stack: stack})
	if err != nil || len(found) != 16 {
		t.Errorf("found %d, %v, want 16", len(found), err)
	}
}

// TestIgnoredConditionBringsNoForeignRows lets the instance lose the conditions of a query, as it does with those that it does not know.
func TestIgnoredConditionBringsNoForeignRows(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	direct := r.connect(t, nil)
	var ids []string
	for n := range 3 {
		kept, err := direct.stores[record.KindConfigurationItem].Create(t.Context(), server(n))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, kept.Metadata().ID)
	}
	items := r.behind(t, func(req *http.Request) {
		if q := req.URL.Query(); strings.HasPrefix(req.URL.Path, "/api/now/table/") {
			q.Set("sysparm_query", "no_such_column=1^ORDERBYsys_id")
			req.URL.RawQuery = q.Encode()
		}
	}).stores[record.KindConfigurationItem]
	for _, q := range []record.Query{
		{Stack: "lab/two"}, {Stack: stack, Names: []string{"server/web-9999"}}, {Where: map[string]string{"owner": "bob"}}, {Stack: stack, Where: map[string]string{"fqdn": "x"}},
	} {
		if found, err := items.Find(t.Context(), q); err != nil || len(found) > 0 {
			t.Errorf("%+v found %d, %v", q, len(found), err)
		}
	}
	if found, err := items.Get(t.Context(), ids[:1]); err == nil && len(found) != 1 {
		t.Errorf("Get answered %d records for 1 id", len(found))
	}
	_, err := items.Create(t.Context(), server(9))
	if err != nil && errors.Is(err, record.ErrConflict) {
		t.Errorf("a foreign row was taken for the holder of the key: %v", err)
	}
}

func TestNothingIsInjectedIntoQueries(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	items := r.connect(t, nil).stores[record.KindConfigurationItem]
	for n := range 3 {
		if _, err := items.Create(t.Context(), server(n)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []record.Query{
		{Names: []string{"server/a^ORname=web-0001"}}, {Names: []string{"server/javascript:gs.getUserID()"}}, {Stack: "x^NQname!=x"}, {Where: map[string]string{"name": "x^ORname!=x"}},
	} {
		if found, err := items.Find(t.Context(), q); err != nil || len(found) > 0 {
			t.Errorf("%+v found %d, %v", q, len(found), err)
		}
	}
	odd := server(7)
	odd.Name = "a^ORname=web-0001"
	if _, err := items.Create(t.Context(), odd); err != nil {
		t.Errorf("a name with ^: %v", err)
	}
	_, err := items.Create(t.Context(), odd)
	_ = failure(t, err, record.ErrConflict)
	for _, asked := range r.Requests() {
		if strings.Contains(asked.URL, "javascript") || strings.Contains(asked.URL, "%5ENQ") {
			t.Errorf("the instance was asked %s", asked.URL)
		}
	}
}

func TestLostAnswersLeaveOneRecord(t *testing.T) {
	t.Parallel()
	for kind, c := range map[record.Kind]struct {
		path, table string
		wanted      record.Record
	}{
		record.KindConfigurationItem: {"/api/now/identifyreconcile", tableItems, server(1)},
		record.KindChangeRequest:     {"/api/sn_chg_rest/change/normal", tableChanges, normalChange(1)},
	} {
		for _, fault := range []servicenowtest.Fault{servicenowtest.CutAfter, servicenowtest.BadGateway} {
			r := rehearse(t)
			s := r.connect(t, nil).stores[kind]
			r.Interrupt(func(req *http.Request) servicenowtest.Fault {
				if req.Method == http.MethodPost && req.URL.Path == c.path {
					return fault
				}
				return servicenowtest.None
			})
			_, err := s.Create(t.Context(), record.Clone(c.wanted))
			_ = failure(t, err, record.ErrAmbiguous)
			r.Interrupt(nil)
			_, err = s.Create(t.Context(), record.Clone(c.wanted))
			e := failure(t, err, record.ErrConflict)
			if all := r.Records(c.table, ""); len(all) != 1 || all[0]["sys_id"] != e.ID {
				t.Errorf("%s: there are %d records, and the holder is %s", kind, len(all), e.ID)
			}
		}
	}
}
