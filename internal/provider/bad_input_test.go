// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// badInput is a row of the tables in bad_input_*_test.go. Each row is a file of one configuration, so that a table costs
// one run of the CLI, which names the file and the line of every error.
type badInput struct {
	// name says what is wrong; hcl has § for the row's own name.
	name, hcl string
	// at is what the line has that the error points at: the attribute's name.
	at string
	// says is a regular expression for the summary and the detail.
	says string
}

// diagnostic is the CLI's, as it writes it with -json.
type diagnostic struct {
	Severity, Summary, Detail, Address string
	Range                              struct{ Filename string }
	Snippet                            struct{ Code, Context string }
}

func (d diagnostic) String() string {
	return fmt.Sprintf("%s: %s\n%s: %s", d.Range.Filename, d.Snippet.Code, d.Summary, d.Detail)
}

// diagnostics reads the answer of validate -json, one object, and of plan and apply -json, an object in each line.
func diagnostics(output string) []diagnostic {
	var whole struct{ Diagnostics []diagnostic }
	if json.Unmarshal([]byte(output), &whole) == nil && len(whole.Diagnostics) > 0 {
		return whole.Diagnostics
	}
	var found []diagnostic
	for line := range strings.Lines(output) {
		var message struct{ Diagnostic *diagnostic }
		if json.Unmarshal([]byte(line), &message) == nil && message.Diagnostic != nil {
			found = append(found, *message.Diagnostic)
		}
	}
	return found
}

// parse gives the errors by the file that they are in.
func parse(output string) map[string][]diagnostic {
	byFile := map[string][]diagnostic{}
	for _, d := range diagnostics(output) {
		if d.Severity == "error" {
			byFile[d.Range.Filename] = append(byFile[d.Range.Filename], d)
		}
	}
	return byFile
}

// refuse runs a table in one configuration: base and the rows.
func refuse(t *testing.T, w *acctest.Workspace, rows []badInput, replace *strings.Replacer, command ...string) {
	t.Helper()
	for i, row := range rows {
		text := strings.ReplaceAll(replace.Replace(row.hcl), "§", fmt.Sprintf("r%02d", i))
		w.Write(fmt.Sprintf("r%02d.tf", i), text)
	}
	w.Must("init", "-no-color")
	output, ok := w.Run(append(command, "-no-color", "-json")...)
	if ok {
		t.Errorf("%v succeeded", command)
	}
	errors := parse(output)
	for i, row := range rows {
		file := fmt.Sprintf("r%02d.tf", i)
		// Of two blocks that clash the CLI plans either one first, so the error can be at the base's.
		row.judge(t, append(errors[file], errors["main.tf"]...))
		delete(errors, file)
	}
	delete(errors, "main.tf")
	for _, others := range errors {
		t.Errorf("an error that no row expects: %v", others)
	}
	if t.Failed() && len(errors) == 0 && !strings.Contains(output, "diagnostic") {
		t.Log(output)
	}
}

func (row badInput) judge(t *testing.T, got []diagnostic) {
	t.Helper()
	pattern := regexp.MustCompile("(?s)" + row.says)
	for _, d := range got {
		if pattern.MatchString(d.Summary + ": " + d.Detail) {
			if !strings.Contains(d.Snippet.Code, row.at) {
				t.Errorf("%s: points at %q, not at %q", row.name, d.Snippet.Code, row.at)
			}
			if strings.Contains(d.Detail, "hunter2") {
				t.Errorf("%s: shows the password: %s", row.name, d)
			}
			return
		}
	}
	t.Errorf("%s: wants %q, got %v", row.name, row.says, got)
}

const required = `
terraform {
  required_providers {
    infraops = { source = "infraops/infraops" }
  }
}
`

// TestAccBadInput_validate: what the configuration alone tells is refused before anything is planned.
func TestAccBadInput_validate(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t)
	w.Write("main.tf", required+acctest.Block(`provider "infraops"`, `stack = "test"`))
	refuse(t, w, validateRows(), strings.NewReplacer(), "validate")
}

