// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

// onCreate does something once, right before the instance gets a POST.
func onCreate(path string, what func()) func(*http.Request) {
	var once sync.Once
	return func(r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == path {
			once.Do(what)
		}
	}
}

func TestOfDiscoveredItems(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	items := store[*itemStore](t, r.connect(t, nil), record.KindConfigurationItem)
	id := r.AddRecord("cmdb_ci_server", map[string]string{"name": "web-0001", "sys_class_name": "cmdb_ci_server", "discovery_source": "SCCM", "serial_number": "S1"})
	kept, err := items.Create(t.Context(), server(1))
	if err != nil || kept.ID != id || kept.SerialNumber != "S1" {
		t.Fatalf("an item that nobody had claimed: %+v, %v", kept, err)
	}
	other := server(1)
	other.Stack = "lab/two"
	_, err = items.Create(t.Context(), other)
	if e := failure(t, err, record.ErrConflict); e.ID != id || !strings.Contains(e.Error(), stack) {
		t.Errorf("the conflict is %v with %q", e, e.ID)
	}
	if again, err := items.Get(t.Context(), []string{id}); err != nil || again[id].Stack != stack {
		t.Errorf("the item was taken over: %+v, %v", again[id], err)
	}
	// Discovery learns that it is a Linux server. It stays what it is.
	if err := items.patch(t.Context(), tableItems, id, map[string]string{"sys_class_name": "cmdb_ci_linux_server"}); err != nil {
		t.Fatal(err)
	}
	found, err := items.Find(t.Context(), record.Query{Stack: stack, Names: []string{"server/web-0001"}})
	if err != nil || len(found) != 1 || found[0].Class != "server" {
		t.Errorf("after the class was refined: %+v, %v", found, err)
	}
}

// TestDiscoveredItemIsNeverDeleted holds what was there before a create to outlive its failure.
func TestDiscoveredItemIsNeverDeleted(t *testing.T) {
	t.Parallel()
	for _, column := range []string{"correlation_id", "u_infraops_stack"} {
		r := rehearse(t)
		id := r.AddRecord("cmdb_ci_server", map[string]string{"name": "web-0001", "discovery_source": "SCCM", "serial_number": "S1"})
		r.Change(func(b *servicenowtest.Behaviour) { b.DropColumns = map[string][]string{tableItems: {column}} })
		_, err := r.connect(t, nil).stores[record.KindConfigurationItem].Create(t.Context(), server(1))
		e := failure(t, err, record.ErrDropped)
		wantWords(t, e.Answer+e.Advice, id, tableItems+"."+column, "reconciliation rules", "ACL", defaultSource)
		if strings.Contains(strings.ToLower(e.Advice), "delete") {
			t.Errorf("the advice is %q", e.Advice)
		}
		if r.Record(tableItems, id) == nil {
			t.Errorf("without %s the item of somebody else was deleted", column)
		}
	}
}

// TestDiscoveredItemOfASecondProcess is about two processes that create one item at the same time, where the second one was taken
// for a discovered item.
func TestDiscoveredItemOfASecondProcess(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	id := r.AddRecord("cmdb_ci_server", map[string]string{"name": "web-0001", "discovery_source": "SCCM"})
	key := keyOf(stack, record.KindConfigurationItem, server(1).NaturalName())
	var first string
	items := r.behind(t, onCreate(enginePath, func() {
		first = r.AddRecord("cmdb_ci_vm_instance", map[string]string{
			"name": "web-0001", "correlation_id": key, "u_infraops_stack": stack, "sys_created_on": "2001-01-01 00:00:00",
		})
	})).stores[record.KindConfigurationItem]
	_, err := items.Create(t.Context(), server(1))
	if e := failure(t, err, record.ErrConflict); e.ID != first {
		t.Errorf("the conflict is %v with %q, want %q", e, e.ID, first)
	}
	if left := r.Record(tableItems, id); left == nil || left["correlation_id"] != "" || left["u_infraops_stack"] != "" {
		t.Errorf("the discovered item is %v", left)
	}
}

