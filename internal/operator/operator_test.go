// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testdata is absolute, since tests change the working directory.
var testdata, _ = filepath.Abs("testdata")

func TestMain(m *testing.M) {
	// The outputs show local times; the golden files were written in UTC.
	time.Local = time.UTC
	_ = os.Unsetenv(databaseEnv)
	os.Exit(m.Run())
}

// result is what a command line did.
type result struct {
	out, err string
	code     int
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	return runWith(t, "", args...)
}

func runWith(t *testing.T, in string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := Run(t.Context(), "1.2.3", systems(), args, strings.NewReader(in), &out, &err)
	return result{out.String(), err.String(), code}
}

// fails demands an error of one line that holds every one of the texts, and nothing on the standard output.
func (r result) fails(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	if r.out != "" {
		t.Errorf("the standard output has %q", r.out)
	}
	if !strings.HasPrefix(r.err, "Error: ") || !strings.HasSuffix(r.err, ".\n") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("not one sentence after another on one line: %q", r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.err, text) {
			t.Errorf("the error lacks %q: %s", text, r.err)
		}
	}
}

// succeeds demands exit code 0 and silence on the standard error, and returns the output.
func (r result) succeeds(t *testing.T) string {
	t.Helper()
	if r.code != exitSuccess || r.err != "" {
		t.Fatalf("exit code %d, standard error %q", r.code, r.err)
	}
	return r.out
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(testdata, name+".golden")
	if *update {
		if err := os.MkdirAll(testdata, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestHelp(t *testing.T) {
	for name, args := range map[string][]string{
		"introduction":           {},
		"help_change":            {"change", "--help"},
		"help_change_list":       {"change", "list", "--help"},
		"help_change_show":       {"change", "show", "--help"},
		"help_change_approve":    {"change", "approve", "--help"},
		"help_change_reject":     {"change", "reject", "--help"},
		"help_notification":      {"notification", "--help"},
		"help_notification_list": {"notification", "list", "--help"},
		"help_notification_show": {"notification", "show", "--help"},
		"help_record_list":       {"record", "list", "--help"},
		"help_record_orphans":    {"record", "orphans", "--help"},
		"help_history":           {"history", "--help"},
		"help_monitoring_export": {"monitoring", "export", "--help"},
		"help_secret":            {"secret", "--help"},
		"help_secret_list":       {"secret", "list", "--help"},
		"help_secret_retrieve":   {"secret", "retrieve", "--help"},
		"help_system":            {"system", "--help"},
		"help_system_list":       {"system", "list", "--help"},
		"help_system_validate":   {"system", "validate", "--help"},
		"help_rehearse":          {"rehearse", "servicenow", "--help"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, run(t, args...).succeeds(t)) })
	}
}

func TestNoArgumentsIsNotTheArgumentsOfTheProcess(t *testing.T) {
	var out, err bytes.Buffer
	if code := Run(t.Context(), "1.2.3", systems(), nil, strings.NewReader(""), &out, &err); code != exitSuccess || !strings.Contains(out.String(), "is a Terraform provider") {
		t.Errorf("exit code %d, output %q, error %q", code, out.String(), err.String())
	}
}

func TestVersion(t *testing.T) {
	if out := run(t, "version").succeeds(t); !strings.HasPrefix(out, "terraform-provider-infraops 1.2.3 (go") {
		t.Error(out)
	}
}

func TestWrongUsage(t *testing.T) {
	state := filepath.Join(t.TempDir(), "none.tfstate")
	for name, c := range map[string]struct {
		args  []string
		texts []string
	}{
		"unknown command":         {[]string{"aprove"}, []string{`no command "aprove"`, "change, history, monitoring, notification, record, rehearse, secret, system, version"}},
		"near command":            {[]string{"recordd"}, []string{`Did you mean "record"?`}},
		"group alone":             {[]string{"change"}, []string{"does nothing by itself", "approve, list, reject, show"}},
		"unknown subcommand":      {[]string{"change", "aprove"}, []string{`Did you mean "approve"?`}},
		"unknown flag":            {[]string{"change", "list", "--stat", "new"}, []string{"change list", "unknown flag: --stat", "--help"}},
		"flag without value":      {[]string{"change", "list", "--state"}, []string{"flag needs an argument: --state"}},
		"too many arguments":      {[]string{"change", "list", "CHG1"}, []string{`does not understand "CHG1"`, "Usage: "}},
		"path missing":            {[]string{"secret", "retrieve"}, []string{"needs the argument PATH"}},
		"empty stack of secrets":  {[]string{"secret", "list", "--stack", ""}, []string{"--stack is empty"}},
		"number missing":          {[]string{"change", "show"}, []string{"needs the argument NUMBER"}},
		"unknown state":           {[]string{"change", "list", "--state", "opne"}, []string{`no state "opne"`, "new, assess, authorize", "canceled, or open"}},
		"as missing":              {[]string{"change", "approve", "CHG1"}, []string{"needs the name of who decides", "--as grace"}},
		"as empty":                {[]string{"change", "approve", "CHG1", "--as", ""}, []string{"--as is empty"}},
		"as blank":                {[]string{"change", "reject", "CHG1", "--as", " "}, []string{"--as is empty"}},
		"as padded":               {[]string{"change", "reject", "CHG1", "--as", " grace"}, []string{"white space"}},
		"as with escape sequence": {[]string{"change", "approve", "CHG1", "--as", "\x1b[2Jgrace"}, []string{`\x1b[2Jgrace`, "cannot be printed"}},
		"as with reversed text":   {[]string{"change", "approve", "CHG1", "--as", "\u202eecarg"}, []string{"cannot be printed"}},
		"as with line break":      {[]string{"change", "approve", "CHG1", "--as", "grace\nhopper"}, []string{"cannot be printed"}},
		"as of bad bytes":         {[]string{"change", "approve", "CHG1", "--as", "gr\xffce"}, []string{"cannot be printed"}},
		"as too long":             {[]string{"change", "approve", "CHG1", "--as", strings.Repeat("g", 256)}, []string{"256 characters", "at most 255"}},
		"comment with escape":     {[]string{"change", "approve", "CHG1", "--as", "grace", "--comment", "\x1b[2J"}, []string{"comment"}},
		"comment too long":        {[]string{"change", "approve", "CHG1", "--as", "grace", "--comment", strings.Repeat("g", 65537)}, []string{"65537"}},
		"unknown kind":            {[]string{"record", "list", "--kind", "server"}, []string{`no kind "server"`, "change_request, cmdb_configuration_item"}},
		"view":                    {[]string{"record", "list", "--kind", "infraops_change_approval"}, []string{"is a view of a change_request", "--kind change_request"}},
		"empty kind":              {[]string{"record", "list", "--kind", ""}, []string{"--kind is empty"}},
		"empty stack":             {[]string{"record", "list", "--stack", ""}, []string{"--stack is empty"}},
		"empty stack in history":  {[]string{"history", "--stack", ""}, []string{"--stack is empty"}},
		"empty database":          {[]string{"history", "--database", ""}, []string{"--database is empty"}},
		"orphans without stack":   {[]string{"record", "orphans", "--state", state}, []string{"needs the name of a stack", "Usage: "}},
		"orphans without state":   {[]string{"record", "orphans", "--stack", "a"}, []string{"needs a Terraform state", "Usage: "}},
		"orphans only argument":   {[]string{"record", "orphans", "--stack", "a", state}, []string{"needs a Terraform state"}},
		"export without format":   {[]string{"monitoring", "export"}, []string{"needs a format", "Usage: "}},
		"export unknown format":   {[]string{"monitoring", "export", "--format", "zabbix"}, []string{`no format "zabbix"`, "The formats: prometheus"}},
		"export to nowhere":       {[]string{"monitoring", "export", "--format", "prometheus", "--output", ""}, []string{"--output is empty"}},
		"export of empty profile": {[]string{"monitoring", "export", "--format", "prometheus", "--profile", ""}, []string{"--profile is empty"}},
		"export of empty stack":   {[]string{"monitoring", "export", "--format", "prometheus", "--stack", ""}, []string{"--stack is empty"}},
		"export to port 0":        {[]string{"monitoring", "export", "--format", "prometheus", "--default-port", "0"}, []string{"--default-port is 0", "between 1 and 65535"}},
		"system missing":          {[]string{"system", "validate"}, []string{"needs the argument SYSTEM"}},
		"unknown system":          {[]string{"system", "validate", "jira"}, []string{`no system "jira"`, "The systems: registry, desk"}},
		"drop of no column":       {[]string{"rehearse", "servicenow", "--drop", "description"}, []string{`"description" is no column`, "change_request.description"}},
		"orphans of empty name":   {[]string{"record", "orphans", "--stack", "a", "--state", ""}, []string{"is empty"}},
	} {
		t.Run(name, func(t *testing.T) { run(t, c.args...).fails(t, exitUsage, c.texts...) })
	}
}

func TestWrongUsageIsNotTakenForOrphans(t *testing.T) {
	run(t, "record", "orphans", "--detailed-exitcode", "--stck", "a").fails(t, exitFailure, "unknown flag")
	run(t, "record", "orphans", "--detailed-exitcode", "--stack", "a").fails(t, exitFailure, "needs a Terraform state")
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var err bytes.Buffer
	code := Run(t.Context(), "1.2.3", systems(), []string{"version"}, strings.NewReader(""), fullDisk{}, &err)
	result{"", err.String(), code}.fails(t, exitFailure, "writing the answer", "no space left on device")
}
