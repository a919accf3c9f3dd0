// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// Platform is what a configuration can run on: systems, what the provider block says about them, and people who decide about changes.
type Platform struct {
	// Name is that of the system that keeps configuration items and changes.
	Name string
	// Stack is the test's own.
	Stack string
	// URL is where the system is reached; empty for one that is not reached over HTTP.
	URL string
	// Settings are the options of the system.
	Settings record.Settings
	// Decide takes a decision about a change as a person does, outside Terraform.
	Decide func(t *testing.T, number, by string, approve bool, comment string)

	system   record.System
	database string
	t        *testing.T
}

// EachPlatform runs a test on the built-in registry, on a real Request Tracker and on a ServiceNow double, beside each of which the
// registry serves what they do not.
func EachPlatform(t *testing.T, test func(t *testing.T, p *Platform)) {
	t.Helper()
	Required(t)
	t.Parallel()
	for name, build := range map[string]func(*testing.T) *Platform{
		"registry": registryPlatform, "requesttracker": RequestTracker,
		"servicenow": func(t *testing.T) *Platform { p, _ := ServiceNow(t); return p },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, build(t))
		})
	}
}

func newPlatform(t *testing.T, s record.System, settings record.Settings) *Platform {
	t.Helper()
	p := &Platform{Name: s.Name, Stack: "test-" + strings.ToLower(rand.Text()[:10]), URL: settings["url"], Settings: settings, system: s, t: t}
	p.database = cmp.Or(settings["database"], t.TempDir()+"/registry.db")
	return p
}

func registryPlatform(t *testing.T) *Platform {
	t.Helper()
	p := newPlatform(t, registry.System(), record.Settings{"database": t.TempDir() + "/registry.db"})
	p.Decide = func(t *testing.T, number, by string, approve bool, comment string) {
		t.Helper()
		r := OpenRegistry(t, p.database)
		if _, err := r.Registry.Decide(t.Context(), number, registry.Verdict{By: by, Approve: approve, Comment: comment}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// Through is the same platform reached at another address, such as that of a proxy.
func (p *Platform) Through(url string) *Platform {
	through := *p
	through.Settings = maps.Clone(p.Settings)
	through.Settings["url"] = url
	return &through
}

// Provider is the provider block.
func (p *Platform) Provider() string {
	lines := []string{"stack = " + Quote(p.Stack), "registry = { database = " + Quote(p.database) + ", actor = " + Quote(Actor) + " }"}
	if p.Name != registry.System().Name {
		var options []string
		for _, option := range slices.Sorted(maps.Keys(p.Settings)) {
			options = append(options, fmt.Sprintf("%s = %s", option, Quote(p.Settings[option])))
		}
		lines = append(lines, fmt.Sprintf("%s = { %s }", p.Name, strings.Join(options, ", ")),
			fmt.Sprintf("systems = { cmdb = %[1]q, change = %[1]q }", p.Name))
	}
	return Block(`provider "infraops"`, lines...)
}

// Environment is what the provider block can leave out: the options of the system as environment variables.
func (p *Platform) Environment() []string {
	var pairs []string
	for option, value := range p.Settings {
		pairs = append(pairs, strings.ToUpper("infraops_"+p.Name+"_"+option)+"="+value)
	}
	return pairs
}

// Connect makes a connection of the test's own.
func (p *Platform) Connect() record.Connection {
	p.t.Helper()
	c, err := p.system.Open(p.Settings)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	return c
}

// Records are those of a kind in the test's stack, ended ones included.
func (p *Platform) Records(kind record.Kind) []record.Record {
	p.t.Helper()
	found, err := p.Connect().Stores()[kind].Find(p.t.Context(), record.Query{Stack: p.Stack, Gone: true})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}
