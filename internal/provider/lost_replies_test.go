// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/faultproxy"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// forgetful is a way to a server on which the reply to every write is lost once: the server has done what it was asked, and
// the connection ends before the first byte of the answer.
type forgetful struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]bool
}

func newForgetful(t *testing.T, server string) *forgetful {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	broken := faultproxy.New(t, server)
	broken.Break(faultproxy.LostReply())
	lossy, err := url.Parse(broken.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetful{seen: map[string]bool{}}
	forward := &httputil.ReverseProxy{
		// A connection on which a reply was lost is not used again.
		Transport: &http.Transport{DisableKeepAlives: true},
		Rewrite: func(r *httputil.ProxyRequest) {
			way := target
			if f.first(r.Out) {
				way = lossy
			}
			r.SetURL(way)
			r.Out.Host = target.Host
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	f.Server = httptest.NewServer(forward)
	t.Cleanup(f.Close)
	return f
}

// first notes a write, and says whether it was not seen before.
func (f *forgetful) first(r *http.Request) bool {
	if r.Method == http.MethodGet {
		return false
	}
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	key := fmt.Sprintf("%s %s %s", r.Method, r.URL, body)
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.seen[key] = true }()
	return !f.seen[key]
}

// lost says how many replies were lost so far.
func (f *forgetful) lost() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.seen)
}

// TestAccPortable_lostReplies: whatever reply is lost, nothing is doubled, nothing is left over, and the next plan is empty.
func TestAccPortable_lostReplies(t *testing.T) {
	acctest.EachPlatform(t, func(t *testing.T, p *acctest.Platform) {
		if p.URL == "" {
			t.SkipNow() // It is not reached over a network.
		}
		const vms = 50
		way := newForgetful(t, p.URL)
		w := onPlatform(t, p.Through(way.URL), governedVMs(vms))
		w.Must("apply", "-auto-approve")
		if lost := way.lost(); lost < 6*vms {
			t.Errorf("only %d replies were lost", lost)
		}
		w.Must("plan", "-detailed-exitcode")
		wantOnce(t, p, vms)
		w.Must("destroy", "-auto-approve")
		for _, kind := range []record.Kind{record.KindConfigurationItem, record.KindRelationship} {
			for _, r := range p.Records(kind) {
				if !record.Gone(r) {
					t.Errorf("%s lives on after the destroy", r.Metadata().CorrelationID)
				}
			}
		}
	})
}
