// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// BenchmarkCodec decodes and encodes a configuration item.
func BenchmarkCodec(b *testing.B) {
	w := newWorld(b)
	c := codecs()[item]
	object := w.created(item, imports(w)[item]).state
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.RoundTrip(object, "memory"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead reads a configuration item through the protocol, from the run's listing.
func BenchmarkRead(b *testing.B) {
	w := newWorld(b)
	walk := w.walk()
	state := w.created(item, imports(w)[item])
	req := &tfprotov6.ReadResourceRequest{
		TypeName: "infraops_" + item, CurrentState: dynamic(walk.typeOf(item), state.state), Private: state.private, CurrentIdentity: state.identity,
	}
	b.ReportAllocs()
	for b.Loop() {
		if resp, err := walk.server.ReadResource(b.Context(), req); err != nil || len(resp.Diagnostics) > 0 {
			b.Fatal(err, resp.Diagnostics)
		}
	}
	if n := w.faulty.Count(record.Kind(item), ""); n > 1 {
		b.Errorf("%d requests", n)
	}
}

// BenchmarkPlan plans no change of a configuration item through the protocol.
func BenchmarkPlan(b *testing.B) {
	w := newWorld(b)
	config := imports(w)[item]
	state := w.created(item, config)
	typ := w.walk().typeOf(item)
	wanted := value(typ, map[string]any(config))
	walk := w.walk()
	req := &tfprotov6.PlanResourceChangeRequest{
		TypeName: "infraops_" + item, PriorState: dynamic(typ, state.state), Config: dynamic(typ, wanted), PriorPrivate: state.private,
		PriorIdentity: state.identity, ProposedNewState: dynamic(typ, walk.proposed(item, state.state, wanted)),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := walk.server.PlanResourceChange(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