// TestClassIsNotGuessed is about tables that the account must not know: a class that were the table's name would replace the item.
func TestClassIsNotGuessed(t *testing.T) {
	t.Parallel()
	for what, hide := range map[string]func(*servicenowtest.Behaviour){
		"table": func(b *servicenowtest.Behaviour) { b.DenyTables = []string{tableTables} },
		"rows": func(b *servicenowtest.Behaviour) {
			b.HideRows = map[string]string{tableTables: "name=cmdb_ci_linux_server"}
		},
		"column": func(b *servicenowtest.Behaviour) { b.HideColumns = map[string][]string{tableTables: {"name"}} },
	} {
		r := rehearse(t)
		conn := r.connect(t, nil)
		r.AddRecord("cmdb_ci_linux_server", map[string]string{"name": "web-0001", "u_infraops_stack": stack})
		r.Change(hide)
		items := store[*itemStore](t, conn, record.KindConfigurationItem)
		for range 2 { // The second time must not know better.
			_, err := items.Find(t.Context(), record.Query{Stack: stack})
			wantWords(t, failure(t, err, record.ErrUnauthorized).Advice, "Give the account read on sys_db_object")
		}
		findings, err := conn.Validate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if !f.OK && strings.HasSuffix(f.What, "in "+tableTables) {
				t.Errorf("%s: Validate says that %s is missing", what, f.What)
			}
		}
		r.Change(func(b *servicenowtest.Behaviour) { b.DenyTables, b.HideRows, b.HideColumns = nil, nil, nil })
		found, err := items.Find(t.Context(), record.Query{Stack: stack})
		if err != nil || len(found) != 1 || found[0].Class != "server" {
			t.Errorf("%s: after the account may read it: %+v, %v", what, found, err)
		}
	}
}

// TestValidateOfHiddenTables says once that the tables are hidden, and not that each of them is missing.
func TestValidateOfHiddenTables(t *testing.T) {
	t.Parallel()
	for what, hide := range map[string]func(*servicenowtest.Behaviour){
		"table": func(b *servicenowtest.Behaviour) { b.DenyTables = []string{tableTables} },
		"rows":  func(b *servicenowtest.Behaviour) { b.HideRows = map[string]string{tableTables: "nameISNOTEMPTY"} },
	} {
		r := rehearse(t)
		r.Change(hide)
		findings, err := r.connect(t, nil).Validate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var hidden bool
		for _, f := range findings {
			hidden = hidden || !f.OK && f.What == "table "+tableTables
			if strings.HasSuffix(f.What, "in "+tableTables) {
				t.Errorf("%s: %+v", what, f)
			}
		}
		if !hidden {
			t.Errorf("%s: Validate does not say that the account cannot read %s", what, tableTables)
		}
	}
}

