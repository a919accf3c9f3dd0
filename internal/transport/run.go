// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
)

// runContext is the W3C trace context under which all requests of this process can be found in the logs of systems: that of the
// environment, where a pipeline has begun a trace, or else a new one.
type runContext struct{ trace, flags, state string }

var run = sync.OnceValue(func() runContext { return newRun(os.Getenv("TRACEPARENT"), os.Getenv("TRACESTATE")) })

var traceparent = regexp.MustCompile(`^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$`)

func newRun(parent, state string) runContext {
	parts := traceparent.FindStringSubmatch(strings.TrimSpace(parent))
	if parts == nil || strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return runContext{trace: randomHex(16), flags: "01"}
	}
	return runContext{parts[1], parts[3], strings.TrimSpace(state)}
}

// mark puts the trace on a request, as a span of its own.
func (r runContext) mark(h http.Header) {
	h.Set("Traceparent", "00-"+r.trace+"-"+randomHex(8)+"-"+r.flags)
	if r.state != "" {
		h.Set("Tracestate", r.state)
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // It never fails.
	return hex.EncodeToString(b)
}
