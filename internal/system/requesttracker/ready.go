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

// Ready implements [record.Connection]. A system that serves one role only needs the queue or the catalogs only.
func (c *connection) Ready(ctx context.Context) error {
	_, missing := c.container(ctx, queue, c.queue)
	if missing != nil && !errors.Is(missing, errNoContainer) {
		return missing
	}
	for _, named := range c.allCatalogs() {
		_, err := c.container(ctx, catalog, named)
		if err == nil {
			continue
		}
		if !errors.Is(err, errNoContainer) || missing != nil || len(c.catalogs) > 0 {
			return err
		}
	}
	return nil
}

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
