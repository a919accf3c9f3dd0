// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/check"
	"github.com/infraops/terraform-provider-infraops/internal/check/checktest"
)

func TestSSHCommand(t *testing.T) {
	s := checktest.NewSSHServer(t)
	run := func(command string, change ...func(*check.SSHCommand)) check.SSHCommand {
		c := check.SSHCommand{Host: s.Host, Port: int64(s.Port), User: "ops", Command: command, HostKey: s.HostKey, PrivateKeyFile: s.KeyFile}
		for _, f := range change {
			f(&c)
		}
		return c
	}
	matches := func(pattern string) func(*check.SSHCommand) {
		return func(c *check.SSHCommand) { c.StdoutMatches = pattern }
	}
	known := func(hostKey string) func(*check.SSHCommand) {
		return func(c *check.SSHCommand) { c.HostKey, c.KnownHostsFile = "", s.KnownHosts(t, hostKey) }
	}
	key := func(file string) func(*check.SSHCommand) {
		return func(c *check.SSHCommand) { c.PrivateKeyFile = file }
	}
	otherKey, otherFile := checktest.OtherKey(t)
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]look{
		"runs":                {run("echo active"), true, "exited with 0"},
		"matches":             {run("echo active", matches(`^active\b`)), true, `exited with 0, its standard output matches "^active\\b"`},
		"does not match":      {run("echo inactive", matches(`^active\b`)), false, `does not match "^active\\b"; standard output: "inactive"`},
		"exit code":           {run("exit 3"), false, `exited with 3, not 0; standard error: "unit is degraded"`},
		"expected exit code":  {run("exit 3", func(c *check.SSHCommand) { c.ExitCode = 3 }), true, "exited with 3"},
		"more than one reads": {run("flood"), true, "exited with 0"},
		"a signal":            {run("kill"), false, `was ended by signal "KILL"`},
		"no exit code":        {run("vanish"), false, "did not end with an exit code"},
		"known host":          {run("echo a", known(s.HostKey)), true, ""},
		"other known key":     {run("echo a", known(otherKey)), false, "is not the one in "},
		"unknown host":        {run("echo a", func(c *check.SSHCommand) { c.HostKey, c.KnownHostsFile = "", os.DevNull }), false, "the host is not in "},
		"no known hosts":      {run("echo a", func(c *check.SSHCommand) { c.HostKey, c.KnownHostsFile = "", "/nonexistent" }), false, "set known_hosts_file, or host_key"},
		"other host key":      {run("echo a", func(c *check.SSHCommand) { c.HostKey = otherKey }), false, "is not host_key"},
		"not authorized":      {run("echo a", key(otherFile)), false, "cannot log in: "},
		"no key file":         {run("echo a", key("/nonexistent")), false, "private_key_file cannot be read"},
		"not a key file":      {run("echo a", key(garbage)), false, "is not a private key"},
		"key with passphrase": {run("echo a", key(s.LockedKeyFile(t))), false, "load it into an SSH agent"},
		"nobody": {run("echo a", func(c *check.SSHCommand) {
			c.Port = int64(portOf(t, checktest.ClosedAddress(t)))
		}), false, "connection refused"},
	} {
		t.Run(name, l.test)
	}
	ends(t, run("hang"))
	ends(t, run("echo a", func(c *check.SSHCommand) {
		c.Port = int64(portOf(t, checktest.Listen(t, "127.0.0.1:0").Addr().String())) // no SSH server
	}))
}

func TestSSHCommand_agent(t *testing.T) {
	s := checktest.NewSSHServer(t)
	form := check.SSHCommand{Host: s.Host, Port: int64(s.Port), User: "ops", Command: "echo a", HostKey: s.HostKey}
	t.Setenv("SSH_AUTH_SOCK", s.Agent(t))
	look{form, true, "exited with 0"}.test(t)
	t.Setenv("SSH_AUTH_SOCK", "")
	look{form, false, "set private_key_file"}.test(t)
	t.Setenv("SSH_AUTH_SOCK", "/nonexistent")
	look{form, false, "the SSH agent of SSH_AUTH_SOCK cannot be reached"}.test(t)
	t.Setenv("SSH_AUTH_SOCK", checktest.SilentAgent(t))
	ends(t, form)
}

// The default known_hosts file is the user's.
func TestSSHCommand_home(t *testing.T) {
	s := checktest.NewSSHServer(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.KnownHosts(t, s.HostKey), filepath.Join(home, ".ssh", "known_hosts")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.KeyFile, filepath.Join(home, "key")); err != nil {
		t.Fatal(err)
	}
	look{check.SSHCommand{Host: s.Host, Port: int64(s.Port), User: "ops", Command: "echo a", PrivateKeyFile: "~/key"}, true, ""}.test(t)
}

// A host with another key than the known one is not asked again and again.
func TestSSHCommand_wrongHostEnds(t *testing.T) {
	s := checktest.NewSSHServer(t)
	other, _ := checktest.OtherKey(t)
	p, err := check.SSHCommand{Host: s.Host, Port: int64(s.Port), User: "ops", Command: "echo a", HostKey: other, PrivateKeyFile: s.KeyFile}.Probe()
	if err != nil {
		t.Fatal(err)
	}
	r, err := check.Run(t.Context(), p, check.Schedule{Interval: time.Minute, Timeout: time.Hour, AttemptTimeout: time.Minute, ConsecutiveSuccesses: 1})
	if err != nil || r.Passed || r.Attempts != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A command that hangs is bounded by the attempt, not by the whole.
func TestSSHCommand_hangs(t *testing.T) {
	s := checktest.NewSSHServer(t)
	p, err := check.SSHCommand{Host: s.Host, Port: int64(s.Port), User: "ops", Command: "hang", HostKey: s.HostKey, PrivateKeyFile: s.KeyFile}.Probe()
	if err != nil {
		t.Fatal(err)
	}
	r, err := check.Run(context.Background(), p, check.Schedule{Interval: time.Millisecond, Timeout: time.Minute, AttemptTimeout: 200 * time.Millisecond, ConsecutiveSuccesses: 1, FailureLimit: 2})
	if err != nil || r.Passed || r.Attempts != 2 || !strings.Contains(r.Seen, "no answer within ") {
		t.Errorf("%+v, %v", r, err)
	}
}
