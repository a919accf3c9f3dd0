// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestRecordList(t *testing.T) {
	s := newShop(t)
	s.fill()
	s.golden("record_list", run(t, "record", "list").succeeds(t))
	s.golden("record_list_stack", run(t, "record", "list", "--stack", "payments-prod").succeeds(t))
	s.golden("record_list_kind", run(t, "record", "list", "--kind", "ipam_address").succeeds(t))
	s.golden("record_list_json", run(t, "record", "list", "--kind", "infraops_cmdb_configuration_item", "--stack", "payments-prod", "--json").succeeds(t))
	s.golden("record_list_none", run(t, "record", "list", "--kind", "ipam_prefix", "--stack", "lab").succeeds(t))
	if out := run(t, "record", "list", "--stack", "lab", "--kind", "ipam_prefix", "--json").succeeds(t); out != "[]\n" {
		t.Errorf("no record as JSON is %q", out)
	}
}

// widget is a kind that this package does not know, with a field of every type.
type widget struct {
	record.Meta
	Name     string            `json:"name"`
	Text     string            `json:"text"`
	Enabled  bool              `json:"enabled"`
	Count    int64             `json:"count"`
	Interval time.Duration     `json:"interval"`
	Due      time.Time         `json:"due"`
	Tags     []string          `json:"tags"`
	Labels   map[string]string `json:"labels"`
	PartID   string            `json:"part_id"`
	Secret   string            `json:"secret" infraops:"input"`
	Unset    string            `json:"unset"`
	Status   string            `json:"status"`
	Maker    *maker            `json:"maker"`
}

type maker struct {
	Name    string `json:"name"`
	Country string `json:"country,omitempty"`
}

func (*widget) Kind() record.Kind             { return "widget" }
func (w *widget) NaturalName() string         { return w.Name }
func (*widget) Canonicalise()                 {}
func (*widget) Validate() []record.FieldError { return nil }

func TestKindThatIsNew(t *testing.T) {
	records := []record.Record{
		&widget{Meta: record.Meta{ID: "1", Stack: "lab"}, Name: "left", Text: strings.Repeat("long ", 9), Enabled: true, Count: 3, Status: "ready", Secret: "s3cret", PartID: "2"},
		&widget{
			Meta: record.Meta{ID: "2", Stack: "lab"}, Name: "right", Interval: 90 * time.Second, Due: night,
			Tags: []string{"a"}, Labels: map[string]string{"a": "b"}, Status: "new\tline", Maker: &maker{Name: "Acme"},
		},
	}
	golden(t, "record_new_kind", recordTables(records, namesByID(records), true))
	var b strings.Builder
	s := &session{out: &b}
	if err := s.writeJSON(documents(records)); err != nil {
		t.Fatal(err)
	}
	golden(t, "record_new_kind_json", b.String())
}

// writeState makes a Terraform state that manages records, given as type and id.
func writeState(t *testing.T, path string, resources ...[2]string) {
	t.Helper()
	var blocks []string
	for i, r := range resources {
		blocks = append(blocks, fmt.Sprintf(`{"mode":"managed","type":%q,"name":"r%d","instances":[{"attributes":{"id":%q}}]}`, r[0], i, r[1]))
	}
	content := `{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{},"resources":[` + strings.Join(blocks, ",") + `]}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRecordOrphans(t *testing.T) {
	s := newShop(t)
	web := s.fill()
	var network, vms [][2]string
	for _, kind := range []record.Kind{record.KindPrefix, record.KindIPAddress, record.KindConfigurationItem, record.KindRelationship} {
		found, err := s.registry.Records(t.Context(), kind, record.Query{Stack: "payments-prod"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			entry := [2]string{typePrefix + string(kind), r.Metadata().ID}
			if kind == record.KindPrefix {
				network = append(network, entry)
			} else {
				vms = append(vms, entry)
			}
		}
	}
	vms = append(vms, [2]string{"infraops_change_approval", web.ID})
	writeState(t, "empty.tfstate")
	writeState(t, "network.tfstate", network...)
	writeState(t, "vms.tfstate", vms...)
	orphans := func(args ...string) result {
		return run(t, append([]string{"record", "orphans", "--stack", "payments-prod"}, args...)...)
	}

	s.golden("record_orphans", orphans("--state", "empty.tfstate").succeeds(t))
	s.golden("record_orphans_some", orphans("--state", "network.tfstate").succeeds(t))
	s.golden("record_orphans_json", orphans("--state", "vms.tfstate", "--json").succeeds(t))
	s.golden("record_orphans_none", orphans("--state", "network.tfstate", "vms.tfstate").succeeds(t))
	if out := orphans("--state", "network.tfstate", "--state", "vms.tfstate", "--json", "--detailed-exitcode").succeeds(t); out != "[]\n" {
		t.Errorf("no orphans as JSON are %q", out)
	}
	if r := orphans("--state", "vms.tfstate", "--detailed-exitcode"); r.code != exitOrphans || r.err != "" || !strings.Contains(r.out, "infraops_ipam_prefix") {
		t.Errorf("%+v", r)
	}
	s.golden("record_orphans_unknown_stack", run(t, "record", "orphans", "--stack", "paymnts", "--state", "vms.tfstate").succeeds(t))
}

func TestRecordOrphansFromStandardInput(t *testing.T) {
	s := newShop(t)
	id := s.add("lab", &record.Prefix{CIDR: "10.0.0.0/24"})
	in := `{"format_version":"1.0","values":{"root_module":{"resources":[{"mode":"managed","type":"infraops_ipam_prefix","values":{"id":"` + id + `"}}]}}}`
	out := runWith(t, in, "record", "orphans", "--stack", "lab", "--state", "-", "--detailed-exitcode").succeeds(t)
	if out != "Orphans: none. Every live record of stack lab (1) is in -.\n" {
		t.Error(out)
	}
}

func TestHistory(t *testing.T) {
	s := newShop(t)
	web := s.fill()
	run(t, "change", "approve", web.Number, "--as", "grace", "--comment", "Fine").succeeds(t)
	s.golden("history", run(t, "history").succeeds(t))
	s.golden("history_stack", run(t, "history", "--stack", "lab").succeeds(t))
	s.golden("history_json", run(t, "history", "--stack", "payments-prod", "--kind", "change_request", "--id", web.ID, "--json").succeeds(t))
	s.golden("history_none", run(t, "history", "--stack", "nowhere").succeeds(t))
	if out := run(t, "history", "--stack", "nowhere", "--json").succeeds(t); out != "[]\n" {
		t.Errorf("no history as JSON is %q", out)
	}
}
