//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package chaostest has tests only. They drive the real CLI and kill it, the provider and the database's
// connections at random moments, fill the disk and take the database away, and then look into the registry:
// nothing twice, nothing lost, and the next apply finishes what was begun. They read /proc, hence Linux only.
//
//	INFRAOPS_CHAOS_ROUNDS  kills for each kind of victim (default 3); a long campaign needs go test -timeout too
//	INFRAOPS_CHAOS_VMS     governed VMs in a stack that is killed (default 20; 50 are 753 resources)
//	INFRAOPS_CHAOS_SEED    the random moments of an earlier run, which printed it
//	INFRAOPS_CHAOS_RACE    set: build the provider with the race detector, and fail on what it finds
package chaostest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// scratch is where the provider is built, once.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "infraops-chaos-"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(status)
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q: %v", name, text, err)
	}
	return n
}

var seedOfRun = sync.OnceValue(func() uint64 { return uint64(time.Now().UnixNano()) })

// random is this test's own, so that a seed repeats its moments whatever else runs.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	seed := seedOfRun()
	if text := os.Getenv("INFRAOPS_CHAOS_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("INFRAOPS_CHAOS_SEED=%q: %v", text, err)
		}
	}
	t.Logf("INFRAOPS_CHAOS_SEED=%d", seed)
	name := fnv.New64a()
	_, _ = name.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}

// tools are the CLI and its configuration file, with which it finds this build of the provider.
type tools struct {
	cli, config string
	tofu        bool
	// races is the prefix of the race detector's reports; empty where the provider is built without it.
	races string
}

var build = sync.OnceValues(func() (tools, error) {
	found := tools{cli: os.Getenv("TF_ACC_TERRAFORM_PATH"), config: filepath.Join(scratch, "terraformrc")}
	if found.cli == "" {
		var err error
		if found.cli, err = exec.LookPath("terraform"); err != nil {
			return found, err
		}
	}
	about, err := exec.Command(found.cli, "version").Output()
	if err != nil {
		return found, fmt.Errorf("%s version: %w", found.cli, err)
	}
	found.tofu = strings.Contains(string(about), "OpenTofu")
	return found, mirror(&found)
})

// mirror builds the provider into a filesystem mirror for both hosts.
func mirror(found *tools) error {
	binary := filepath.Join(scratch, "terraform-provider-infraops_v0.0.1")
	args, cgo := []string{"build", "-o", binary, "../.."}, "CGO_ENABLED=0"
	if os.Getenv("INFRAOPS_CHAOS_RACE") != "" {
		args, cgo = []string{"build", "-race", "-o", binary, "../.."}, "CGO_ENABLED=1"
		found.races = filepath.Join(scratch, "race")
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	root := filepath.Join(scratch, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		dir := filepath.Join(root, host, "infraops", "infraops", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := errors.Join(os.MkdirAll(dir, 0o750), os.Link(binary, filepath.Join(dir, filepath.Base(binary)))); err != nil {
			return err
		}
	}
	rc := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", root)
	return os.WriteFile(found.config, []byte(rc), 0o600)
}

// toolchain is what every test begins with.
func toolchain(t *testing.T) tools {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		systemtest.Missing(t, "TF_ACC is not set: acceptance tests run by make test")
	}
	found, err := build()
	if err != nil {
		t.Fatal(err)
	}
	if found.races != "" {
		t.Cleanup(func() {
			reports, _ := filepath.Glob(found.races + ".*")
			for _, path := range reports {
				report, _ := os.ReadFile(path)
				t.Errorf("the race detector found:\n%s", report)
			}
		})
	}
	return found
}
