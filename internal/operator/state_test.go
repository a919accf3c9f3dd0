// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const stateV4 = `{
  "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "f2f4", "outputs": {},
  "resources": [
    {"mode": "managed", "type": "infraops_change_approval", "name": "go", "provider": "p", "instances": [{"attributes": {"id": "c1"}}]},
    {"module": "module.vm", "mode": "managed", "type": "infraops_ipam_address", "name": "a", "provider": "p", "instances": [
      {"index_key": 0, "attributes": {"id": "a1"}},
      {"index_key": 1, "status": "tainted", "attributes": {"id": "a2"}},
      {"index_key": 1, "deposed": "00000001", "attributes": {"id": "a3"}}]},
    {"mode": "data", "type": "infraops_ipam_prefix", "name": "p", "provider": "p", "instances": [{"attributes": {"id": "p1"}}]},
    {"mode": "managed", "type": "infraops_ipam_address", "name": "b", "provider": "p", "instances": [
      {"attributes": {"id": "7", "system": "netbox"}}, {"attributes": {"id": "7", "system": "registry"}}]},
    {"mode": "managed", "type": "infraops_check", "name": "up", "provider": "p", "instances": [{"attributes": {"passed": true}}]},
    {"mode": "managed", "type": "other_thing", "name": "o", "provider": "q", "instances": [{"attributes": {"id": 4711}}]}
  ], "check_results": null
}`

const stateShown = `{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {
  "resources": [{"address": "infraops_change_closure.end", "mode": "managed", "type": "infraops_change_closure", "values": {"id": "c1"}}],
  "child_modules": [{"address": "module.vm", "child_modules": [{"resources": [
    {"mode": "managed", "type": "infraops_ipam_address", "values": {"id": "a1"}},
    {"mode": "data", "type": "infraops_ipam_prefix", "values": {"id": "p1"}}]}]}]}}}`

func TestParseState(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    []managed
	}{
		"state file": {stateV4, []managed{{"change_request", "c1"}, {"ipam_address", "a1"}, {"ipam_address", "a2"}, {"ipam_address", "a3"}, {"ipam_address", "7"}}},
		"shown":      {stateShown, []managed{{"change_request", "c1"}, {"ipam_address", "a1"}}},
		"no records": {`{"version": 4, "resources": []}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseState([]byte(c.content))
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("got %v, %v", got, err)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %v, want %v", got[i], c.want[i])
				}
			}
		})
	}
}

// notStates are files that a person may give by mistake.
var notStates = map[string]struct{ content, text string }{
	"empty":         {"", "it is empty"},
	"blank":         {" \n", "it is empty"},
	"not JSON":      {"resource {}", "not a Terraform state: invalid character"},
	"cut off":       {stateV4[:len(stateV4)/2], "not a Terraform state"},
	"two states":    {stateV4 + stateV4, "not a Terraform state"},
	"list":          {"[]", "not a Terraform state"},
	"null":          {"null", "it is JSON, but not"},
	"object":        {"{}", "it is JSON, but not"},
	"backend":       {`{"version": 3, "backend": {"type": "s3"}}`, "state format 3"},
	"newer":         {`{"version": 5, "resources": []}`, "state format 5"},
	"no resources":  {`{"version": 4}`, "it is JSON, but not"},
	"version text":  {`{"version": "4", "resources": []}`, "not a Terraform state"},
	"validation":    {`{"format_version": "1.0", "valid": true}`, "it is JSON, but not"},
	"plan":          {`{"format_version": "1.2", "planned_values": {"root_module": {}}, "values": {}}`, "it is a plan"},
	"encrypted":     {`{"serial": 1, "lineage": "x", "encrypted_data": "eyJ", "encryption_version": "v0"}`, "encrypted"},
	"id missing":    {`{"version": 4, "resources": [{"mode": "managed", "type": "infraops_ipam_address", "instances": [{"attributes": {}}]}]}`, "infraops_ipam_address in it has no id"},
	"id no text":    {`{"version": 4, "resources": [{"mode": "managed", "type": "infraops_ipam_address", "instances": [{"attributes": {"id": 7}}]}]}`, "has no id"},
	"no attributes": {`{"version": 4, "resources": [{"mode": "managed", "type": "infraops_ipam_address", "instances": [{}]}]}`, "has no id"},
}

func TestWhatIsNoStateIsAnError(t *testing.T) {
	for name, c := range notStates {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "terraform.tfstate")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			good := filepath.Join(t.TempDir(), "good.tfstate")
			if err := os.WriteFile(good, []byte(stateV4), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, "record", "orphans", "--stack", "a", "--state", good, path).fails(t, exitFailure, "reading the Terraform state", "terraform.tfstate", c.text)
			runWith(t, c.content, "record", "orphans", "--stack", "a", "--state", "-").fails(t, exitFailure, "from the standard input", c.text)
		})
	}
	t.Run("missing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "missing.tfstate")
		run(t, "record", "orphans", "--stack", "a", "--state", path, "--detailed-exitcode").
			fails(t, exitFailure, "missing.tfstate", "no such file", "terraform state pull")
	})
	t.Run("directory", func(t *testing.T) {
		run(t, "record", "orphans", "--stack", "a", "--state", t.TempDir()).fails(t, exitFailure, "is a directory")
	})
}

func FuzzParseState(f *testing.F) {
	f.Add(stateV4)
	f.Add(stateShown)
	for _, c := range notStates {
		f.Add(c.content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		found, err := parseState([]byte(content))
		if err != nil && found != nil {
			t.Error("part of an answer beside an error")
		}
		for _, m := range found {
			if m.id == "" || !record.Known(m.kind) || strings.HasPrefix(string(m.kind), typePrefix) {
				t.Errorf("%v", m)
			}
		}
	})
}
