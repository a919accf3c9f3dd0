// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// databases are those that a benchmark can be run on here.
func databases(b *testing.B) map[string]func(*testing.B) string {
	b.Helper()
	all := map[string]func(*testing.B) string{
		"sqlite": func(b *testing.B) string { b.Helper(); return filepath.Join(b.TempDir(), "infraops.db") },
	}
	if os.Getenv("INFRAOPS_TEST_POSTGRES_URL") != "" {
		all["postgres"] = func(b *testing.B) string { b.Helper(); return postgresSchema(b) }
	}
	return all
}

func onEachDatabase(b *testing.B, f func(b *testing.B, r *Registry)) {
	b.Helper()
	for name, database := range databases(b) {
		b.Run(name, func(b *testing.B) { f(b, openAs(b, database(b), "benchmark")) })
	}
}

func BenchmarkList5000(b *testing.B) {
	onEachDatabase(b, func(b *testing.B, r *Registry) {
		fill(b, r, 5000)
		before := r.Statements()
		for b.Loop() {
			found, err := r.Stores()[record.KindConfigurationItem].Find(b.Context(), record.Query{Stack: "bulk"})
			if err != nil || len(found) != 5000 {
				b.Fatal(len(found), err)
			}
		}
		b.ReportMetric(float64(r.Statements()-before)/float64(b.N), "statements/op")
	})
}

func BenchmarkCreate(b *testing.B) {
	onEachDatabase(b, func(b *testing.B, r *Registry) {
		for i := 0; b.Loop(); i++ {
			create(b, r, item("s", fmt.Sprint(i)))
		}
	})
}

func BenchmarkAllocate(b *testing.B) {
	onEachDatabase(b, func(b *testing.B, r *Registry) {
		p := create(b, r, prefix("s", "10.0.0.0/8", ""))
		before := r.Statements()
		for i := 0; b.Loop(); i++ {
			create(b, r, address("s", p.ID, fmt.Sprint(i), ""))
		}
		b.ReportMetric(float64(r.Statements()-before)/float64(b.N), "statements/op")
	})
}
