// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

// Address is the provider's address in the registry.
const Address = "registry.terraform.io/infraops/infraops"

// Serve runs the plugin until Terraform ends it.
func Serve(p *Provider) error {
	tune()
	s := Server(p)
	go s.outlive(os.Getppid(), time.Second, os.Exit)
	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return s })
}

// tune cuts what a provider process costs. A process lives for one walk and mostly allocates what it drops at once, so
// collecting less often is cheap.
func tune() {
	debug.SetGCPercent(400)
	for _, pair := range os.Environ() {
		if strings.HasPrefix(pair, "TF_LOG") && !strings.HasSuffix(pair, "=") {
			return
		}
	}
	// The SDK formats and sends trace lines for every call although the CLI drops them unless asked.
	_ = os.Setenv("TF_LOG_SDK", "ERROR")
}

// WrappedServer is the framework's server with what it lacks for thousands of calls in one process.
type WrappedServer struct {
	tfprotov6.ProviderServer
	provider *configured
	// types are the resource types by their names in Terraform.
	types map[string]*lifecycle.Resource
	// calls is how many are running.
	calls atomic.Int64
	// stopping ends once Terraform has asked to stop.
	stopping context.Context
	stop     context.CancelFunc
}

// Server makes the protocol server of a provider.
func Server(p *Provider) *WrappedServer {
	s := &WrappedServer{provider: &configured{Provider: p}, types: map[string]*lifecycle.Resource{}}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.ProviderServer = providerserver.NewProtocol6(s.provider)()
	for _, construct := range p.resources {
		if r, ok := construct().(*lifecycle.Resource); ok {
			s.types[typeName+"_"+string(r.Kind)] = r
		}
	}
	return s
}

// configured is a provider that remembers the run of the server that it was configured for.
type configured struct {
	*Provider
	run atomic.Pointer[lifecycle.Run]
}

// Configure implements [provider.Provider].
func (c *configured) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	c.Provider.Configure(ctx, req, resp)
	run, _ := resp.ResourceData.(*lifecycle.Run)
	c.run.Store(run)
}

// shortcut answers a call without the framework where the type can, and with it otherwise.
func shortcut[Req, Resp any](s *WrappedServer, name string, short func(*lifecycle.Resource, *lifecycle.Run) *Resp, long func(context.Context, Req) (*Resp, error)) func(context.Context, Req) (*Resp, error) {
	return func(ctx context.Context, req Req) (*Resp, error) {
		if r, ok := s.types[name]; ok {
			if resp := short(r, s.provider.run.Load()); resp != nil {
				return resp, nil
			}
		}
		return long(ctx, req)
	}
}

// outlive ends the process once Terraform has gone and the calls in flight have ended. A provider that logs nothing
// never notices a broken pipe: after a SIGKILL of the CLI it would stay.
func (s *WrappedServer) outlive(parent int, every time.Duration, exit func(int)) {
	for range time.Tick(every) {
		if os.Getppid() != parent && s.calls.Load() == 0 {
			exit(0)
			return
		}
	}
}

// begin gives a call a context that lets go of the real one when the call ends. The framework keeps the context of
// every call until it stops (v1.19.0, internal/proto6server/serve.go, registerContext), and with it all that the
// call allocated: 600 MB at 5,000 records.
func (s *WrappedServer) begin(ctx context.Context) (context.Context, func()) {
	s.calls.Add(1)
	c := &callContext{}
	c.real.Store(&ctx)
	detached, cancel := context.WithCancelCause(c)
	ended := context.AfterFunc(ctx, func() { cancel(ctx.Err()) })
	stopped := context.AfterFunc(s.stopping, func() { cancel(context.Canceled) })
	return detached, func() {
		ended()
		stopped()
		cancel(context.Canceled)
		nothing := context.Background()
		c.real.Store(&nothing)
		s.calls.Add(-1)
	}
}

// callContext has the values of a call's context while the call runs, and nothing afterwards.
type callContext struct {
	real atomic.Pointer[context.Context]
}