// TestAccBadInput_plan: what the systems can tell without a write is refused in the plan.
func TestAccBadInput_plan(t *testing.T) {
	r := acctest.NewRegistry(t)
	ids := fixtures(r)
	w := acctest.NewWorkspace(t)
	w.Write("main.tf", required+r.Config(existing))
	w.Must("init", "-no-color")
	w.Must("apply", "-auto-approve", "-no-color")
	before := r.Count()
	refuse(t, w, slices.Concat(planRows(), planImage(), planMonitoring(), planIAM(), databaseRows(t)), ids, "plan")
	if now := r.Count(); now != before {
		t.Errorf("planning has made %d records", now-before)
	}
}

// TestAccBadInput_apply: what only a write can tell fails there, and writes nothing.
func TestAccBadInput_apply(t *testing.T) {
	r := acctest.NewRegistry(t)
	ids := fixtures(r)
	w := acctest.NewWorkspace(t)
	w.Write("main.tf", required+r.Config())
	before := r.Count()
	refuse(t, w, slices.Concat(applyRows(), applyImage(), applyMonitoring()), ids, "apply", "-auto-approve")
	if now := r.Count(); now != before {
		t.Errorf("the refused applies have made %d records", now-before)
	}
	if state := w.Must("show", "-json"); strings.Contains(state, "tainted") || strings.Contains(state, `"infraops_`) {
		t.Errorf("the refused applies have left something in the state: %s", state)
	}
}

// existing is a block that the plan's rows clash with.
const existing = `
resource "infraops_cmdb_configuration_item" "existing" {
  class = "server"
  name  = "existing"
}
`

// fixtures fills a registry and names what is in it.
func fixtures(r *acctest.Registry) *strings.Replacer {
	theirs := record.Meta{Stack: "theirs"}
	prefix := acctest.Put(r, &record.Prefix{Meta: theirs, CIDR: "10.1.0.0/24", Gateway: "10.1.0.1"})
	full := acctest.Put(r, &record.Prefix{Meta: theirs, CIDR: "10.2.0.0/30", Gateway: "10.2.0.1"})
	acctest.Put(r, &record.IPAddress{Meta: theirs, Name: "full", PrefixID: full.ID, Address: "10.2.0.2"})
	acctest.Put(r, &record.IPAddress{Meta: theirs, Name: "taken", PrefixID: prefix.ID, Address: "10.1.0.7"})
	item := acctest.Put(r, &record.ConfigurationItem{Meta: theirs, Class: "server", Name: "double", Status: "planned"})
	acctest.Put(r, &record.ConfigurationItem{Meta: record.Meta{Stack: "others"}, Class: "server", Name: "double", Status: "planned"})
	retired := acctest.Put(r, &record.ConfigurationItem{Meta: theirs, Class: "server", Name: "retired", Status: "planned"})
	r.End(retired, record.Conclude)
	canceled := acctest.Put(r, &record.ChangeRequest{Meta: theirs, Summary: "Canceled"})
	r.End(canceled, record.Conclude)
	open := acctest.Put(r, &record.ChangeRequest{Meta: theirs, Summary: "Open"})
	acctest.Put(r, &record.ImageVersion{Meta: theirs, Family: "ubuntu", Version: "0.9.0", Platform: "aws", ExternalID: "ami-0", RevokeAt: time.Now().Add(-time.Hour)})
	acctest.Put(r, &record.ImageVersion{Meta: theirs, Family: "ubuntu", Version: "1.0.0", Platform: "aws", ExternalID: "ami-1"})
	acctest.Put(r, &record.ImageChannel{Meta: theirs, Family: "ubuntu", Name: "taken", Version: "1.0.0"})
	watched := acctest.Put(r, &record.MonitoringTarget{Meta: theirs, Name: "watched", Address: "10.0.0.7", Enabled: true})
	unwatched := acctest.Put(r, &record.MonitoringTarget{Meta: theirs, Name: "unwatched", Address: "10.0.0.8", Enabled: true})
	r.End(unwatched, record.Erase)
	acctest.Put(r, &record.SecretDelivery{
		Path: "theirs", MadeFor: "iam_functional_account/svc", Recipient: ageKey, Secret: map[string]record.Secret{"password": record.NewSecret("hunter2hunter2")},
	})
	return strings.NewReplacer("UNWATCHED", unwatched.ID, "WATCHED", watched.ID, "PREFIX", prefix.ID, "FULL", full.ID, "ITEM", item.ID, "RETIRED", retired.ID, "CANCELED", canceled.ID, "OPEN", open.ID,
		"DIRECTORY", filepath.Dir(r.Database))
}
