// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package faultproxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	answer := strings.Repeat("answer", 1000)
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	for _, c := range []struct {
		name  string
		fault Fault
		// reaches says that the server acts; is, where set, is the failure.
		reaches bool
		is      error
		late    time.Duration
		fresh   bool // a connection for each request
	}{
		{name: "lost reply", fault: LostReply(), reaches: true, is: io.EOF},
		{name: "cut reply", fault: CutReply(1000), reaches: true, is: io.ErrUnexpectedEOF},
		{name: "lost request", fault: LostRequest(), is: io.EOF},
		{name: "reset", fault: Reset(0), is: syscall.ECONNRESET, fresh: true},
		{name: "silence", fault: Silence(), reaches: true, is: context.DeadlineExceeded},
		{name: "latency", fault: Latency(200 * time.Millisecond), reaches: true, late: 200 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := New(t, server.URL)
			client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: c.fresh}}
			defer client.CloseIdleConnections()
			post := func() error {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/x", strings.NewReader("question"))
				if err != nil {
					t.Fatal(err)
				}
				response, err := client.Do(request)
				if err != nil {
					return err
				}
				defer func() { _ = response.Body.Close() }()
				got, err := io.ReadAll(response.Body)
				if err == nil && string(got) != answer {
					t.Errorf("the answer is %d bytes", len(got))
				}
				return err
			}
			if err := post(); err != nil {
				t.Fatalf("before the fault: %v", err)
			}
			p.Break(c.fault)
			before, began := seen.Load(), time.Now()
			if err := post(); !errors.Is(err, c.is) {
				t.Errorf("with the fault: %v, want %v", err, c.is)
			}
			if took := time.Since(began); took < c.late {
				t.Errorf("the answer took %s", took)
			}
			if reached := seen.Load() > before; reached != c.reaches {
				t.Errorf("the server was reached: %v", reached)
			}
			p.Heal()
			if err := post(); err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
}
