// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// refusalsFile is for people to read: every refusal that somebody has to act upon, as it is printed.
var refusalsFile = filepath.Join("testdata", "refusals.golden.md")

const refusalsAbout = `# What a refusal says

Every refusal that a person has to act upon, word for word: what was being done, to which record, in which system, what the
answer was, and what to do next. The messages are those of the CLI. Only what differs between two runs is replaced: numbers of
changes (CHG0000001), ids (ID), hashes (HASH), ports (PORT), durations (TIME), keys (KEY) and the registry's path (infraops.db).

TestAccRefusals makes each of them happen and compares. To write this file anew: tools/test.sh -run TestAccRefusals ./internal/provider -update
`

// TestAccRefusals holds every message of the table to the golden file.
func TestAccRefusals(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	said := &messages{of: map[string]string{}}
	t.Run("situations", func(t *testing.T) {
		for name, provoke := range map[string]func(*testing.T, *messages){
			"plans": refusedPlans, "gates": refusedGates, "checks": refusedChecks, "ends": refusedEnds, "validations": refusedValidations,
		} {
			t.Run(name, func(t *testing.T) { provoke(t, said) })
		}
	})
	if t.Failed() {
		return
	}
	got := said.document(t)
	if *update {
		if err := os.WriteFile(refusalsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(refusalsFile)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if got == string(want) {
		return
	}
	wanted := strings.Split(string(want), "\n### ")
	for i, section := range strings.Split(got, "\n### ") {
		if i >= len(wanted) || section != wanted[i] {
			t.Errorf("%s has something else than\n### %s\nIf that is better, write it anew: tools/test.sh -run TestAccRefusals ./internal/provider -update", refusalsFile, section)
			return
		}
	}
	t.Errorf("%s has more than was said; -update writes it anew", refusalsFile)
}

// messages are what was said in each situation, by its name.
type messages struct {
	mutex sync.Mutex
	of    map[string]string
}

// refused runs a command that is to fail with one error for each of the names, which those of the blocks are, and with no
// other error than of names that have had theirs.
func (m *messages) refused(t *testing.T, w *acctest.Workspace, names []string, command ...string) {
	t.Helper()
	output, ok := w.Run(slices.Insert(slices.Clone(command), 1, "-no-color", "-json")...)
	if ok {
		t.Errorf("%v succeeded:\n%s", command, output)
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	heard := map[string]string{}
	ended := endings(output)
	for _, d := range diagnostics(output) {
		if d.Severity != "error" {
			continue
		}
		// Terraform does not say which block it failed to destroy, so that the message alone has to.
		if id := recordID.FindStringSubmatch(d.Detail); id != nil && ended[id[1]] != "" {
			d.Address = ""
			heard[nameOf(ended[id[1]])] += d.message()
		} else {
			heard[nameOf(cmp.Or(d.Address, d.Snippet.Context))] += d.message()
		}
	}
	for _, name := range names {
		if heard[name] == "" {
			t.Errorf("%v: no error of %q:\n%s", command, name, output)
		}
		m.of[name] = heard[name]
	}
	for name, message := range heard {
		if m.of[name] == "" {
			t.Errorf("%v: an error that no situation expects, of %q: %s", command, name, message)
		}
	}
}

// keep takes a message over.
func (m *messages) keep(name, message string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.of[name] = message
}

var (
	blockName = regexp.MustCompile(`"?([a-z_]+)"?$`)
	recordID  = regexp.MustCompile(`\(id (\d+)\)`)
)

// nameOf is the name of the block that an address or a context is about.
func nameOf(block string) string {
	if found := blockName.FindStringSubmatch(block); found != nil {
		return found[1]
	}
	return ""
}

// endings are the addresses of what a command has begun to destroy, by id.
func endings(output string) map[string]string {
	byID := map[string]string{}
	for line := range strings.Lines(output) {
		var message struct {
			Hook struct {
				Resource struct{ Addr string }
				Action   string
				IDValue  string `json:"id_value"`
			}
		}
		if json.Unmarshal([]byte(line), &message) == nil && message.Hook.Action == "delete" && message.Hook.IDValue != "" {
			byID[message.Hook.IDValue] = message.Hook.Resource.Addr
		}
	}
	return byID
}

// message puts a diagnostic as the CLI prints it, without what depends on the file and on the width of the terminal.
func (d diagnostic) message() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Error: %s\n", d.Summary)
	if d.Address != "" {
		fmt.Fprintf(&b, "\n  with %s", d.Address)
	}
	if d.Snippet.Code != "" {
		fmt.Fprintf(&b, "\n  at   %s", strings.TrimSpace(d.Snippet.Code))
	}
	if d.Address+d.Snippet.Code != "" {
		b.WriteString("\n")
	}
	return normal(b.String()) + "\n" + wrapped(normal(d.Detail)) + "\n"
}

// wrapped breaks lines as the CLI does: not those that are indented.
func wrapped(text string) string {
	const width = 110
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		for !strings.HasPrefix(line, " ") && len(line) > width {
			at := strings.LastIndex(line[:width], " ")
			if at < 0 {
				break
			}
			lines, line = append(lines, line[:at]), line[at+1:]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

var differs = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`CHG\d{7}`), "CHG0000001"},
	{regexp.MustCompile(`\(id \d+\)`), "(id ID)"},
	{regexp.MustCompile(`(_id(?: is|:)) \d+`), "$1 ID"},
	{regexp.MustCompile(`_id = "\d+"`), `_id = "ID"`},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`port(\s*=\s*)\d+`), "port${1}PORT"},
	{regexp.MustCompile(`\bin \d+(\.\d+)?(s|ms|µs)\b`), "in TIME"},
	{regexp.MustCompile(`(ssh-ed25519 |SHA256:)[A-Za-z0-9+/=]{20,}`), "${1}KEY"},
	{regexp.MustCompile(`[^\s"]*/registry\.db`), "infraops.db"},
	{regexp.MustCompile(`[^\s"]*/id_ed25519`), "id_ed25519"},
}

// normal replaces what differs between two runs.
func normal(text string) string {
	for _, d := range differs {
		text = d.what.ReplaceAllString(text, d.with)
	}
	return text
}

// document writes all situations, in the order of the table.
func (m *messages) document(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(refusalsAbout)
	told := 0
	for _, topic := range refusals {
		fmt.Fprintf(&b, "\n## %s\n", topic.title)
		for _, s := range topic.situations {
			message := m.of[s.name]
			if message == "" {
				t.Errorf("nothing was said of %q", s.name)
			}
			told++
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n    %s\n\n```\n%s\n```\n", s.title, s.happened, s.command, strings.TrimSpace(message))
		}
	}
	if told != len(m.of) {
		t.Errorf("%d messages, %d situations", len(m.of), told)
	}
	return b.String()
}
