// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package faultproxy puts a proxy between a test and a real server, and makes the network between them fail. It is
// toxiproxy inside the process of the test: each test has its own, and nothing has to be started or told an address.
package faultproxy

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Proxy is a way to a server that can be broken.
type Proxy struct {
	// URL is the server's URL by way of the proxy. What the server answers may hold URLs that go past it.
	URL string

	t     testing.TB
	proxy *toxiproxy.Proxy
}

// New opens a way to the server at the URL. It closes with the test.
func New(t testing.TB, server string) *Proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("faultproxy: %v", err)
	}
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), t.Name(), "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		t.Fatalf("faultproxy: %v", err)
	}
	t.Cleanup(proxy.Stop)
	u.Host = proxy.Listen
	return &Proxy{URL: u.String(), t: t, proxy: proxy}
}

// Fault is one way in which a network fails.
type Fault struct {
	Type       string           `json:"type"`
	Stream     string           `json:"stream"`
	Attributes map[string]int64 `json:"attributes"`
}

// The directions of toxiproxy.
const (
	toServer = "upstream"
	toClient = "downstream"
)

// LostReply has the server do what it is asked, and the answer never arrive: the connection ends first.
func LostReply() Fault { return CutReply(0) }

// CutReply ends the connection after so many bytes of the answers on it.
func CutReply(after int64) Fault {
	return Fault{Type: "limit_data", Stream: toClient, Attributes: map[string]int64{"bytes": after}}
}

// LostRequest ends the connection before the server has seen anything of the request.
func LostRequest() Fault {
	return Fault{Type: "limit_data", Stream: toServer, Attributes: map[string]int64{"bytes": 0}}
}

// Reset answers the request by a reset of the connection, after a while. The server has not seen it. A connection that
// is there already ends without the reset.
func Reset(after time.Duration) Fault {
	return Fault{Type: "reset_peer", Stream: toServer, Attributes: map[string]int64{"timeout": after.Milliseconds()}}
}

// Silence has the server do what it is asked, and keeps the answer back while the connection stays open.
func Silence() Fault {
	return Fault{Type: "timeout", Stream: toClient, Attributes: map[string]int64{"timeout": 0}}
}

// Latency makes every answer late.
func Latency(by time.Duration) Fault {
	return Fault{Type: "latency", Stream: toClient, Attributes: map[string]int64{"latency": by.Milliseconds()}}
}

// Break adds a fault, which holds for all connections until [Proxy.Heal].
func (p *Proxy) Break(f Fault) {
	p.t.Helper()
	toxic, err := json.Marshal(f)
	if err == nil {
		_, err = p.proxy.Toxics.AddToxicJson(bytes.NewReader(toxic))
	}
	if err != nil {
		p.t.Fatalf("faultproxy: %s: %v", f.Type, err)
	}
}

// Heal removes all faults.
func (p *Proxy) Heal() { p.proxy.Toxics.ResetToxics(p.t.Context()) }
