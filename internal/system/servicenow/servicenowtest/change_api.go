// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The Change Management API. SND: api-reference/rest-apis/change-management-api.md.

// createChange serves POST /change. The type can be in the body or in the URL, as all values.
func (c *call) createChange() answer { return c.newChange("", nil, nil) }

func (c *call) createNormalChange() answer { return c.newChange("normal", nil, nil) }

func (c *call) createEmergencyChange() answer { return c.newChange("emergency", nil, nil) }

// createStandardChange makes a change of a template. What the template is about is not taken from the request.
func (c *call) createStandardChange() answer {
	template := c.in.store.find("std_change_record_producer", c.r.PathValue("id"))
	if template == nil || template.get("active") != "true" {
		return failure(http.StatusBadRequest, "Standard Change Template not found or not active", "")
	}
	values := map[string]string{"std_change_producer_version": template.get("current_version")}
	t := c.in.store.dictionary.tables["change_request"]
	for part := range strings.SplitSeq(template.get("template"), "^") {
		if name, value, ok := strings.Cut(part, "="); ok && t.byName[name] != nil {
			values[name] = value
		}
	}
	return c.newChange("standard", values, []string{"description", "backout_plan", "test_plan", "implementation_plan"})
}

// newChange creates a change of a kind, with the values of a template, which win over those of the request in the fixed columns.
func (c *call) newChange(kind string, template map[string]string, fixed []string) answer {
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	t := c.in.store.dictionary.tables["change_request"]
	if c.denied(t) {
		return changeRefused(&abort{access: "Insert"}, "created")
	}
	if name, _ := text(body["chg_model"]); name != "" && c.in.store.find("chg_model", name) == nil {
		m := c.in.store.first("chg_model", "name", name)
		if m == nil {
			return failure(http.StatusBadRequest, "Invalid change model", name)
		}
		body["chg_model"] = m.id()
		if kind == "" {
			kind = strings.ToLower(name)
		}
	}
	given, _ := text(body["type"])
	if kind == "" {
		kind = strings.ToLower(given)
	}
	if _, known := c.in.store.choice(t, "type", kind); !known && kind != "" {
		kind = "normal"
	}
	var ignored []string
	for _, name := range fixed {
		if _, given := body[name]; given {
			ignored = append(ignored, name)
			delete(body, name)
		}
	}
	values, dropped := c.accepted(t, body, false)
	all := maps.Clone(template)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, values)
	if kind != "" {
		all["type"] = kind
	}
	r, err := c.in.create(t, all)
	if err != nil {
		return changeRefused(err, "created")
	}
	return c.changeAnswer(r, append(ignored, dropped...))
}

// fields are the values of a request: those in the body win over those in the URL.
func (c *call) fields() (map[string]any, answer, bool) {
	values := make(map[string]any)
	for name := range c.r.URL.Query() {
		if !strings.HasPrefix(name, "sysparm_") {
			values[name] = c.r.URL.Query().Get(name)
		}
	}
	body, ok := c.object()
	if !ok {
		return nil, invalidJSON(), false
	}
	maps.Copy(values, body)
	delete(values, "encrypted_fields")
	return values, answer{}, true
}

// change is the change that the path names, unless it is hidden from the user.
func (c *call) change() *row {
	r := c.in.store.find("change_request", c.r.PathValue("id"))
	if r == nil || c.concealed(r) || c.denied(r.table) {
		return nil
	}
	return r
}

func noChange() answer {
	return failure(http.StatusNotFound, "Record not found", "Change Request record could not be found")
}

// changeRefused has another form than the Table API, as a practitioner's script shows.
func changeRefused(err error, done string) answer {
	return failure(http.StatusForbidden, "Change Request record could not be "+done+". "+err.Error(), "")
}

func (c *call) getChange() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	return c.changeAnswer(r, nil)
}

func (c *call) listChanges() answer {
	values := c.r.URL.Query()
	page, _, _ := cutPage(c.in.selected("change_request", values.Get("sysparm_query")), values)
	list := make([]map[string]any, 0, len(page))
	for _, r := range page {
		if !c.concealed(r) {
			list = append(list, c.both(r))
		}
	}
	return result(http.StatusOK, list)
}

func (c *call) updateChange() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	values, ignored := c.accepted(r.table, body, false)
	if state, ok := text(body["state"]); ok && state != "" && !c.unwritable(r.table, "state") {
		// A state is a number, or the text for one.
		values["state"] = state
		ignored = slices.DeleteFunc(ignored, func(name string) bool { return name == "state" })
	}
	if err := c.in.modify(r, values); err != nil {
		return changeRefused(err, "updated")
	}
	return c.changeAnswer(r, ignored)
}

func (c *call) deleteChange() answer {
	r := c.change()
	switch {
	case r == nil:
		return noChange()
	case !c.mayDelete(r):
		return failure(http.StatusForbidden, "User does not have permission to delete the change", "")
	}
	if err := c.in.remove(r); err != nil {
		return changeRefused(err, "deleted")
	}
	return noContent()
}

// decideChange decides for the calling user.
func (c *call) decideChange() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	state, _ := text(body["state"])
	comment, _ := text(body["comments"])
	if state != "approved" && state != "rejected" {
		return failure(http.StatusBadRequest, "Invalid state", "Valid values are: approved, rejected")
	}
	approval := c.in.pending(r.id(), c.account.id)
	if approval == nil {
		return failure(http.StatusBadRequest, "User does not have the authority to approve or reject the change request", "")
	}
	if err := c.in.modify(approval, decision(state == "approved", comment)); err != nil {
		return changeRefused(err, "updated")
	}
	return c.changeAnswer(r, nil)
}

// changeAnswer shows one change. Names of fields that were not taken are in __meta.
func (c *call) changeAnswer(r *row, ignored []string) answer {
	shown := c.both(r)
	if len(ignored) > 0 {
		slices.Sort(ignored)
		shown["__meta"] = map[string]any{"ignoredFields": ignored}
	}
	if c.in.behaviour.ResultArrays {
		return result(http.StatusOK, []any{shown})
	}
	return result(http.StatusOK, shown)
}

// both shows a record as value and display value. Numbers are 3.0 and truth is true, not text: see the sample of PATCH /change/{sys_id}.
func (c *call) both(r *row) map[string]any {
	shown := make(map[string]any)
	for _, column := range r.table.columns {
		if c.hidden(r.table.name, column.Name) {
			continue
		}
		value := r.values[column.Name]
		field := map[string]any{"value": value, "display_value": c.in.displayed(r, column, time.UTC)}
		switch {
		case column.Type == "integer" && value != "":
			field["value"] = json.Number(value + ".0")
		case column.Type == "boolean":
			field["value"] = value == "true"
		case column.Type == "glide_date_time":
			field["display_value_internal"] = value
		}
		shown[column.Name] = field
	}
	return shown
}
