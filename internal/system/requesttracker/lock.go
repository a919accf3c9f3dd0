// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"sync"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// locks are held by name. Those who wait can give up.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	free chan struct{}
	// users are those who hold it or wait for it.
	users int
}

// busy are the records that this process is writing, of all connections: two provider blocks can use one RT, whose check of an
// ETag and the write after it are not one step.
var busy = locks{held: map[string]*lock{}}

// take waits until nobody else holds the name.
func (l *locks) take(ctx context.Context, name string) (release func(), err error) {
	l.mu.Lock()
	k := l.held[name]
	if k == nil {
		k = &lock{free: make(chan struct{}, 1)}
		l.held[name] = k
	}
	k.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.held, name)
		}
	}
	select {
	case k.free <- struct{}{}:
		return func() { <-k.free; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, record.Errorf(record.ErrUnavailable, "nothing was sent").Because(ctx.Err())
	}
}

// lock holds an object or a correlation key of this RT.
func (c *connection) lock(ctx context.Context, what, id string) (release func(), err error) {
	return busy.take(ctx, c.url+" "+what+" "+id)
}
