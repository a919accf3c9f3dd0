// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/provider"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

const (
	roleProvider     = "provider"
	usageVariable    = "INFRAOPS_BENCH_USAGE"
	profilesVariable = "INFRAOPS_BENCH_PROFILES"
)

// usage is what one provider process has used.
type usage struct {
	CPU        time.Duration
	Peak       int64
	Statements int64
}

// serve is main.go with a meter on it.
func serve() (err error) {
	m := &meter{}
	systems := provider.Systems()
	for i := range systems {
		if systems[i].Name == registry.System().Name {
			systems[i].Open = m.open
		}
	}
	stop, err := profile(os.Getenv(profilesVariable))
	if err != nil {
		return err
	}
	if err := provider.Serve(provider.New("bench", systems)); err != nil {
		return err
	}
	u := usage{CPU: ownCPU(), Peak: peak(), Statements: m.statements()}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	file := filepath.Join(os.Getenv(usageVariable), fmt.Sprint(os.Getpid()))
	return errors.Join(os.WriteFile(file, text, 0o600), stop())
}

// meter remembers the registries that are opened, which count their statements.
type meter struct {
	mu     sync.Mutex
	opened []*registry.Registry
}

func (m *meter) open(s record.Settings) (record.Connection, error) {
	r, err := registry.OpenRegistry(s)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened = append(m.opened, r)
	return r, nil
}

func (m *meter) statements() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.opened {
		n += r.Statements()
	}
	return n
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that the process has had, in bytes. Linux's rusage cannot tell: it includes what the parent
// had when it forked.
func peak() int64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		var kilobytes int64
		if _, err := fmt.Sscan(after, &kilobytes); err == nil {
			return kilobytes << 10
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss << 10
}

// profile takes profiles of this process if a directory for them is named.
func profile(dir string) (stop func() error, err error) {
	if dir == "" {
		return func() error { return nil }, nil
	}
	name := filepath.Join(dir, fmt.Sprintf("%s.%d", time.Now().Format("150405.000"), os.Getpid()))
	cpu, err := os.Create(name + ".cpu")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		heap, err := os.Create(name + ".heap")
		if err != nil {
			return err
		}
		return errors.Join(pprof.WriteHeapProfile(heap), heap.Close(), cpu.Close())
	}, nil
}
