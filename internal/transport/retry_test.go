// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// silence answers never. A server sees that its client is gone once it has read the body.
func silence(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// What happens to a request decides how often it is sent, and what its failure is.
func TestRepetition(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"id":`))
	}
	for _, c := range []struct {
		name               string
		system             http.HandlerFunc
		reads, writes      int64
		readError, writing error
	}{
		{"500", status(500), 1, 1, record.ErrUnavailable, record.ErrAmbiguous},
		{"501", status(501), 1, 1, record.ErrUnsupported, record.ErrUnsupported},
		{"502", status(502), 5, 1, record.ErrUnavailable, record.ErrAmbiguous},
		{"503", status(503), 5, 5, record.ErrUnavailable, record.ErrUnavailable},
		{"504", status(504), 5, 1, record.ErrUnavailable, record.ErrAmbiguous},
		{"429", status(429), 5, 5, record.ErrUnavailable, record.ErrUnavailable},
		{"400", status(400), 1, 1, record.ErrInvalid, record.ErrInvalid},
		{"403", status(403), 1, 1, record.ErrUnauthorized, record.ErrUnauthorized},
		{"404", status(404), 1, 1, record.ErrNotFound, record.ErrNotFound},
		{"409", status(409), 1, 1, record.ErrConflict, record.ErrConflict},
		{"410", status(410), 1, 1, record.ErrNotFound, record.ErrNotFound},
		{"412", status(412), 1, 1, record.ErrConflict, record.ErrConflict},
		{"hung up", hangUp, 5, 1, record.ErrUnavailable, record.ErrAmbiguous},
		{"commit, then time-out", silence, 5, 1, record.ErrUnavailable, record.ErrAmbiguous},
		{"half an answer", half, 5, 1, record.ErrUnavailable, record.ErrAmbiguous},
	} {
		for _, r := range []struct {
			Request
			sent   int64
			reason error
		}{
			{get("/things"), c.reads, c.readError},
			{post("/things"), c.writes, c.writing},
			{Request{Method: http.MethodPut, Path: "/things/1", Body: 1, Repeatable: true}, c.reads, c.writing},
			{Request{Method: http.MethodPost, Path: "/search", Body: 1, Reads: true}, c.reads, c.readError},
		} {
			t.Run(c.name+" "+r.Method+" "+r.Path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var sent atomic.Int64
					client := serve(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
						sent.Add(1)
						c.system(w, r)
					})
					_, err := client.Do(t.Context(), r.Request)
					e := failed(t, err, r.reason)
					if sent.Load() != r.sent || e.Everything {
						t.Errorf("sent %d times, want %d: %v", sent.Load(), r.sent, err)
					}
					if errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v: the time-out of one attempt is not that of the resource", err)
					}
				})
			})
		}
	}
}

// TestDoubtRemains: that the last attempts were surely not done says nothing about the first.
func TestDoubtRemains(t *testing.T) {
	for name, r := range map[string]struct {
		Request
		reason error
	}{
		"write": {Request{Method: http.MethodPatch, Path: "/things/1", Body: 1, Repeatable: true}, record.ErrAmbiguous},
		"read":  {Request{Method: http.MethodPost, Path: "/search", Body: 1, Reads: true}, record.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				client := serve(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
					if sent.Add(1) == 1 {
						panic(http.ErrAbortHandler)
					}
					w.WriteHeader(http.StatusServiceUnavailable)
				})
				_, err := client.Do(t.Context(), r.Request)
				if _ = failed(t, err, r.reason); sent.Load() != maxAttempts {
					t.Errorf("sent %d times", sent.Load())
				}
			})
		})
	}
}

func TestWriteIsSentAfterDialFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "{}") })
		transport := client.http.Transport.(*http.Transport)
		dial, dials := transport.DialContext, 0
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials < 3 {
				return nil, errors.New("connection refused")
			}
			return dial(ctx, network, address)
		}
		if _, err := client.Do(t.Context(), post("/things")); err != nil || dials != 3 {
			t.Errorf("after %d dials: %v", dials, err)
		}
	})
}

func TestHints(t *testing.T) {
	inAMinute := func(now time.Time) string { return now.Add(time.Minute).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		header string
		value  func(now time.Time) string
		waits  time.Duration // 0: it is not waited for.
		hint   time.Duration
	}{
		"seconds":       {"Retry-After", func(time.Time) string { return "60" }, time.Minute, 0},
		"date":          {"Retry-After", inAMinute, time.Minute, 0},
		"reset":         {"X-RateLimit-Reset", func(now time.Time) string { return fmt.Sprint(now.Add(time.Minute).Unix()) }, time.Minute, 0},
		"too long":      {"Retry-After", func(time.Time) string { return "121" }, 0, 121 * time.Second},
		"reset in 1h":   {"X-RateLimit-Reset", func(now time.Time) string { return fmt.Sprint(now.Add(time.Hour).Unix()) }, 0, time.Hour},
		"past the end":  {"Retry-After", func(time.Time) string { return "90" }, 0, 90 * time.Second},
		"not a hint":    {"Retry-After", func(time.Time) string { return "soon" }, time.Nanosecond, 0},
		"in the past":   {"Retry-After", func(time.Time) string { return "Mon, 01 Jan 1990 00:00:00 GMT" }, time.Nanosecond, 0},
		"reset in past": {"X-RateLimit-Reset", func(time.Time) string { return "1" }, time.Nanosecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				client := serve(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
					// The system's clock may be wrong.
					now := time.Now().Add(7 * time.Hour)
					w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
					if sent.Add(1) == 1 {
						w.Header().Set(c.header, c.value(now))
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
					_, _ = fmt.Fprint(w, "{}")
				})
				ctx := t.Context()
				if name == "past the end" {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 80*time.Second)
					defer cancel()
				}
				begin := time.Now()
				_, err := client.Do(ctx, post("/things"))
				took := time.Since(begin)
				if c.waits == 0 {
					if e := failed(t, err, record.ErrUnavailable); e.RetryAfter != c.hint || took != 0 || sent.Load() != 1 {
						t.Errorf("after %s and %d requests: %v, retry after %s", took, sent.Load(), err, e.RetryAfter)
					}
					return
				}
				if err != nil || took < c.waits-time.Nanosecond || took > c.waits+firstPause {
					t.Errorf("after %s: %v", took, err)
				}
			})
		})
	}
}

func TestThrottlingHoldsEveryRequestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var throttled atomic.Int64
		client := serve(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
			if time.Since(begin) < 20*time.Second {
				throttled.Add(1)
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
		done := make(chan error)
		go func() { _, err := client.Do(t.Context(), get("/first")); done <- err }()
		synctest.Wait()
		go func() { _, err := client.Do(t.Context(), get("/second")); done <- err }()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if throttled.Load() != 1 {
			t.Errorf("%d requests were throttled, want 1", throttled.Load())
		}
	})
}

func TestTimeoutIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := serve(t, Config{Timeout: 7 * time.Second}, silence).Do(t.Context(), post("/things"))
		if e := failed(t, err, record.ErrAmbiguous); e.Error() != "no answer from system.example: nothing came within 7s" || !strings.Contains(e.Advice, "timeout") {
			t.Errorf("%v; %s", e, e.Advice)
		}
	})
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		begin := time.Now()
		_, err := client.Do(t.Context(), get("/"))
		_ = failed(t, err, record.ErrUnavailable)
		if most := firstPause * (1 + 2 + 4 + 8); time.Since(begin) > most {
			t.Errorf("it took %s, want at most %s", time.Since(begin), most)
		}
	})
}

func TestInterruptionReturnsAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		request Request
		system  http.HandlerFunc
		reason  error
	}{
		"a read under way":  {get("/"), silence, record.ErrUnavailable},
		"a write under way": {post("/"), silence, record.ErrAmbiguous},
		"a pause": {post("/"), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "100")
			w.WriteHeader(http.StatusTooManyRequests)
		}, record.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := serve(t, Config{}, c.system)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				begin := time.Now()
				_, err := client.Do(ctx, c.request)
				_ = failed(t, err, c.reason)
				if took := time.Since(begin); took != time.Second || !errors.Is(err, context.Canceled) {
					t.Errorf("after %s: %v", took, err)
				}
			})
		})
	}
}

func FuzzHint(f *testing.F) {
	for _, text := range []string{"", "1", "-1", "1e400", "NaN", "0.5", "Mon, 01 Jan 2035 00:00:00 GMT", "99999999999999999999", " 7 "} {
		f.Add(text, text, text)
	}
	f.Fuzz(func(t *testing.T, date, after, reset string) {
		if d := hint(http.Header{"Date": {date}, "Retry-After": {after}, "X-Ratelimit-Reset": {reset}}); d < 0 {
			t.Errorf("%s", d)
		}
	})
}
