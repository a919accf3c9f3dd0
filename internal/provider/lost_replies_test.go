// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// forgetful is a way to a server on which the reply to every write is lost once: the server has done what it was asked, and
// the connection ends.
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
	f := &forgetful{seen: map[string]bool{}}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = target.Host },
		ModifyResponse: func(r *http.Response) error {
			if lost, _ := r.Request.Context().Value(lost{}).(bool); lost {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
	}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forward.ServeHTTP(w, f.mark(r))
	}))
	t.Cleanup(f.Close)
	return f
}

type lost struct{}

// mark notes a write, and says of one that was not seen before that its reply is to be lost.
func (f *forgetful) mark(r *http.Request) *http.Request {
	if r.Method == http.MethodGet {
		return r
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	key := fmt.Sprintf("%s %s %s", r.Method, r.URL, body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[key] {
		return r
	}
	f.seen[key] = true
	return r.WithContext(context.WithValue(r.Context(), lost{}, true))
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
		out, ok := "", false
		for range 3 { // What a person would do. The first apply should do.
			if out, ok = w.Run("apply", "-auto-approve", "-no-color", "-parallelism=20"); ok {
				break
			}
			t.Logf("an apply failed:\n%s", out)
		}
		if !ok {
			t.Fatal("the applies do not get through")
		}
		if len(way.seen) < 6*vms {
			t.Errorf("only %d replies were lost", len(way.seen))
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
