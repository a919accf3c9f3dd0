// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// cli is the Terraform or OpenTofu that is measured, with an environment in which it uses this program as the provider.
type cli struct {
	path, about string
	dir, usage  string
	environment []string
	backend     *backend
}

// measurement is one command.
type measurement struct {
	wall time.Duration
	// cli is the CPU time of the command without its providers.
	cli time.Duration
	// provider has the sums over all of the command's provider processes, and the largest peak.
	provider usage
}

func newCLI(ctx context.Context, dir, profiles string) (*cli, error) {
	c := &cli{path: os.Getenv("INFRAOPS_CLI"), dir: dir, usage: filepath.Join(dir, "usage"), backend: newBackend()}
	if c.path == "" {
		c.path = "terraform"
	}
	config, err := mirror(dir)
	if err != nil {
		return nil, err
	}
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TF_") && !strings.HasPrefix(pair, "INFRAOPS_") {
			c.environment = append(c.environment, pair)
		}
	}
	c.environment = append(c.environment, "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", roleVariable+"="+roleProvider, usageVariable+"="+c.usage)
	if profiles != "" {
		if profiles, err = filepath.Abs(profiles); err != nil {
			return nil, err
		}
		c.environment = append(c.environment, profilesVariable+"="+profiles)
	}
	version, err := exec.CommandContext(ctx, c.path, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s version: %w", c.path, err)
	}
	c.about, _, _ = strings.Cut(string(version), "\n")
	return c, nil
}

// mirror makes this program the provider that the CLI finds.
func mirror(dir string) (config string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return "", err
	}
	root := filepath.Join(dir, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(root, host, "infraops", "infraops", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, "terraform-provider-infraops_v0.0.1"), program, 0o700); err != nil {
			return "", err
		}
	}
	config = filepath.Join(dir, "terraformrc")
	return config, os.WriteFile(config, fmt.Appendf(nil, "provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", root), 0o600)
}

// measure runs a command in a stack's directory.
func (c *cli) measure(ctx context.Context, stack string, args ...string) (measurement, error) {
	var m measurement
	if err := errors.Join(os.RemoveAll(c.usage), os.Mkdir(c.usage, 0o700)); err != nil {
		return m, err
	}
	command := exec.CommandContext(ctx, c.path, args...)
	command.Dir, command.Env = stack, c.environment
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	// An interrupt lets the CLI end its providers.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	start := time.Now()
	err := command.Run()
	m.wall = time.Since(start)
	if err != nil {
		text := output.String()
		return m, fmt.Errorf("%s %s: %w\n%s", c.path, strings.Join(args, " "), err, text[max(0, len(text)-4000):])
	}
	files, err := filepath.Glob(filepath.Join(c.usage, "*"))
	if err != nil {
		return m, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return m, err
		}
		var u usage
		if err := json.Unmarshal(text, &u); err != nil {
			return m, err
		}
		m.provider.CPU += u.CPU
		m.provider.Peak = max(m.provider.Peak, u.Peak)
		m.provider.Statements += u.Statements
	}
	// The CLI waits for its providers, so that its own figure includes theirs.
	state := command.ProcessState
	m.cli = state.UserTime() + state.SystemTime() - m.provider.CPU
	return m, nil
}
