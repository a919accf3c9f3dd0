// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/service/backup"
	"github.com/infraops/terraform-provider-infraops/internal/service/change"
	"github.com/infraops/terraform-provider-infraops/internal/service/cmdb"
	"github.com/infraops/terraform-provider-infraops/internal/service/iam"
	"github.com/infraops/terraform-provider-infraops/internal/service/image"
	"github.com/infraops/terraform-provider-infraops/internal/service/ipam"
	"github.com/infraops/terraform-provider-infraops/internal/service/monitoring"
	"github.com/infraops/terraform-provider-infraops/internal/service/notification"
	"github.com/infraops/terraform-provider-infraops/internal/service/patch"
	"github.com/infraops/terraform-provider-infraops/internal/service/secret"
	"github.com/infraops/terraform-provider-infraops/internal/service/software"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

// The kinds, as short as tests want them.
const (
	item      = "cmdb_configuration_item"
	itemState = "cmdb_configuration_item_state"
	relation  = "cmdb_relationship"
	prefix    = "ipam_prefix"
	address   = "ipam_address"
	request   = "change_request"
	approval  = "change_approval"
	closure   = "change_closure"
	account   = "iam_functional_account"
	delivery  = "secret_delivery"
	patching  = "patch_enrollment"
	policy    = "backup_policy"
)

const stack = "payments"

// attrs are a block's configuration. See value for what its values can be.
type attrs map[string]any

// with returns the configuration with some attributes changed; nil removes one.
func (a attrs) with(changes attrs) attrs {
	all := maps.Clone(a)
	maps.Copy(all, changes)
	return all
}

func allTypes() []lifecycle.Type {
	return slices.Concat(
		image.Types(), cmdb.Types(), change.Types(), ipam.Types(), iam.Types(), monitoring.Types(), patch.Types(), backup.Types(), software.Types(),
		notification.Types(), secret.Types(),
	)
}

// testProvider serves the real types on a run that the test has made.
type testProvider struct {
	provider.Provider
	systems []record.System
	run     *lifecycle.Run
}

func (p *testProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "infraops"
}

func (p *testProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (p *testProvider) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData = p.run, p.run
}

func (p *testProvider) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, t := range allTypes() {
		all = append(all, lifecycle.NewResource(t, p.systems))
	}
	return all
}

func (p *testProvider) DataSources(context.Context) []func() datasource.DataSource {
	all := image.DataSources()
	for _, l := range slices.Concat(cmdb.Lookups(), change.Lookups(), ipam.Lookups(), monitoring.Lookups(), patch.Lookups(), backup.Lookups()) {
		all = append(all, lifecycle.NewLookup(l))
	}
	for _, l := range cmdb.Listings() {
		all = append(all, lifecycle.NewListing(l))
	}
	return all
}

// world is a system that outlives the walks of Terraform over it.
type world struct {
	testing.TB
	memory *systemtest.Memory
	faulty *systemtest.FaultyConnection
	system record.System
	// unknown says that the provider's configuration is not known yet.
	unknown bool
}

func newWorld(t testing.TB, plan ...systemtest.Fault) *world {
	t.Helper()
	memory := systemtest.NewMemory()
	return &world{TB: t, memory: memory, faulty: systemtest.Faulty(memory, plan...), system: systemtest.MemorySystem()}
}

