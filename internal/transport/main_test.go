// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// pipes is a network in memory, on which time in a synctest bubble passes as on a real one.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.connections <- there:
		return here, nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Err: errors.New("nobody listens")}
	}
}

// serve makes a client of a system that lives in the test's bubble. All of HTTP is real but the wires.
func serve(t *testing.T, c Config, system http.HandlerFunc) *Client {
	t.Helper()
	p := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: system}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(p) }()
	if c.System == "" {
		c.System = "system"
	}
	if c.URL == "" {
		c.URL = "http://system.example"
	}
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	client.http.Transport.(*http.Transport).Proxy = nil
	client.http.Transport.(*http.Transport).DialContext = p.dial
	t.Cleanup(func() { client.Close(); _ = server.Close(); <-ended })
	return client
}

// failed asserts the reason of a failure.
func failed(t *testing.T, err, reason error) *record.Error {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not a record.Error", err)
	}
	if !errors.Is(err, reason) {
		t.Fatalf("%v (%v), want %v", err, e.Reason, reason)
	}
	return e
}

func get(path string) Request { return Request{Method: http.MethodGet, Path: path} }
func post(path string) Request {
	return Request{Method: http.MethodPost, Path: path, Body: map[string]string{"name": "web-01"}}
}
