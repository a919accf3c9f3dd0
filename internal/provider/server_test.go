// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// stub answers with a function of the test's. What is not overridden is nil, and panics.
type stub struct {
	tfprotov6.ProviderServer
	read func(ctx context.Context) error
}

func (stub) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s stub) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState}, s.read(ctx)
}

func wrap(read func(ctx context.Context) error) *WrappedServer {
	s := &WrappedServer{ProviderServer: stub{read: read}}
	s.stopping, s.stop = context.WithCancel(context.Background())
	return s
}

func TestServer_panicBecomesDiagnostic(t *testing.T) {
	ctx := context.Background()
	s := wrap(func(context.Context) error { panic("out of cheese") })
	state := &tfprotov6.DynamicValue{MsgPack: []byte{0xc0}}
	read, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{CurrentState: state})
	if err != nil || len(read.Diagnostics) != 1 || !strings.Contains(read.Diagnostics[0].Detail, "out of cheese") {
		t.Fatalf("got %v, %v", read, err)
	}
	if read.NewState != state {
		t.Error("the state is lost")
	}
	// The stub has no other methods: calling one is a nil pointer.
	apply, err := s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{PriorState: state})
	if err != nil || len(apply.Diagnostics) != 1 || apply.NewState != state {
		t.Errorf("apply: %v, %v", apply, err)
	}
	plan, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{PriorState: state})
	if err != nil || len(plan.Diagnostics) != 1 {
		t.Errorf("plan: %v, %v", plan, err)
	}
	if validate, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{}); err != nil || len(validate.Diagnostics) != 1 {
		t.Errorf("validate: %v, %v", validate, err)
	}
	if imported, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{}); err != nil || len(imported.Diagnostics) != 1 {
		t.Errorf("import: %v, %v", imported, err)
	}
	if data, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{}); err != nil || len(data.Diagnostics) != 1 {
		t.Errorf("data source: %v, %v", data, err)
	}
	if upgraded, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{}); err != nil || len(upgraded.Diagnostics) != 1 {
		t.Errorf("upgrade: %v, %v", upgraded, err)
	}
	if upgraded, err := s.UpgradeResourceIdentity(ctx, &tfprotov6.UpgradeResourceIdentityRequest{}); err != nil || len(upgraded.Diagnostics) != 1 {
		t.Errorf("identity: %v, %v", upgraded, err)
	}
	if n := s.calls.Load(); n != 0 {
		t.Errorf("%d calls are still counted", n)
	}
}

func TestServer_cancellationIsForwarded(t *testing.T) {
	running := make(chan struct{})
	s := wrap(func(ctx context.Context) error {
		close(running)
		<-ctx.Done()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{})
		ended <- err
	}()
	<-running
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the call does not end")
	}
}

// A stop ends the calls that run, and those that begin afterwards.
func TestServer_stop(t *testing.T) {
	running := make(chan struct{}, 2)
	s := wrap(func(ctx context.Context) error {
		running <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	ended := make(chan error, 2)
	read := func() {
		_, err := s.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{})
		ended <- err
	}
	go read()
	<-running
	if _, err := s.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
		t.Fatal(err)
	}
	go read()
	for range 2 {
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the call ended with %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("a call does not end")
		}
	}
}

// key finds a value in a context.
type key struct{}

// Whoever keeps a call's context, as the framework does, keeps nothing else of the call.
func TestServer_contextLetsGo(t *testing.T) {
	var kept []context.Context
	s := wrap(func(ctx context.Context) error {
		if ctx.Value(key{}) == nil {
			t.Error("the running call does not see its values")
		}
		kept = append(kept, ctx)
		return nil
	})
	const calls = 20
	freed := make(chan struct{}, calls)
	for range calls {
		big := new([1 << 20]byte)
		runtime.AddCleanup(big, func(struct{}) { freed <- struct{}{} }, struct{}{})
		if _, err := s.ReadResource(context.WithValue(context.Background(), key{}, big), &tfprotov6.ReadResourceRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.After(10 * time.Second)
	for n := 0; n < calls-1; { // the last one may still be on the stack
		runtime.GC()
		select {
		case <-freed:
			n++
		case <-deadline:
			t.Fatalf("%d of %d calls' memory was let go of", n, calls)
		case <-time.After(10 * time.Millisecond):
		}
	}
	for _, ctx := range kept {
		if ctx.Value(key{}) != nil || ctx.Err() == nil {
			t.Fatal("a call that has ended still has values, or is not cancelled")
		}
	}
	runtime.KeepAlive(kept)
}

// A process whose CLI is gone ends once its calls have ended, and not before.
func TestServer_outlive(t *testing.T) {
	release, running := make(chan struct{}), make(chan struct{})
	s := wrap(func(context.Context) error {
		close(running)
		<-release
		return nil
	})
	go func() { _, _ = s.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{}) }()
	<-running
	exits := make(chan int, 1)
	const someoneElse = -1
	go s.outlive(someoneElse, time.Millisecond, func(code int) { exits <- code })
	select {
	case <-exits:
		t.Fatal("the process ended under a running call")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	select {
	case code := <-exits:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the process stays")
	}
	stays := make(chan int, 1)
	go s.outlive(os.Getppid(), time.Millisecond, func(code int) { stays <- code; select {} })
	select {
	case <-stays:
		t.Error("the process ended although its parent is there")
	case <-time.After(50 * time.Millisecond):
	}
}
