// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// The kinds of objects, as paths of REST 2.0.
const (
	asset       = "asset"
	ticket      = "ticket"
	transaction = "transaction"
)

const (
	// pageSize is the most that RT lists at once.
	pageSize = 100
	// idsPerSearch bounds how many alternatives one search has.
	idsPerSearch = 100
	// maxSearched is the longest text that RT compares: of a longer one it drops the condition and answers everything.
	maxSearched = 255
)

// listing is a search: of which objects, and what it shows of each, so that nothing has to be read one by one.
type listing struct {
	object string
	fields url.Values
}

// Links cost RT some queries for each row, so they are shown only where they are looked at.
var (
	assetList  = listing{asset, url.Values{"fields": {"Name,Status,Catalog,CustomFields"}, "fields[Catalog]": {"Name"}}}
	linkedList = listing{asset, url.Values{"fields": {"Name,Status,Catalog,CustomFields,_hyperlinks"}, "fields[Catalog]": {"Name"}}}
	ticketList = listing{ticket, url.Values{
		"fields":        {"Subject,Status,Type,Queue,Creator,Created,Starts,Due,Resolved,CustomFields,_hyperlinks"},
		"fields[Queue]": {"Name"}, "fields[Creator]": {"Name"},
	}}
	approvalList = listing{ticket, url.Values{
		"fields": {"Subject,Status,Owner,AdminCc,_hyperlinks"}, "fields[AdminCc]": {"Name"}, "fields[Owner]": {"Name"},
	}}
	transactionList = listing{transaction, url.Values{"fields": {"NewValue,Created,Creator,ObjectId"}, "fields[Creator]": {"Name"}}}
)

// search lists all rows that match, by id. It goes on behind the last id that it has seen: pages are counted anew when rows
// come and go, and RT answers a page past the end with the last one. Rows that the account may not see are taken out of
// pages, so the end is where nothing comes.
func (c *connection) search(ctx context.Context, of listing, query string) ([]row, error) {
	var all []row
	for last := int64(0); ; {
		found, total, err := c.page(ctx, of, query, last)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			n, ok := number(string(r.ID))
			if !ok || n <= last {
				return nil, record.Errorf(record.ErrUnavailable, "it lists %s %q after %d, so the list would never end", of.object, r.ID, last)
			}
			last = n
		}
		all = append(all, found...)
		if len(found) == 0 || total != nil && *total <= len(found) {
			return all, nil
		}
	}
}

// few is search for a query that has no more rows than fit on a page.
func (c *connection) few(ctx context.Context, of listing, query string) ([]row, error) {
	found, _, err := c.page(ctx, of, query, 0)
	return found, err
}

func (c *connection) page(ctx context.Context, of listing, query string, after int64) (rows []row, total *int, err error) {
	form := url.Values{"per_page": {strconv.Itoa(pageSize)}, "orderby": {"id"}, "order": {"ASC"}, "query": {query}}
	if after > 0 {
		form.Set("query", fmt.Sprintf("(%s) AND id > %d", query, after))
	}
	for name, values := range of.fields {
		form[name] = values
	}
	answer, err := c.do(ctx, transport.Request{
		Method: http.MethodPost, Path: "/" + of.object + "s", Reads: true, Body: []byte(form.Encode()), ContentType: formType,
	})
	if err != nil {
		return nil, nil, err
	}
	var list struct {
		Items *[]row
		Total *int
	}
	if err := answer.JSON(&list); err != nil {
		return nil, nil, err
	}
	if list.Items == nil {
		return nil, nil, record.Errorf(record.ErrUnavailable, "it answered no list of %ss, but %s", of.object, c.excerpt(answer.Body)).
			Advise("Check that the option url is that of %s itself", title)
	}
	return *list.Items, list.Total, nil
}

// byIDs lists the rows that have one of the ids, whatever else the condition wants. What is no id of RT is left out.
func (c *connection) byIDs(ctx context.Context, of listing, column, and string, ids []string) ([]row, error) {
	var conditions []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if _, ok := number(id); ok {
			conditions = append(conditions, column+" = "+id)
		}
	}
	var all []row
	for chunk := range slices.Chunk(conditions, idsPerSearch) {
		query := "(" + strings.Join(chunk, " OR ") + ")" + and
		find := c.search
		if column == "id" {
			find = c.few
		}
		found, err := find(ctx, of, query)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// quoted writes a text as a query has it.
func quoted(text string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace(text) + "'"
}

// equals compares a custom field. RT does so without regard to case, so rows are compared again.
func equals(custom, value string) string { return "CF.{" + custom + "} = " + quoted(value) }

// anyOf joins alternatives.
func anyOf(conditions []string) string { return "(" + strings.Join(conditions, " OR ") + ")" }