func (c *callContext) Deadline() (time.Time, bool) { return (*c.real.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return nil }
func (c *callContext) Err() error                  { return nil }
func (c *callContext) Value(key any) any           { return (*c.real.Load()).Value(key) }

// call runs one RPC. A panic becomes a diagnostic, since a crash would lose every sibling that is still running.
func call[Req, Resp any](ctx context.Context, s *WrappedServer, req Req, rpc func(context.Context, Req) (Resp, error), failed func(*tfprotov6.Diagnostic) Resp) (resp Resp, err error) {
	ctx, end := s.begin(ctx)
	defer end()
	defer func() {
		if p := recover(); p != nil {
			resp, err = failed(&tfprotov6.Diagnostic{
				Severity: tfprotov6.DiagnosticSeverityError, Summary: "Provider error",
				Detail: fmt.Sprintf("This is a bug in the provider, please report it: panic: %v\n\n%s", p, debug.Stack()),
			}), nil
		}
	}()
	return rpc(ctx, req)
}

// StopProvider implements [tfprotov6.ProviderServer]. The framework cancels the calls that run. One that begins after the
// stop, as Terraform had announced it before the Ctrl-C, would wait in full.
func (s *WrappedServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.stop()
	return s.ProviderServer.StopProvider(ctx, req)
}

// The calls that Terraform makes for every record, and for every use of a function, follow.

// ValidateResourceConfig implements [tfprotov6.ResourceServer].
func (s *WrappedServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return call(ctx, s, req, s.ProviderServer.ValidateResourceConfig, func(d *tfprotov6.Diagnostic) *tfprotov6.ValidateResourceConfigResponse {
		return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// UpgradeResourceState implements [tfprotov6.ResourceServer].
func (s *WrappedServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	short := func(r *lifecycle.Resource, _ *lifecycle.Run) *tfprotov6.UpgradeResourceStateResponse {
		return r.UpgradeCurrent(req)
	}
	return call(ctx, s, req, shortcut(s, req.TypeName, short, s.ProviderServer.UpgradeResourceState), func(d *tfprotov6.Diagnostic) *tfprotov6.UpgradeResourceStateResponse {
		return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// UpgradeResourceIdentity implements [tfprotov6.ResourceServer].
func (s *WrappedServer) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return call(ctx, s, req, s.ProviderServer.UpgradeResourceIdentity, func(d *tfprotov6.Diagnostic) *tfprotov6.UpgradeResourceIdentityResponse {
		return &tfprotov6.UpgradeResourceIdentityResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// ReadResource implements [tfprotov6.ResourceServer].
func (s *WrappedServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	short := func(r *lifecycle.Resource, run *lifecycle.Run) *tfprotov6.ReadResourceResponse {
		return r.ReadUnchanged(run, req)
	}
	return call(ctx, s, req, shortcut(s, req.TypeName, short, s.ProviderServer.ReadResource), func(d *tfprotov6.Diagnostic) *tfprotov6.ReadResourceResponse {
		return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, NewIdentity: req.CurrentIdentity, Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// PlanResourceChange implements [tfprotov6.ResourceServer].
func (s *WrappedServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	short := func(r *lifecycle.Resource, run *lifecycle.Run) *tfprotov6.PlanResourceChangeResponse {
		return r.PlanUnchanged(ctx, run, req)
	}
	return call(ctx, s, req, shortcut(s, req.TypeName, short, s.ProviderServer.PlanResourceChange), func(d *tfprotov6.Diagnostic) *tfprotov6.PlanResourceChangeResponse {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.PriorState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity, Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// ApplyResourceChange implements [tfprotov6.ResourceServer].
func (s *WrappedServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return call(ctx, s, req, s.ProviderServer.ApplyResourceChange, func(d *tfprotov6.Diagnostic) *tfprotov6.ApplyResourceChangeResponse {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// ImportResourceState implements [tfprotov6.ResourceServer].
func (s *WrappedServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return call(ctx, s, req, s.ProviderServer.ImportResourceState, func(d *tfprotov6.Diagnostic) *tfprotov6.ImportResourceStateResponse {
		return &tfprotov6.ImportResourceStateResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// ReadDataSource implements [tfprotov6.DataSourceServer].
func (s *WrappedServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return call(ctx, s, req, s.ProviderServer.ReadDataSource, func(d *tfprotov6.Diagnostic) *tfprotov6.ReadDataSourceResponse {
		return &tfprotov6.ReadDataSourceResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// OpenEphemeralResource implements [tfprotov6.EphemeralResourceServer].
func (s *WrappedServer) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return call(ctx, s, req, s.ProviderServer.OpenEphemeralResource, func(d *tfprotov6.Diagnostic) *tfprotov6.OpenEphemeralResourceResponse {
		return &tfprotov6.OpenEphemeralResourceResponse{Diagnostics: []*tfprotov6.Diagnostic{d}}
	})
}

// CallFunction implements [tfprotov6.FunctionServer].
func (s *WrappedServer) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return call(ctx, s, req, s.ProviderServer.CallFunction, func(d *tfprotov6.Diagnostic) *tfprotov6.CallFunctionResponse {
		return &tfprotov6.CallFunctionResponse{Error: &tfprotov6.FunctionError{Text: d.Detail}}
	})
}
