// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"slices"
	"strings"
	"time"
)

// rendering is how an interface shows records.
type rendering struct {
	fields       []string // empty: all
	display      string   // sysparm_display_value: false, true or all
	excludeLinks bool
	base         string // of links
	zone         *time.Location
}

// rendering reads the parameters that the Table API shares with others. SND: api-reference/rest-apis/c_TableAPI.md.
func (c *call) rendering() rendering {
	values := c.r.URL.Query()
	r := rendering{display: values.Get("sysparm_display_value"), excludeLinks: values.Get("sysparm_exclude_reference_link") == "true", base: c.base(), zone: time.UTC}
	if fields := values.Get("sysparm_fields"); fields != "" {
		for name := range strings.SplitSeq(fields, ",") {
			r.fields = append(r.fields, strings.TrimSpace(name))
		}
	}
	if c.user != nil {
		if zone, err := time.LoadLocation(c.user.get("time_zone")); err == nil {
			r.zone = zone
		}
	}
	return r
}

// record shows a record. Columns that the table lacks, and those that the user may not read, are left out without a word.
// SND: api-reference/rest-api-explorer/c_RESTAPI.md.
func (c *call) record(r *row, how rendering) map[string]any {
	shown := make(map[string]any)
	fields := how.fields
	if len(fields) == 0 {
		for _, column := range r.table.columns {
			fields = append(fields, column.Name)
		}
	}
	for _, path := range fields {
		source, column := c.in.walk(r, path)
		if column == nil || c.hidden(r.table.name, path) || (source != nil && c.hidden(source.table.name, column.Name)) {
			continue
		}
		if source == nil {
			shown[path] = ""
			continue
		}
		shown[path] = c.field(source, column, how)
	}
	return shown
}

// walk follows a path of references, and returns the last record and its column. There is no column if a table lacks it, and no
// record if a reference is empty.
func (i *Instance) walk(r *row, path string) (*row, *Column) {
	t := r.table
	for {
		name, rest, walks := strings.Cut(path, ".")
		column := t.byName[name]
		if column == nil || !walks {
			return r, column
		}
		if t = i.store.dictionary.tables[column.Reference]; t == nil {
			return nil, nil
		}
		if r != nil {
			if r = i.store.byID[r.values[name]]; r != nil {
				t = r.table
			}
		}
		path = rest
	}
}

// field shows the value of a column.
func (c *call) field(r *row, column *Column, how rendering) any {
	value := r.values[column.Name]
	link := ""
	if column.Reference != "" && value != "" && !how.excludeLinks {
		link = how.base + "/api/now/table/" + column.Reference + "/" + value
	}
	switch how.display {
	case "true":
		display := c.in.displayed(r, column, how.zone)
		if link != "" {
			return map[string]any{"display_value": display, "link": link}
		}
		return display
	case "all":
		both := map[string]any{"display_value": c.in.displayed(r, column, how.zone), "value": value}
		if link != "" {
			both["link"] = link
		}
		return both
	}
	if link != "" {
		return map[string]any{"link": link, "value": value}
	}
	return value
}

// displayed is what stands for a value: of a time the one in the user's time zone, of a journal all entries.
func (i *Instance) displayed(r *row, column *Column, zone *time.Location) string {
	switch column.Type {
	case "glide_date_time":
		if t, err := time.Parse(timeLayout, r.values[column.Name]); err == nil {
			return t.In(zone).Format(timeLayout)
		}
	case "journal_input":
		return i.journalText(r, column, zone)
	case "glide_list":
		var names []string
		for id := range strings.SplitSeq(r.values[column.Name], ",") {
			if target := i.store.byID[id]; target != nil {
				id = target.values[target.table.display()]
			}
			names = append(names, id)
		}
		return strings.Join(names, ", ")
	}
	return i.store.display(r, column)
}

// journalText is what a person sees of a journal: the entries, the last one first. The value of a journal column itself is empty.
func (i *Instance) journalText(r *row, column *Column, zone *time.Location) string {
	var text strings.Builder
	for _, entry := range slices.Backward(i.store.where("sys_journal_field", "element_id", r.id())) {
		if entry.get("element") != column.Name {
			continue
		}
		at, _ := time.Parse(timeLayout, entry.get("sys_created_on"))
		who := entry.get("sys_created_by")
		if user := i.store.first("sys_user", "user_name", who); user != nil {
			who = user.get("name")
		}
		text.WriteString(at.In(zone).Format(timeLayout) + " - " + who + " (" + column.Label + ")\n" + entry.get("value") + "\n\n")
	}
	return text.String()
}
