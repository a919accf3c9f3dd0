// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// TestStacks_sameConfiguration: only the provider block and the variables differ between environments.
func TestStacks_sameConfiguration(t *testing.T) {
	dev := acctest.Example(t, "stacks/dev/main.tf")
	for _, stack := range []string{"staging", "prod"} {
		if acctest.Example(t, "stacks/"+stack+"/main.tf") != dev {
			t.Errorf("main.tf of %s is not that of dev", stack)
		}
	}
}

// stack copies a stack and the module that it uses, and initialises it.
func stack(t *testing.T, name string, environment ...string) *acctest.Workspace {
	t.Helper()
	w := acctest.NewWorkspace(t, environment...)
	for _, part := range []string{"stacks/" + name, "modules/governed_vm"} {
		copyExample(t, w, part)
	}
	w.Dir = filepath.Join(w.Dir, "stacks", name)
	w.Must("init")
	return w
}

// copyExample copies the configuration of a directory of the examples.
func copyExample(t *testing.T, w *acctest.Workspace, part string) {
	t.Helper()
	root := filepath.Join(acctest.Examples(), part)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains([]string{".tf", ".tfvars", ".hcl"}, filepath.Ext(path)) && !strings.HasPrefix(entry.Name(), ".") {
			name := filepath.Join(part, strings.TrimPrefix(path, root))
			w.Write(name, acctest.Example(t, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAccModule_itsOwnTests runs the tests that the module has for its users.
func TestAccModule_itsOwnTests(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	w := acctest.NewWorkspace(t)
	copyExample(t, w, "modules/governed_vm")
	w.Dir = filepath.Join(w.Dir, "modules", "governed_vm")
	w.Must("init")
	out := w.Must("test", "-no-color")
	if !strings.Contains(out, "5 passed, 0 failed") {
		t.Errorf("not all of the module's tests have run:\n%s", out)
	}
}

// TestModule_documented: an input or output that the README does not name is not documented.
func TestModule_documented(t *testing.T) {
	readme := acctest.Example(t, "modules/governed_vm/README.md")
	declared := regexp.MustCompile(`(?m)^(?:variable|output) "(\w+)"`)
	for _, file := range []string{"variables.tf", "outputs.tf"} {
		for _, name := range declared.FindAllStringSubmatch(acctest.Example(t, "modules/governed_vm/"+file), -1) {
			if !strings.Contains(readme, "`"+name[1]+"`") {
				t.Errorf("the README does not name %s of %s", name[1], file)
			}
		}
	}
}

// surroundings are what a stack has around it: the environment variables of its provider, and who approves its changes.
type surroundings struct {
	environment []string
	approve     func(t *testing.T, number string)
}

// asked finds the changes that an apply or a destroy waits for.
var asked = regexp.MustCompile(`(\S+)\s+\("[^"]*"\)\s+is\s+in\s+state\s+\w+\s+and\s+its\s+approval\s+is\s+requested`)

// settle runs the CLI until it succeeds, and has every change approved that it stops at. It says how many that were.
func (s surroundings) settle(t *testing.T, w *acctest.Workspace, arguments ...string) (output string, approved int) {
	t.Helper()
	for range 4 { // the approvals of all VMs are asked for at once; a replaced change is asked for by itself
		out, ok := w.Run(append(arguments, "-auto-approve", "-no-color")...)
		if ok {
			return out, approved
		}
		changes := asked.FindAllStringSubmatch(out, -1)
		if len(changes) == 0 {
			t.Fatalf("%v has failed, and not for want of an approval:\n%s", arguments, out)
		}
		for _, change := range changes {
			s.approve(t, change[1])
		}
		approved += len(changes)
	}
	t.Fatalf("%v still waits after %d approvals", arguments, approved)
	return "", 0
}

// otherCPUs gives the first VM of a stack another specification.
func otherCPUs(t *testing.T, w *acctest.Workspace, name string) {
	t.Helper()
	variables := acctest.Example(t, "stacks/"+name+"/terraform.tfvars")
	other := regexp.MustCompile(`(web-01 = \{ cpus = )"\d+"`).ReplaceAllString(variables, `${1}"8"`)
	if other == variables {
		t.Fatal("the variables have no VM web-01")
	}
	w.Write("terraform.tfvars", other)
}

// live runs a stack from its first apply to its destroy. Every one of its VMs takes the number of approvals.
func (s surroundings) live(t *testing.T, name string, w *acctest.Workspace, vms, approvals, decommissions int) {
	t.Helper()
	w.Must("validate")
	out, approved := s.settle(t, w, "apply")
	for _, part := range []string{`"address" = "10.2`, `"change" = "`} {
		if !strings.Contains(out, part) {
			t.Errorf("the apply does not show %s:\n%s", part, out)
		}
	}
	if approved != vms*approvals {
		t.Errorf("the apply of %d VMs took %d approvals", vms, approved)
	}
	w.Must("plan", "-detailed-exitcode")
	w.Must("plan", "-detailed-exitcode", "-refresh=false")
	// Another specification of one VM is a new change for it alone.
	otherCPUs(t, w, name)
	if _, approved = s.settle(t, w, "apply"); approved != approvals {
		t.Errorf("another specification of one VM took %d approvals", approved)
	}
	w.Must("plan", "-detailed-exitcode")
	if _, approved = s.settle(t, w, "destroy"); approved != vms*decommissions {
		t.Errorf("the destroy of %d VMs took %d approvals", vms, approved)
	}
	if left := w.Must("state", "list"); strings.TrimSpace(left) != "" {
		t.Errorf("the destroy has left %s", left)
	}
}

// TestAccStacks runs the stacks as users do: dev on the registry in a file beside it, staging with Request Tracker and prod with
// ServiceNow, both with the registry in PostgreSQL for the rest.
func TestAccStacks(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	t.Run("dev", func(t *testing.T) {
		t.Parallel()
		w := stack(t, "dev")
		r := acctest.OpenRegistry(t, filepath.Join(w.Dir, "infraops.db"))
		s := surroundings{approve: func(_ *testing.T, number string) { r.Approve(number, "alice") }}
		// Its changes are standard ones, approved in advance; its decommissions are not.
		s.live(t, "dev", w, 2, 0, 1)
		everyStepInHistory(t, r)
	})
	t.Run("staging", func(t *testing.T) {
		t.Parallel()
		s := on(acctest.RequestTracker(t))
		w := stack(t, "staging", append(s.environment, "INFRAOPS_REGISTRY_DATABASE="+acctest.FreshPostgres(t))...)
		s.live(t, "staging", w, 2, 1, 1)
	})
	t.Run("prod", func(t *testing.T) {
		t.Parallel()
		p, _ := acctest.ServiceNow(t)
		s := on(p)
		log := filepath.Join(t.TempDir(), "log")
		w := stack(t, "prod", append(s.environment, "INFRAOPS_REGISTRY_DATABASE="+acctest.FreshPostgres(t), "TF_LOG=TRACE", "TF_LOG_PATH="+log)...)
		// A test does not wait for its own approval.
		w.Write("test.auto.tfvars", `change = { type = "normal", risk = "moderate", requested_by = "platform-team" }`)
		// A normal change is approved by its group in Assess and by the board in Authorize.
		s.live(t, "prod", w, 3, 2, 2)
		acctest.AssertNowhere(t, p.Settings["client_secret"], w.Dir, log)
	})
}

// TestAccStacks_secretsNowhere runs the stack of the demonstration with everything that it keeps secret, by a saved plan
// and with every log that there is. The recipient opens it all; nobody else has any of it.
func TestAccStacks_secretsNowhere(t *testing.T) {
	acctest.Required(t)
	t.Parallel()
	const given = "correct horse/battery+staple"
	key, log := acctest.NewKey(t), filepath.Join(t.TempDir(), "log")
	w := stack(t, "dev", "TF_VAR_recipient="+key.Public, `TF_VAR_credentials={"root":"`+given+`"}`, "TF_VAR_credentials_version=1", "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	answers := w.Must("plan", "-out=tfplan") + w.Must("show", "-json", "tfplan") + w.Must("apply", "tfplan") + w.Must("show", "-json") + w.Must("output", "-json")
	w.Write("answers.txt", answers)
	w.Must("plan", "-detailed-exitcode")

	r := acctest.OpenRegistry(t, filepath.Join(w.Dir, "infraops.db"))
	r.Stack = "example-dev"
	secrets := []string{given}
	for _, vm := range []string{"web-01", "web-02"} {
		if got := key.Opens(t, r.Retrieve("dev/"+vm+"/credentials"))["root"]; got != given {
			t.Errorf("the recipient of %s's credentials does not get what was handed over", vm)
		}
		secrets = append(secrets, key.Opens(t, r.Retrieve("dev/"+vm+"/account"))["password"])
	}
	for i, secret := range secrets {
		if slices.Contains(secrets[:i], secret) {
			t.Error("two accounts have one password")
		}
		acctest.AssertNowhere(t, secret, w.Dir, log)
	}
}

// everyStepInHistory: whatever Terraform has destroyed, the registry says what was done, when, and for which stack.
func everyStepInHistory(t *testing.T, r *acctest.Registry) {
	t.Helper()
	events, err := r.History(t.Context(), registry.HistoryFilter{Stack: "example-dev"})
	if err != nil {
		t.Fatal(err)
	}
	done := map[record.Kind]bool{}
	for _, e := range events {
		done[e.Kind] = true
		if e.At.IsZero() || e.Stack != "example-dev" {
			t.Errorf("an event without time or stack: %+v", e)
		}
	}
	for _, kind := range record.Kinds() {
		// The dev stack has no freeze and no window, and hands over no credentials.
		without := []record.Kind{record.KindChangeFreeze, record.KindMonitoringDowntime, record.KindSecretDelivery}
		if !done[kind] && !slices.Contains(without, kind) {
			t.Errorf("the history says nothing about any %s", kind)
		}
	}
	live, err := r.Records(t.Context(), "", record.Query{Stack: "example-dev"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range live {
		if c, ok := l.(*record.ChangeRequest); !ok || c.State != record.ChangeClosed {
			t.Errorf("%s %q is still alive after the destroy", l.Kind(), l.NaturalName())
		}
	}
}