func TestAttributesOfSomebodyElse(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	items := store[*itemStore](t, r.connect(t, nil), record.KindConfigurationItem)
	kept, err := items.Create(t.Context(), server(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := items.patch(t.Context(), tableItems, kept.ID, map[string]string{"attributes": "call Bob first"}); err != nil {
		t.Fatal(err)
	}
	_, err = items.Update(t.Context(), kept, []string{"attributes.cpu"})
	if e := failure(t, err, record.ErrConflict); e.Field != "attributes" {
		t.Errorf("the error is on %q", e.Field)
	}
}

func TestReferencesInOtherWords(t *testing.T) {
	t.Parallel()
	items := store[*itemStore](t, rehearse(t).connect(t, nil), record.KindConfigurationItem)
	for owner, words := range map[string]string{"Alice Example": "alice", "alice@example.com": "alice", "nobody": "sys_user"} {
		i := server(1)
		i.Owner = owner
		_, err := items.Create(t.Context(), i)
		e := failure(t, err, record.ErrInvalid)
		if wantWords(t, e.Answer+e.Advice, words); e.Field != "owner" {
			t.Errorf("the error is on %q", e.Field)
		}
	}
	i := server(1)
	i.Class = "toaster"
	_, err := items.Create(t.Context(), i)
	if e := failure(t, err, record.ErrInvalid); e.Field != "class" {
		t.Errorf("the error is on %q", e.Field)
	}
}

func TestExtensionsAndOtherColumns(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.AddColumn(tableItems, servicenowtest.Column{Name: "u_owner", MaxLength: 255})
	items := store[*itemStore](t, r.connect(t, record.Settings{
		"extension_columns.cmdb_ci": "asset_tag, comments", "columns.cmdb_ci.owner": "u_owner", "classes.firewall": "cmdb_ci_ip_firewall",
		"statuses.planned": "2/5", "create_through": "table", "relationship_types.guards": "Manages::Managed by",
	}), record.KindConfigurationItem)
	i := server(1)
	i.Class, i.Owner, i.Status, i.Extensions = "firewall", "Team Alpha", "planned", map[string]string{"asset_tag": "P1"}
	kept, err := items.Create(t.Context(), i)
	if err != nil || kept.Class != "firewall" || kept.Owner != "Team Alpha" || kept.Status != "planned" || kept.Extensions["asset_tag"] != "P1" {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	kept.Extensions = nil
	if kept, err = items.Update(t.Context(), kept, []string{"extensions.asset_tag"}); err != nil || len(kept.Extensions) > 0 {
		t.Errorf("after removal: %+v, %v", kept.Extensions, err)
	}
	kept.Extensions = map[string]string{"po_number": "1"}
	_, err = items.Update(t.Context(), kept, []string{"extensions.po_number"})
	if e := failure(t, err, record.ErrInvalid); e.Field != "extensions.po_number" {
		t.Errorf("the error is on %q", e.Field)
	}
}

func TestUnknownSourceIsRefused(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	_, err := r.connect(t, record.Settings{"discovery_source": "InfraOps"}).stores[record.KindConfigurationItem].Create(t.Context(), server(1))
	if wantWords(t, failure(t, err, record.ErrInvalid).Error(), "InfraOps"); len(r.Records(tableItems, "")) > 0 {
		t.Errorf("an item was added all the same")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	findings, err := r.connect(t, nil).Validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if !f.OK && !strings.Contains(f.What, "cmdb_ci_") {
			t.Errorf("%+v", f)
		}
	}
	r.Change(func(b *servicenowtest.Behaviour) { b.DenyTables = []string{"cmn_location"} })
	r.AddColumn(tableChanges, servicenowtest.Column{Name: "u_short", MaxLength: 40})
	findings, err = r.connect(t, record.Settings{
		"discovery_source": "InfraOps", "columns.change_request.name": "u_short", "columns.cmdb_ci.stack": "u_none", "assignment_group": "nobody",
		"relationship_types.guards": "Guards::Guarded by", "statuses.planned": "77/5",
	}).Validate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, f := range findings {
		if !f.OK {
			if missing[f.What] = true; f.Problem == "" || f.Advice == "" {
				t.Errorf("%+v", f)
			}
		}
	}
	for _, want := range []string{
		"table cmn_location", `choice "InfraOps" of cmdb_ci.discovery_source`, "column change_request.u_short", "column cmdb_ci.u_none", `"nobody" in sys_user_group`,
		`"Guards::Guarded by" in cmdb_rel_type`, `choice "77" of cmdb_ci.install_status`,
	} {
		if !missing[want] {
			t.Errorf("Validate does not say that %q is missing; it says %q", want, slices.Sorted(maps.Keys(missing)))
		}
	}
}

// TestValidateThatFails finds nothing where it could not look.
func TestValidateThatFails(t *testing.T) {
	t.Parallel()
	c := rehearse(t).connect(t, nil)
	_ = c.Close()
	for _, look := range []func(context.Context) ([]record.Finding, error){c.tablesReadable, c.columnsThere, c.choicesThere, c.namesThere} {
		findings, err := look(t.Context())
		if _ = failure(t, err, record.ErrUnavailable); len(findings) > 0 {
			t.Errorf("found %+v", findings)
		}
	}
}

func TestEveryFieldIsKeptOrSaidNotToBe(t *testing.T) {
	t.Parallel()
	for kind, support := range System().Kinds {
		for _, f := range record.Fields(record.Define(kind).New()) {
			if support.Kept[f.Name] == "" {
				t.Errorf("%s: nothing says where %s is kept", kind, f.Name)
			}
		}
		for _, field := range []string{"id", fieldStack, fieldCorrelation} {
			if support.Kept[field] == "" {
				t.Errorf("%s: nothing says where %s is kept", kind, field)
			}
		}
	}
}

// TestSetupScriptAddsWhatIsNeeded holds the script for administrators to the columns that the code uses.
func TestSetupScriptAddsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "systems", "servicenow", "setup.js"))
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]string{}
	for block := range strings.SplitSeq(string(script), "],\n") {
		for _, table := range []string{tableItems, tableRelationships, tableChanges} {
			if _, rest, ok := strings.Cut(block, "    "+table+": "); ok {
				in[table] = rest
			} else if in[table] != "" && strings.HasPrefix(block, "      [") {
				in[table] += block
			}
		}
	}
	for _, c := range SetupColumns() {
		wanted := regexp.MustCompile(`\["` + c.Name + `", "[^"]+", ` + strconv.Itoa(c.MaxLength) + `\b`)
		if !wanted.MatchString(in[c.Table]) {
			t.Errorf("the script does not add %s.%s with %d characters", c.Table, c.Name, c.MaxLength)
		}
	}
	if keys, ours := slices.Sorted(maps.Keys(lengths)), 0; len(keys) > 0 {
		for kind, m := range mapped {
			for _, c := range m.columns {
				if !c.ours {
					continue
				}
				if ours++; lengths[optionKey(m.table, c.field)] == 0 {
					t.Errorf("%s: the set-up has no length for %s", kind, c.name)
				}
			}
		}
		if ours != len(keys) {
			t.Errorf("the set-up has %d columns, and the code uses %d", len(keys), ours)
		}
	}
}

