// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
)

// binary is the name under which the CLI finds the provider in its mirror.
const binary = "terraform-provider-infraops_v0.1.0"

// Main is TestMain for packages that drive the CLI by hand. Under the provider's name the test's own binary is the provider.
func Main(m *testing.M) {
	if filepath.Base(os.Args[0]) != binary {
		os.Exit(m.Run())
	}
	if err := provider.Serve(provider.New("test", provider.Systems())); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Workspace is a directory in which the CLI runs as a user runs it: with init, a lock file and a provider process.
type Workspace struct {
	Dir string

	t           *testing.T
	environment []string
}

// NewWorkspace makes an empty directory. The environment is given as "NAME=value".
func NewWorkspace(t *testing.T, environment ...string) *Workspace {
	t.Helper()
	Required(t)
	root := t.TempDir()
	w := &Workspace{Dir: filepath.Join(root, "work"), t: t}
	platform := runtime.GOOS + "_" + runtime.GOARCH
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	packageDirectory := filepath.Join(root, "mirror", os.Getenv("TF_ACC_PROVIDER_HOST"), "infraops", "infraops", "0.1.0", platform)
	for _, directory := range []string{w.Dir, packageDirectory} {
		if err := os.MkdirAll(directory, 0o700); err != nil { //nolint:gosec // below the test's own directory
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(packageDirectory, binary)); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(root, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %s\n  }\n}\n", Quote(filepath.Join(root, "mirror")))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "INFRAOPS_") && !strings.HasPrefix(pair, "TF_") {
			w.environment = append(w.environment, pair)
		}
	}
	w.environment = append(w.environment, "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
	w.environment = append(w.environment, environment...)
	return w
}

// Write writes a file of the configuration.
func (w *Workspace) Write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// Run runs the CLI and returns what it wrote, and whether it succeeded.
func (w *Workspace) Run(arguments ...string) (output string, ok bool) {
	w.t.Helper()
	out, err := w.command(arguments).CombinedOutput()
	w.sane(arguments, out)
	return string(out), err == nil
}

func (w *Workspace) command(arguments []string) *exec.Cmd {
	command := exec.CommandContext(w.t.Context(), os.Getenv("TF_ACC_TERRAFORM_PATH"), arguments...) //nolint:gosec // the CLI under test
	command.Dir, command.Env = w.Dir, w.environment
	return command
}

// sane fails the test for what the CLI must never say.
func (w *Workspace) sane(arguments []string, out []byte) {
	w.t.Helper()
	for _, trouble := range []string{"panic", "Plugin did not respond", "Provider produced in", "This is a bug in the provider"} {
		if strings.Contains(string(out), trouble) {
			w.t.Errorf("%v: %q must not happen:\n%s", arguments, trouble, out)
		}
	}
}

// Interrupt runs the CLI and interrupts it, as Ctrl-C does, once it has written a text. It returns what the CLI wrote
// and how long it went on after the interruption.
func (w *Workspace) Interrupt(at string, arguments ...string) (output string, took time.Duration) {
	w.t.Helper()
	command := w.command(arguments)
	seen := &watched{text: []byte(at), found: make(chan struct{})}
	command.Stdout, command.Stderr = seen, seen
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	select {
	case <-seen.found:
	case <-ended:
		w.t.Fatalf("%v ended before it wrote %q:\n%s", arguments, at, seen.all.Bytes())
	}
	interrupted := time.Now()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		_ = command.Process.Kill()
		<-ended
	}
	w.sane(arguments, seen.all.Bytes())
	return seen.all.String(), time.Since(interrupted)
}

// watched keeps what is written and says when a text was among it.
type watched struct {
	all   bytes.Buffer
	text  []byte
	once  sync.Once
	found chan struct{}
}

// Write implements [io.Writer].
func (s *watched) Write(p []byte) (int, error) {
	n, err := s.all.Write(p)
	if bytes.Contains(s.all.Bytes(), s.text) {
		s.once.Do(func() { close(s.found) })
	}
	return n, err
}

// Must is Run for what has to succeed.
func (w *Workspace) Must(arguments ...string) string {
	w.t.Helper()
	out, ok := w.Run(arguments...)
	if !ok {
		w.t.Fatalf("%v:\n%s", arguments, out)
	}
	return out
}

var cliVersion = sync.OnceValue(func() string {
	out, err := exec.Command(os.Getenv("TF_ACC_TERRAFORM_PATH"), "version").Output() //nolint:gosec // the CLI under test
	if err != nil {
		return ""
	}
	_, version, _ := strings.Cut(string(out), " v")
	version, _, _ = strings.Cut(version, "\n")
	return version
})

// SupportsIdentity says whether the CLI under test imports by identity: OpenTofu 1.12, Terraform 1.12.
func SupportsIdentity(t *testing.T) bool {
	t.Helper()
	Required(t)
	parts := strings.SplitN(cliVersion(), ".", 3)
	if len(parts) < 2 {
		t.Fatalf("the CLI's version cannot be read: %q", cliVersion())
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && (parts[0] > "1" || minor >= 12)
}
