// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// script is a probe whose attempts go as written: '+' succeeds, '-' fails, 'h' hangs until its context ends. The last one repeats.
type script struct {
	attempts string
	looks    int
}

func (*script) Target() string   { return "script" }
func (*script) Expected() string { return "is fine" }

func (s *script) Look(ctx context.Context) (string, error) {
	now := s.attempts[min(s.looks, len(s.attempts)-1)]
	s.looks++
	switch now {
	case '+':
		return "was fine", nil
	case 'h':
		<-ctx.Done()
		return "", ctx.Err()
	}
	return "", errors.New("was not fine")
}

func TestRun(t *testing.T) {
	usual := check.Schedule{Interval: 5 * time.Second, Timeout: 2 * time.Minute, AttemptTimeout: 10 * time.Second, ConsecutiveSuccesses: 1}
	with := func(change func(*check.Schedule)) check.Schedule {
		s := usual
		change(&s)
		return s
	}
	inARow := func(n int64) check.Schedule { return with(func(s *check.Schedule) { s.ConsecutiveSuccesses = n }) }
	limited := func(n int64) check.Schedule { return with(func(s *check.Schedule) { s.FailureLimit = n }) }
	for name, c := range map[string]struct {
		attempts string
		schedule check.Schedule
		passed   bool
		n        int64
		took     time.Duration
		message  string
	}{
		"at once":                {"+", usual, true, 1, 0, "script was fine in less than 1ms, 1 of 1 attempts"},
		"after two failures":     {"--+", usual, true, 3, 10 * time.Second, "script was fine in less than 1ms, 1 of 3 attempts"},
		"three in a row":         {"+-+++", inARow(3), true, 5, 20 * time.Second, "script was fine in less than 1ms, 4 of 5 attempts, the last 3 in a row"},
		"never":                  {"-", usual, false, 24, 115 * time.Second, "script: was not fine; 0 of 24 attempts succeeded in 1m55s, timeout 2m0s leaves no time for another"},
		"never three in a row":   {"++-++-++-++-++-++-++-++-++-", inARow(3), false, 24, 115 * time.Second, "script: was not fine; 16 of 24 attempts"},
		"failure limit":          {"-", limited(3), false, 3, 10 * time.Second, "failure_limit 3 is reached"},
		"failures not in a row":  {"-+-+-+", with(func(s *check.Schedule) { s.FailureLimit, s.ConsecutiveSuccesses = 3, 2 }), false, 5, 20 * time.Second, "2 of 5 attempts"},
		"an attempt that hangs":  {"h+", usual, true, 2, 15 * time.Second, "1 of 2 attempts"},
		"all attempts hang":      {"h", usual, false, 8, 115 * time.Second, "no answer within 10s (context deadline exceeded); 0 of 8"},
		"the end cuts a try":     {"-h", with(func(s *check.Schedule) { s.AttemptTimeout = time.Hour }), false, 2, 2 * time.Minute, "script: was not fine; 0 of 2"},
		"the timeout ends a try": {"h", with(func(s *check.Schedule) { s.AttemptTimeout = time.Hour }), false, 1, 2 * time.Minute, "no answer within 2m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := check.Run(t.Context(), &script{attempts: c.attempts}, c.schedule)
				if err != nil {
					t.Fatal(err)
				}
				if r.Passed != c.passed || r.Attempts != c.n || r.Duration != c.took || !strings.Contains(r.Message, c.message) {
					t.Errorf("passed %v after %d attempts in %s: %s", r.Passed, r.Attempts, r.Duration, r.Message)
				}
				if !r.CheckedAt.Equal(time.Now()) || r.CheckedAt.Location() != time.UTC {
					t.Errorf("checked at %s", r.CheckedAt)
				}
			})
		})
	}
}

// Whoever cancels has the answer at once, between attempts and in one.
func TestRun_cancelled(t *testing.T) {
	for _, attempts := range []string{"-", "h"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(7*time.Second, cancel)
			started := time.Now()
			_, err := check.Run(ctx, &script{attempts: attempts}, check.Schedule{Interval: time.Hour, Timeout: 2 * time.Hour, AttemptTimeout: time.Hour, ConsecutiveSuccesses: 1})
			if !errors.Is(err, context.Canceled) || time.Since(started) != 7*time.Second {
				t.Errorf("%v after %s", err, time.Since(started))
			}
		})
	}
}

func TestSchedule_fits(t *testing.T) {
	for _, c := range []struct {
		s     check.Schedule
		field string
	}{
		{check.Schedule{Interval: time.Second, Timeout: time.Second, ConsecutiveSuccesses: 1}, ""},
		{check.Schedule{Interval: time.Second, Timeout: 5 * time.Second, ConsecutiveSuccesses: 5}, ""},
		{check.Schedule{Interval: 2 * time.Second, Timeout: time.Second, ConsecutiveSuccesses: 1}, "interval"},
		{check.Schedule{Interval: time.Second, Timeout: 5 * time.Second, ConsecutiveSuccesses: 6}, "consecutive_successes"},
		{check.Schedule{Interval: time.Hour, Timeout: 2 * time.Hour, ConsecutiveSuccesses: 1 << 62}, "consecutive_successes"},
	} {
		var broken *check.Invalid
		if errors.As(c.s.Fits(), &broken) != (c.field != "") || broken != nil && broken.Field != c.field {
			t.Errorf("%+v: %v", c.s, c.s.Fits())
		}
	}
}