func TestWordsOfRefusals(t *testing.T) {
	t.Parallel()
	for words, field := range map[string]string{
		"Data Policy Exception: The following fields are mandatory: Assignment group, Close code": "assignment_group",
		"Data Policy Exception: The following fields are mandatory: Colour":                       "",
		"aborted by Business Rule 'x^1'":                                                          "",
	} {
		if got := mandatory(words); got != field {
			t.Errorf("%q is on %q, want %q", words, got, field)
		}
	}
	for body, want := range map[string]string{
		`{"error":{"message":"No","detail":"really\n no"},"status":"failure"}`: "No: really no", `{"error":{"message":"No","detail":"No"}}`: "No", `<html>`: "", `{"error":{"detail":"d"}}`: "d",
	} {
		if got := explain(http.StatusForbidden, []byte(body)); got != want {
			t.Errorf("%s is %q, want %q", body, got, want)
		}
	}
}

func TestKeysFitTheColumn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, n := range []string{"a", strings.Repeat("x", 200), strings.Repeat("x", 199) + "y", "a^b", "a^c", "ü^", "two\nlines"} {
		key := keyOf("lab/one", record.KindConfigurationItem, "server/"+n)
		if len(key) > maxKey || !askable(key) || seen[key] {
			t.Errorf("the key of %q is %q", n, key)
		}
		seen[key] = true
	}
	if keyOf("javascript:x", record.KindConfigurationItem, "a")[:11] == "javascript:" {
		t.Error("a key would be run by the instance")
	}
}
