// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// maxURL is how long a URL may be: instances answer 414 to one of more than 2,048 characters.
const maxURL = 2000

// listing is a request for rows of a table.
type listing struct {
	table  string
	query  query
	fields []string
	// display asks for the display values as well.
	display bool
}

func (l listing) values(offset, limit int) url.Values {
	v := url.Values{
		"sysparm_query": {l.query.text()}, "sysparm_fields": {strings.Join(l.fields, ",")}, "sysparm_exclude_reference_link": {"true"},
		"sysparm_limit": {strconv.Itoa(limit)},
	}
	if offset > 0 {
		v.Set("sysparm_offset", strconv.Itoa(offset))
	}
	if l.display {
		v.Set("sysparm_display_value", "all")
	}
	return v
}

func (l listing) path() string { return "/api/now/table/" + l.table }

// size is how long the URL gets, with some room for the offset.
func (c *connection) size(l listing) int {
	const offset = len("&sysparm_offset=10000000")
	return len(c.url) + len(l.path()) + 1 + len(l.values(0, 10000).Encode()) + offset
}

// page lists some rows. total is how many there are in all, including those that access control hides; -1 if the instance does
// not say.
func (c *connection) page(ctx context.Context, l listing, offset, limit int) (rows []row, total int, err error) {
	answer, err := c.do(ctx, transport.Request{Method: http.MethodGet, Path: l.path(), Query: l.values(offset, limit)})
	if err != nil {
		// The first version of the interface answers so where nothing matches.
		if isReason(err, record.ErrNotFound) && strings.Contains(err.Error(), "No Record found") {
			return nil, 0, nil
		}
		return nil, 0, err
	}
	if rows, err = results(answer); err != nil {
		return nil, 0, err
	}
	total, err = strconv.Atoi(answer.Header.Get("X-Total-Count"))
	switch {
	case err == nil:
	case strings.Contains(answer.Header.Get("Link"), `rel="next"`), strings.Contains(answer.Header.Get("Link"), "rel=next"):
		total = -1
	default:
		total = offset + len(rows)
	}
	return rows, total, nil
}

// list lists all rows that can be seen. hidden says how many cannot. The limit of a page is applied before access control, so a page
// that is short, or empty, is not the last one: the count is.
func (c *connection) list(ctx context.Context, l listing) (rows []row, hidden int, err error) {
	seen := map[string]bool{}
	for offset := 0; ; offset += c.pageSize {
		page, total, err := c.page(ctx, l, offset, c.pageSize)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range page {
			if id := r["sys_id"]; !seen[id] { // Rows that are added meanwhile shift others to the next page.
				seen[id] = true
				rows = append(rows, r)
			}
		}
		if total >= 0 && offset+c.pageSize >= total {
			return rows, max(total-len(rows), 0), nil
		}
	}
}

// listEach lists by many values, in as few requests as the length of a URL allows. The values are all different.
func (c *connection) listEach(ctx context.Context, l listing, values []string, condition func(query, []string) query) (rows []row, hidden int, err error) {
	for len(values) > 0 {
		n := c.fitting(l, values, condition)
		asked := l
		asked.query = condition(slices.Clone(l.query), values[:n])
		found, unseen, err := c.list(ctx, asked)
		if err != nil {
			return nil, 0, err
		}
		rows, hidden, values = append(rows, found...), hidden+unseen, values[n:]
	}
	return rows, hidden, nil
}

// fitting is how many of the values fit into a URL: at least one, and the instance then says what it thinks of it.
func (c *connection) fitting(l listing, values []string, condition func(query, []string) query) int {
	n := 1
	for n < len(values) {
		longer := l
		longer.query = condition(slices.Clone(l.query), values[:n+1])
		if c.size(longer) > maxURL {
			break
		}
		n++
	}
	return n
}