// store is the system's own store of a kind, past the faults and the counting.
func (w *world) store(kind record.Kind) record.Store[record.Record] {
	w.Helper()
	s, err := w.memory.Stores().Of(kind)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// put creates a record behind Terraform's back.
func (w *world) put(r record.Record) record.Record {
	w.Helper()
	if r.Metadata().Stack == "" {
		r.Metadata().Stack = stack
	}
	kept, err := w.store(r.Kind()).Create(context.Background(), r)
	if err != nil {
		w.Fatal(err)
	}
	return kept
}

// edit changes fields of a record behind Terraform's back.
func (w *world) edit(r record.Record, fields ...string) {
	w.Helper()
	if _, err := w.store(r.Kind()).Update(context.Background(), r, fields); err != nil {
		w.Fatal(err)
	}
}

// all lists what the system has of a kind, the ended ones included.
func (w *world) all(kind record.Kind) []record.Record {
	w.Helper()
	found, err := w.store(kind).Find(context.Background(), record.Query{Gone: true})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// only is the one record of the kind that the system must have.
func (w *world) only(kind record.Kind) record.Record {
	w.Helper()
	found := w.all(kind)
	if len(found) != 1 {
		w.Fatalf("there are %d records of kind %s, want exactly one", len(found), kind)
	}
	return found[0]
}

// prefixID makes a prefix and returns its id.
func (w *world) prefixID(cidr string) string {
	w.Helper()
	return w.put(&record.Prefix{CIDR: cidr}).Metadata().ID
}

// wantCalls compares the requests that were made, readiness aside, with "kind.Method=n" in alphabetical order, and starts to count anew.
func (w *world) wantCalls(want ...string) {
	w.Helper()
	var got []string
	for call, n := range w.faulty.Calls() {
		if call.Kind != "" {
			got = append(got, fmt.Sprintf("%s.%s=%d", call.Kind, call.Method, n))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.Errorf("requests were %v, want %v", got, want)
	}
	w.faulty.Reset()
}

// walk is one walk of Terraform: one provider process with one run.
type walk struct {
	*world
	ctx    context.Context //nolint:containedctx // a walk is one command of a person, who can interrupt it
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func (w *world) walk() *walk {
	w.Helper()
	run := lifecycle.NewRun(stack, func(record.Kind) (lifecycle.Serving, error) {
		if w.unknown {
			return lifecycle.Serving{}, lifecycle.ErrNotConfigured
		}
		return lifecycle.Serving{System: w.system, Connection: w.faulty}, nil
	})
	server := providerserver.NewProtocol6(&testProvider{systems: []record.System{w.system}, run: run})()
	ctx := context.Background()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schema.Diagnostics) > 0 {
		w.Fatalf("schema: %v %v", err, schema.Diagnostics)
	}
	empty := tftypes.Object{}
	config, err := tfprotov6.NewDynamicValue(empty, tftypes.NewValue(empty, map[string]tftypes.Value{}))
	if err != nil {
		w.Fatal(err)
	}
	if _, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: &config}); err != nil {
		w.Fatal(err)
	}
	return &walk{world: w, ctx: ctx, server: server, schema: schema}
}

// until is the walk with a context that the test ends.
func (w *walk) until(ctx context.Context) *walk {
	c := *w
	c.ctx = ctx
	return &c
}

// typeOf is the wire type of a resource.
func (w *walk) typeOf(kind string) tftypes.Object {
	return w.schema.ResourceSchemas["infraops_"+kind].ValueType().(tftypes.Object)
}

// block is one block of a configuration with its state.
type block struct {
	kind     string
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

func (w *walk) block(kind string) *block {
	return &block{kind: kind, state: tftypes.NewValue(w.typeOf(kind), nil)}
}

// text is an attribute of the state, "" where it is null.
func (b *block) text(name string) string { return textOf(b.state, name) }

// entries is a map of the state.
func (b *block) entries(name string) map[string]string { return entriesOf(b.state, name) }

// answer is what a call said.
type answer struct {
	diagnostics []*tfprotov6.Diagnostic
	// state is what was planned, read or shown.
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	replace  []string
	// empty says that a plan has nothing to do.
	empty bool
}

// worded lists the diagnostics of a severity: "attribute: summary: detail".
func (a *answer) worded(severity tfprotov6.DiagnosticSeverity) []string {
	var all []string
	for _, d := range a.diagnostics {
		if d.Severity == severity {
			all = append(all, fmt.Sprintf("%s: %s: %s", pathText(d.Attribute), d.Summary, d.Detail))
		}
	}
	return all
}

func (a *answer) errors() []string   { return a.worded(tfprotov6.DiagnosticSeverityError) }
func (a *answer) warnings() []string { return a.worded(tfprotov6.DiagnosticSeverityWarning) }
func (a *answer) failed() bool       { return len(a.errors()) > 0 }

// ok fails the test where the call failed.
func (a *answer) ok(t testing.TB) *answer {
	t.Helper()
	if a.failed() {
		t.Fatalf("unexpected errors:\n%s", strings.Join(a.errors(), "\n"))
	}
	return a
}

// wantError fails the test unless there is one error that contains all of the words.
func (a *answer) wantError(t testing.TB, words ...string) {
	t.Helper()
	wantWords(t, "error", a.errors(), words)
}

// wantWarning fails the test unless there is one warning that contains all of the words; without words, unless there is none.
func (a *answer) wantWarning(t testing.TB, words ...string) {
	t.Helper()
	if len(words) > 0 {
		wantWords(t, "warning", a.warnings(), words)
	} else if len(a.warnings()) > 0 {
		t.Errorf("unexpected warnings:\n%s", strings.Join(a.warnings(), "\n"))
	}
}

func wantWords(t testing.TB, what string, all, words []string) {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("there are %d diagnostics of severity %s, want one:\n%s", len(all), what, strings.Join(all, "\n"))
	}
	for _, word := range words {
		if !strings.Contains(all[0], word) {
			t.Errorf("the %s lacks %q:\n%s", what, word, all[0])
		}
	}
}

func pathText(p *tftypes.AttributePath) string {
	return cmp.Or(strings.NewReplacer(`AttributeName("`, "", `ElementKeyString("`, "", `")`, "").Replace(p.String()), "-")
}
