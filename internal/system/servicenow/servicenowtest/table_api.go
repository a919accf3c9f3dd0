// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The Table API. SND: api-reference/rest-apis/c_TableAPI.md.

func (c *call) table() *table { return c.in.store.dictionary.tables[c.r.PathValue("table")] }

func (c *call) listRecords() answer {
	t := c.table()
	if t == nil {
		return invalidTable(c.r.PathValue("table"))
	}
	if c.denied(t) {
		return failure(http.StatusForbidden, "Insufficient rights to query records", "")
	}
	values := c.r.URL.Query()
	found := c.in.selected(t.name, c.filter(t, values))
	page, from, limit := cutPage(found, values)
	how := c.rendering()
	list := make([]map[string]any, 0, len(page))
	for _, r := range page {
		// The limit is applied before access control: a page can be short, or empty, and not be the last one.
		if !c.concealed(r) {
			list = append(list, c.record(r, how))
		}
	}
	// Version 1 has no empty result.
	if c.version == "v1" && len(list) == 0 {
		return notFound()
	}
	a := result(http.StatusOK, list)
	if values.Get("sysparm_no_count") != "true" {
		a.header.Set("X-Total-Count", strconv.Itoa(len(found)))
	}
	if links := c.pageLinks(from, limit, len(found)); links != "" && values.Get("sysparm_suppress_pagination_header") != "true" {
		a.header.Set("Link", links)
	}
	return a
}

// filter is the encoded query of a request: sysparm_query, or else names and values.
func (c *call) filter(t *table, values url.Values) string {
	if values.Has("sysparm_query") {
		return values.Get("sysparm_query")
	}
	var parts []string
	for name := range values {
		if t.byName[name] != nil {
			parts = append(parts, name+"="+c.in.undisplayed(t, t.byName[name], values.Get(name)))
		}
	}
	return strings.Join(parts, "^")
}

// cutPage is the page of found that sysparm_offset and sysparm_limit say.
func cutPage(found []*row, values url.Values) (page []*row, from, limit int) {
	limit = 10000
	if n, err := strconv.Atoi(values.Get("sysparm_limit")); err == nil && n >= 0 {
		limit = n
	}
	from, _ = strconv.Atoi(values.Get("sysparm_offset"))
	from = max(from, 0)
	start := min(from, len(found))
	return found[start:min(start+limit, len(found))], from, limit
}

// pageLinks is the header Link.
func (c *call) pageLinks(from, limit, total int) string {
	if limit == 0 || total <= limit {
		return ""
	}
	link := func(offset int, rel string) string {
		values := c.r.URL.Query()
		values.Set("sysparm_offset", strconv.Itoa(offset))
		values.Set("sysparm_limit", strconv.Itoa(limit))
		return fmt.Sprintf("<%s%s?%s>;rel=%q", c.base(), c.r.URL.Path, values.Encode(), rel)
	}
	links := []string{link(0, "first")}
	if from > 0 {
		links = append(links, link(max(from-limit, 0), "prev"))
	}
	if from+limit < total {
		links = append(links, link(from+limit, "next"))
	}
	return strings.Join(append(links, link((total-1)/limit*limit, "last")), ",")
}

// target is the record that the path names, unless it is hidden from the user.
func (c *call) target() (*row, answer, bool) {
	t := c.table()
	if t == nil {
		return nil, invalidTable(c.r.PathValue("table")), false
	}
	r := c.in.store.find(t.name, c.r.PathValue("id"))
	if r == nil || c.denied(t) || c.concealed(r) {
		return nil, notFound(), false
	}
	return r, answer{}, true
}

func (c *call) getRecord() answer {
	r, no, ok := c.target()
	if !ok {
		return no
	}
	return result(http.StatusOK, c.record(r, c.rendering()))
}

func (c *call) createRecord() answer {
	t := c.table()
	if t == nil {
		return invalidTable(c.r.PathValue("table"))
	}
	if c.readOnlyTable(t) {
		return refused(&abort{access: "Insert"})
	}
	body, ok := c.object()
	if !ok {
		return invalidJSON()
	}
	values, _ := c.accepted(t, body, c.displayInput())
	r, err := c.in.create(t, values)
	if err != nil {
		return refused(err)
	}
	a := result(http.StatusCreated, c.record(r, c.rendering()))
	a.header.Set("Location", c.base()+"/api/now/table/"+t.name+"/"+r.id())
	return a
}

// updateRecord serves PATCH and PUT, which both change only what they name.
func (c *call) updateRecord() answer {
	r, no, ok := c.target()
	if !ok {
		return no
	}
	if c.readOnlyTable(r.table) || !c.mayWrite(r) {
		return refused(&abort{access: "Update"})
	}
	body, ok := c.object()
	if !ok {
		return invalidJSON()
	}
	values, _ := c.accepted(r.table, body, c.displayInput())
	if err := c.in.modify(r, values); err != nil {
		return refused(err)
	}
	return result(http.StatusOK, c.record(r, c.rendering()))
}

func (c *call) deleteRecord() answer {
	r, no, ok := c.target()
	if !ok {
		return no
	}
	if c.readOnlyTable(r.table) || !c.mayDelete(r) {
		return refused(&abort{access: "Delete"})
	}
	if err := c.in.remove(r); err != nil {
		return refused(err)
	}
	return noContent()
}

// displayInput tells whether values in the body are display values.
func (c *call) displayInput() bool {
	return c.r.URL.Query().Get("sysparm_input_display_value") == "true"
}
