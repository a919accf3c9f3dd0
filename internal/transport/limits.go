// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const defaultConcurrency = 8

// limits are what a client keeps to by itself: how fast, how many at a time, and not before a throttling system allows.
type limits struct {
	rate  *rate.Limiter
	slots chan struct{}

	mu    sync.Mutex
	until time.Time
}

func newLimits(perSecond float64, atATime int) *limits {
	l := &limits{rate: rate.NewLimiter(rate.Inf, 1), slots: make(chan struct{}, atATime)}
	if perSecond > 0 {
		l.rate = rate.NewLimiter(rate.Limit(perSecond), int(math.Ceil(perSecond)))
	}
	return l
}

// hold keeps all requests back for a while.
func (l *limits) hold(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// wait returns once a request may be sent. Release says that it has been answered.
func (l *limits) wait(ctx context.Context) (release func(), err error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case l.slots <- struct{}{}:
	}
	release = func() { <-l.slots }
	l.mu.Lock()
	held := time.Until(l.until)
	l.mu.Unlock()
	if held > 0 {
		err = sleep(ctx, held)
	}
	if err == nil {
		err = l.rate.Wait(ctx)
	}
	if err == nil {
		err = ctx.Err() // An infinite rate does not look at it.
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// first lets the first request with credentials go alone. Were they wrong, several at once could lock an account.
type first struct {
	begun atomic.Bool
	once  sync.Once
	done  chan struct{}
}

func (f *first) wait(ctx context.Context) error {
	if f.begun.CompareAndSwap(false, true) {
		return nil
	}
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *first) over() { f.once.Do(func() { close(f.done) }) }

// bytesOf words a size.
func bytesOf(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
