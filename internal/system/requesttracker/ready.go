// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The kinds of what holds tickets and assets.
const (
	queue   = "queue"
	catalog = "catalog"
)

// Ready implements [record.Connection]. It is not told which role the system serves, and one role only needs the queue or the
// catalogs only: it is enough that the account can make something in either. An account that can do so in some catalogs needs the
// others as well.
func (c *connection) Ready(ctx context.Context) error {
	noQueue := c.writable(ctx, queue, c.queue)
	if noQueue != nil && !errors.Is(noQueue, errNoContainer) && !errors.Is(noQueue, errNoRight) {
		return noQueue
	}
	var noCatalog error
	some := false
	for _, named := range c.allCatalogs() {
		err := c.writable(ctx, catalog, named)
		hidden := errors.Is(err, errNoContainer)
		switch {
		case err == nil:
			some = true
		case !hidden && !errors.Is(err, errNoRight), hidden && len(c.catalogs) > 0:
			return err
		case noCatalog == nil:
			noCatalog = err
		}
	}
	switch {
	case noCatalog == nil, noQueue == nil && !some:
		return nil
	case noQueue == nil || some:
		return noCatalog
	}
	return neither(noQueue, noCatalog)
}

// neither is the error of an account that can make neither tickets nor assets.
func neither(noQueue, noCatalog error) error {
	var q, c *record.Error
	if !errors.As(noQueue, &q) || !errors.As(noCatalog, &c) {
		return errors.Join(noQueue, noCatalog)
	}
	return record.Errorf(record.ErrUnauthorized, "%s, and %s", q.Answer, c.Answer).Because(noQueue).
		Advise("For change requests: %s. For configuration items: %s", q.Advice, c.Advice)
}

// writable says why nothing can be made in a queue or catalog; nil where RT shows the account that it can.
func (c *connection) writable(ctx context.Context, kind, named string) error {
	r, err := c.container(ctx, kind, named)
	if err != nil || r.offers() {
		return err
	}
	return record.Errorf(record.ErrUnauthorized, "the account cannot make anything in the %s %q", kind, named).Because(errNoRight).
		Advise("Give the account the right %s in the %s %q", createRight(kind), kind, named)
}

// createRight is the right to make something in a queue or catalog.
func createRight(kind string) string {
	return map[string]string{queue: "CreateTicket", catalog: "CreateAsset"}[kind]
}

// errNoRight says that RT offers the account to make nothing there.
var errNoRight = errors.New("RT does not offer it")

// errNoContainer says that the account sees no queue or catalog of that name.
var errNoContainer = errors.New("it does not exist, or the account may not see it")

// container reads a queue or catalog.
func (c *connection) container(ctx context.Context, kind, named string) (*row, error) {
	r, err := c.one(ctx, kind, named)
	var e *record.Error
	switch {
	case errors.As(err, &e) && errors.Is(err, record.ErrUnauthorized) && !e.Everything, err == nil && r == nil:
		right := map[string]string{queue: "SeeQueue", catalog: "ShowCatalog"}[kind]
		return nil, record.Errorf(record.ErrUnauthorized, "the account sees no %s %q", kind, named).Because(errNoContainer).
			Advise("Make the %s with the set-up script, give the account the right %s to it, or name another in the option %s", kind, right, kind)
	}
	return r, err
}

// offers says whether RT shows that something can be made there.
func (r *row) offers() bool {
	return slices.ContainsFunc(r.Links, func(l link) bool { return strings.EqualFold(l.Ref, "create") })
}
