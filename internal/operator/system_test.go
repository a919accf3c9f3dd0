// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// systems are those that the tests' program can use: the registry and a desk that has a documented set-up.
func systems() []record.System {
	return []record.System{registry.System(), {
		Name: "desk", Title: "Service Desk",
		Options: []record.Option{{Name: "url"}, {Name: "token", Sensitive: true}, {Name: "queues", Map: true}},
		Kinds:   map[record.Kind]record.Support{record.KindChangeRequest: {}, record.KindConfigurationItem: {}},
		Open:    openDesk,
	}}
}

type desk struct{ settings record.Settings }

func openDesk(s record.Settings) (record.Connection, error) {
	if s["url"] == "" {
		return nil, record.Errorf(record.ErrInvalid, "there is no url").Advise("Set INFRAOPS_DESK_URL")
	}
	return desk{s}, nil
}

func (desk) Stores() record.Stores       { return nil }
func (desk) Ready(context.Context) error { return nil }
func (desk) Close() error                { return nil }

func (d desk) Validate(context.Context) ([]record.Finding, error) {
	findings := []record.Finding{{OK: true, What: "the account " + d.settings["token"]}}
	for key, queue := range d.settings.Entries("queues") {
		findings = append(findings, record.Finding{
			What: "queue " + queue + " for changes of type " + key, Problem: "there is no such queue, or the account may not see it",
			Advice: "Make it, and give the account the right SeeQueue\x1b[2J",
		})
	}
	switch d.settings["url"] {
	case "https://down":
		return findings, record.Errorf(record.ErrUnavailable, "no answer")
	case "https://refuses":
		return nil, record.Errorf(record.ErrUnauthorized, "401 Unauthorized").Advise("Check the token")
	}
	return findings, nil
}

func TestSystemList(t *testing.T) {
	golden(t, "system_list", run(t, "system", "list").succeeds(t))
}

func TestSystemValidate(t *testing.T) {
	t.Setenv("INFRAOPS_DESK_URL", "https://desk")
	t.Setenv("INFRAOPS_DESK_TOKEN", "ada")
	golden(t, "system_validate", run(t, "system", "validate", "desk").succeeds(t))

	t.Setenv("INFRAOPS_DESK_QUEUES", `{"normal":"General"}`)
	r := run(t, "system", "validate", "desk")
	golden(t, "system_validate_missing", r.out)
	if r.code != exitFailure || r.err != "" {
		t.Errorf("exit code %d, standard error %q", r.code, r.err)
	}
	r = run(t, "system", "validate", "desk", "--json")
	var list []map[string]any
	if err := json.Unmarshal([]byte(r.out), &list); err != nil || r.code != exitFailure || len(list) != 2 || list[1]["ok"] != false || list[1]["advice"] == "" {
		t.Errorf("exit code %d, %v, %v", r.code, list, err)
	}
}

func TestSystemValidate_fails(t *testing.T) {
	run(t, "system", "validate", "desk").fails(t, exitFailure, "validating Service Desk: there is no url. Set INFRAOPS_DESK_URL.")
	t.Setenv("INFRAOPS_DESK_URL", "https://refuses")
	run(t, "system", "validate", "desk").fails(t, exitFailure, "401 Unauthorized. Check the token.")
	// What was found out before the system went away is shown.
	t.Setenv("INFRAOPS_DESK_URL", "https://down")
	r := run(t, "system", "validate", "desk")
	if r.code != exitFailure || !strings.Contains(r.out, "ok       the account") || !strings.Contains(r.err, "no answer. Check the options in the environment variables INFRAOPS_DESK_<OPTION>") || !strings.Contains(r.out, "none missing so far") {
		t.Errorf("%+v", r)
	}
	t.Setenv("INFRAOPS_DESK_QUEUES", "hunter2")
	r = run(t, "system", "validate", "desk")
	r.fails(t, exitFailure, "reading the options of desk: the environment variable INFRAOPS_DESK_QUEUES: must be a JSON object")
	if strings.Contains(r.err, "hunter2") {
		t.Error(r.err)
	}
}

func TestSystemValidate_registry(t *testing.T) {
	t.Chdir(t.TempDir())
	if out := run(t, "system", "validate", "registry", "--database", "new.db").succeeds(t); !strings.Contains(out, "needs no set-up") {
		t.Error(out)
	}
	run(t, "system", "validate", "registry", "--database", filepath.Join("nowhere", "new.db")).fails(t, exitFailure, "validating built-in registry", "nowhere")
}
