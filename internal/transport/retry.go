// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const (
	// maxAttempts is how often a request is sent at most, not counting what is sent again with new credentials.
	maxAttempts = 5
	// firstPause and longestPause bound the pauses between attempts, which double.
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
	// longestHint is how long a system may ask us to wait before waiting is left to who asked.
	longestHint = 2 * time.Minute
)

// deliver sends a message until it is answered, refused for good, or must not be sent again. That the last attempt was surely not
// done says nothing about those before it.
func (c *Client) deliver(ctx context.Context, m *message, auth Authenticator) (*Response, *record.Error) {
	answer, doubtful, failure := c.attempts(ctx, m, auth)
	if failure != nil && doubtful && errors.Is(failure.Reason, record.ErrUnavailable) {
		failure.Reason = record.ErrAmbiguous
	}
	return answer, failure
}

// attempts sends a message as often as it takes. It is doubtful whether it was done if an attempt may have been, and none was answered.
func (c *Client) attempts(ctx context.Context, m *message, auth Authenticator) (answer *Response, doubtful bool, failure *record.Error) {
	if auth != nil {
		if err := c.first.wait(ctx); err != nil {
			return nil, false, notSent(ctx, err)
		}
		defer c.first.over()
	}
	renewed := false
	for number := 1; ; number++ {
		a, stop := c.try(ctx, m, auth, number)
		if stop != nil {
			return nil, doubtful, stop
		}
		if auth != nil && a.unauthenticated(m) {
			// What was refused for its credentials was not done, so that even a write can be sent again.
			if !renewed && auth.Renew(a.request) {
				renewed = true
				number--
				continue
			}
			return nil, doubtful, c.refuse(m, a)
		}
		c.first.over()
		v := c.judge(ctx, m, a)
		if v.failure == nil {
			return a.answer, false, nil
		}
		doubtful = doubtful || errors.Is(v.failure.Reason, record.ErrAmbiguous)
		switch {
		case !v.again:
			return nil, doubtful, v.failure
		case number == maxAttempts:
			v.failure.Answer += fmt.Sprintf(", and so it did %d times", maxAttempts)
			return nil, doubtful, v.failure
		case !c.pause(ctx, m, v, number):
			return nil, doubtful, v.failure
		}
	}
}

// refuse remembers that the credentials are refused: what else is asked with them would be refused as well, and too
// many refusals lock an account.
func (c *Client) refuse(m *message, a attempt) *record.Error {
	e := c.statusFailure(m, a.answer)
	e.Reason, e.Everything = record.ErrUnauthorized, true
	remembered := *e
	c.refused.Store(&remembered)
	return e
}

// refusal is what is remembered, for requests with credentials.
func (c *Client) refusal(auth Authenticator) *record.Error {
	remembered := c.refused.Load()
	if auth == nil || remembered == nil {
		return nil
	}
	e := *remembered // Callers add to errors what they were doing.
	return &e
}

// verdict is what an attempt means.
type verdict struct {
	failure *record.Error
	// again says that the message may be sent again.
	again bool
	// throttled says that the system wants fewer requests, not just not this one.
	throttled bool
}

// pause waits before the next attempt. It says false where there is no time for it.
func (c *Client) pause(ctx context.Context, m *message, v verdict, number int) bool {
	hint := v.failure.RetryAfter
	wait := hint + rand.N(min(longestPause, firstPause<<(number-1))) //nolint:gosec // Chance spreads clients; nobody gains by guessing it.
	if deadline, ok := ctx.Deadline(); hint > longestHint || (ok && time.Until(deadline) <= wait) {
		return false
	}
	if v.throttled && hint > 0 {
		c.limits.hold(hint)
	}
	c.logPause(ctx, m, v.failure, wait)
	if err := sleep(ctx, wait); err != nil {
		v.failure.Err = err
		return false
	}
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// hint reads for how long a system does not want to be asked; 0 where it does not say. A time of day is compared with the
// system's own clock.
func hint(h http.Header) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	if after := strings.TrimSpace(h.Get("Retry-After")); after != "" {
		if at, err := http.ParseTime(after); err == nil {
			return max(0, at.Sub(now))
		}
		return seconds(after)
	}
	if reset := seconds(strings.TrimSpace(h.Get("X-Ratelimit-Reset"))); reset > 0 {
		return max(0, time.Unix(int64(reset/time.Second), 0).Sub(now))
	}
	return 0
}

// seconds reads a number of seconds that is not negative; 0 for anything else.
func seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return time.Duration(min(n, math.MaxInt64/float64(time.Second)/2) * float64(time.Second))
}
