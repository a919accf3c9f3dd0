// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The defaults of a [Schedule].
const (
	DefaultInterval       = 5 * time.Second
	DefaultTimeout        = 2 * time.Minute
	DefaultAttemptTimeout = 10 * time.Second
)

// MinInterval is the shortest pause between attempts.
const MinInterval = 100 * time.Millisecond

// Schedule says how often and how long to look.
type Schedule struct {
	// Interval is the pause between the end of an attempt and the next.
	Interval time.Duration
	// Timeout bounds the whole.
	Timeout time.Duration
	// AttemptTimeout bounds a single attempt.
	AttemptTimeout time.Duration
	// ConsecutiveSuccesses is how many attempts in a row have to succeed.
	ConsecutiveSuccesses int64
	// FailureLimit ends the check after so many failed attempts, in a row or not. 0 means no limit.
	FailureLimit int64
}

// Duration wants a positive Go duration.
func Duration(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("must be a duration such as 30s, 15m or 2h, is %s", excerpt(text))
	case d <= 0:
		return fmt.Errorf("must be more than 0s, is %s", excerpt(text))
	}
	return nil
}

// Interval wants a duration that leaves what is looked at some rest.
func Interval(text string) error {
	if err := Duration(text); err != nil {
		return err
	}
	if d, _ := time.ParseDuration(text); d < MinInterval {
		return fmt.Errorf("must be at least %s, is %s", MinInterval, d)
	}
	return nil
}

// Fits says with an [*Invalid] which setting does not go with the others. Each by itself has to be valid.
func (s Schedule) Fits() error {
	switch {
	case s.Interval > s.Timeout:
		return &Invalid{"interval", fmt.Sprintf("must not be longer than timeout, which is %s, is %s", s.Timeout, s.Interval)}
	// A division, since the product can overflow.
	case s.ConsecutiveSuccesses > 1 && s.ConsecutiveSuccesses-1 >= int64((s.Timeout+s.Interval-1)/s.Interval):
		return &Invalid{"consecutive_successes", fmt.Sprintf("cannot be reached: %d attempts, one every %s, do not fit in timeout, which is %s", s.ConsecutiveSuccesses, s.Interval, s.Timeout)}
	}
	return nil
}

// Result is what came of a check.
type Result struct {
	Passed bool
	// Attempts is how often it looked, Successes how many of these saw what they wanted.
	Attempts, Successes int64
	Duration            time.Duration
	CheckedAt           time.Time
	// Seen is what the last attempt saw, and Ended why there was no further one.
	Seen, Ended string
	// Hopeless says that waiting longer would not have mended it.
	Hopeless bool
	// Message is the whole in a sentence.
	Message string
}

// Run looks until enough attempts in a row have succeeded, or until the schedule or an error that waiting does not mend
// ends it. The error is the context's: whoever cancelled wants no result.
func Run(ctx context.Context, p Probe, s Schedule) (Result, error) {
	started := time.Now()
	whole, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	var r Result
	var inARow int64
	for r.Ended == "" {
		seen, err := attempt(whole, p, s.AttemptTimeout)
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		r.Attempts++
		if err == nil {
			r.Successes++
			inARow++
			r.Seen = seen
		} else {
			// An attempt that the end of the time cuts short saw less than the one before.
			if late := time.Since(started) >= s.Timeout; !late || inARow > 0 || r.Attempts == 1 || isHopeless(err) {
				r.Seen = err.Error()
			}
			inARow = 0
		}
		switch {
		case inARow == s.ConsecutiveSuccesses:
			r.Passed, r.Ended = true, "it passed"
		case isHopeless(err):
			r.Ended, r.Hopeless = "waiting does not mend it", true
		case s.FailureLimit > 0 && r.Attempts-r.Successes >= s.FailureLimit:
			r.Ended = fmt.Sprintf("failure_limit %d is reached", s.FailureLimit)
		case !pause(whole, s.Interval):
			r.Ended = fmt.Sprintf("timeout %s leaves no time for another", s.Timeout)
		}
		if ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
	}
	r.Duration = time.Since(started)
	r.CheckedAt = time.Now().UTC()
	r.Message = r.message(p, inARow)
	return r, nil
}

// attempt looks once, for a bounded time.
func attempt(ctx context.Context, p Probe, limit time.Duration) (string, error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	seen, err := p.Look(ctx)
	took := time.Since(started)
	switch {
	case err == nil:
		return seen + " in " + span(took), nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && !isHopeless(err):
		return "", fmt.Errorf("no answer within %s (%w)", span(took), err)
	}
	return "", err
}

// pause waits. It says false, at once, if the time that is left is not longer than that.
func pause(ctx context.Context, interval time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= interval {
		return false
	}
	timer := time.NewTimer(interval)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *Result) message(p Probe, inARow int64) string {
	tally := fmt.Sprintf("%d of %d attempts", r.Successes, r.Attempts)
	switch {
	case r.Passed && inARow > 1:
		return fmt.Sprintf("%s %s, %s, the last %d in a row", p.Target(), r.Seen, tally, inARow)
	case r.Passed:
		return fmt.Sprintf("%s %s, %s", p.Target(), r.Seen, tally)
	}
	return fmt.Sprintf("%s: %s; %s succeeded in %s, %s", p.Target(), r.Seen, tally, span(r.Duration), r.Ended)
}
