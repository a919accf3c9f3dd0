// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// Who acts in tests.
const (
	// Actor is whom the provider acts as.
	Actor = "pipeline"
	// Outsider is whom the test's own connection acts as.
	Outsider = "mallory"
)

// Registry is an empty registry that one test has for itself, with a connection to it that is not the provider's.
type Registry struct {
	*registry.Registry
	Database, Stack string
	// IdentityFile is the provider's private key for secrets; it may be empty.
	IdentityFile string

	t *testing.T
}

// NewRegistry makes a registry in an SQLite file. The test runs beside others.
func NewRegistry(t *testing.T) *Registry {
	t.Helper()
	Required(t)
	t.Parallel()
	return open(t, filepath.Join(t.TempDir(), "registry.db"))
}

// EachDatabase runs a test with the same configuration on SQLite and on PostgreSQL.
func EachDatabase(t *testing.T, test func(t *testing.T, r *Registry)) {
	t.Helper()
	Required(t)
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { test(t, NewRegistry(t)) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, FreshPostgres(t)))
	})
}

// OpenRegistry opens the registry that a workspace of the test has made.
func OpenRegistry(t *testing.T, database string) *Registry {
	t.Helper()
	return open(t, database)
}

func open(t *testing.T, database string) *Registry {
	t.Helper()
	r := &Registry{Database: database, Stack: "test", t: t}
	var err error
	if r.Registry, err = registry.OpenRegistry(record.Settings{"database": database, "actor": Outsider}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// Config adds the provider block to a configuration.
func (r *Registry) Config(parts ...string) string {
	return providerBlock(r.Stack, r.Database, Actor, r.IdentityFile) + strings.Join(parts, "\n")
}

// Test runs steps, then destroys everything and checks that nothing of it lives on.
func (r *Registry) Test(steps ...resource.TestStep) {
	r.t.Helper()
	// Not by CheckDestroy, which cannot hold a state with for_each.
	Test(r.t, steps...)
	if err := r.ended(); err != nil && !r.t.Failed() {
		r.t.Error(err)
	}
}

// ended says what still lives that a destroy should have ended. A closed or cancelled change is evidence.
func (r *Registry) ended() error {
	live, err := r.Records(r.t.Context(), "", record.Query{Stack: r.Stack})
	if err != nil {
		return err
	}
	for _, l := range live {
		if c, ok := l.(*record.ChangeRequest); ok && !c.Open() {
			continue
		}
		return fmt.Errorf("%s %q lives on after the destroy", l.Kind(), l.NaturalName())
	}
	return nil
}

// Count says how many records there are, ended ones included.
func (r *Registry) Count() int {
	r.t.Helper()
	all, err := r.Records(r.t.Context(), "", record.Query{Gone: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return len(all)
}

// Find returns the record of any stack with that natural name, ended or not.
func Find[T record.Record](r *Registry, name string) T {
	r.t.Helper()
	var none T
	found, err := r.Records(r.t.Context(), none.Kind(), record.Query{Names: []string{name}, Gone: true})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(found) == 0 {
		r.t.Fatalf("the registry has no %s %q", none.Kind(), name)
	}
	return found[len(found)-1].(T)
}

// Put creates a record past Terraform, in the registry's stack unless the record names another.
func Put[T record.Record](r *Registry, wanted T) T {
	r.t.Helper()
	if m := wanted.Metadata(); m.Stack == "" {
		m.Stack = r.Stack
	}
	kept, err := r.Stores()[wanted.Kind()].Create(r.t.Context(), wanted)
	if err != nil {
		r.t.Fatal(err)
	}
	return kept.(T)
}

// Edit changes a record past Terraform.
func (r *Registry) Edit(changed record.Record, fields ...string) {
	r.t.Helper()
	if _, err := r.Stores()[changed.Kind()].Update(r.t.Context(), changed, fields); err != nil {
		r.t.Fatal(err)
	}
}

// End retires, releases, cancels or deletes a record past Terraform.
func (r *Registry) End(ended record.Record, how record.Disposal) {
	r.t.Helper()
	if err := r.Stores()[ended.Kind()].Retire(r.t.Context(), ended.Metadata().ID, how); err != nil {
		r.t.Fatal(err)
	}
}

// Approve decides about a change as a person does.
func (r *Registry) Approve(number, by string) {
	r.t.Helper()
	if _, err := r.Decide(r.t.Context(), number, registry.Verdict{By: by, Approve: true}); err != nil {
		r.t.Fatal(err)
	}
}

// Reject is the other decision.
func (r *Registry) Reject(number, by, comment string) {
	r.t.Helper()
	if _, err := r.Decide(r.t.Context(), number, registry.Verdict{By: by, Comment: comment}); err != nil {
		r.t.Fatal(err)
	}
}

// Story is what the history says was done to a record, in a line: "create pipeline, retire mallory".
func (r *Registry) Story(about record.Record) string {
	r.t.Helper()
	events, err := r.History(r.t.Context(), registry.HistoryFilter{Kind: about.Kind(), ID: about.Metadata().ID})
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	for _, e := range events {
		lines = append(lines, e.Action+" "+e.Actor)
	}
	return strings.Join(lines, ", ")
}
