// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"fmt"
	"net/http"
	"strings"
)

// association is how a change is associated with configuration items. SND: api-reference/rest-apis/change-management-api.md, .../ci.
type association struct{ table, column string }

var associations = map[string]association{
	"affected": {"task_ci", "ci_item"},
	"impacted": {"task_cmdb_ci_service", "cmdb_ci_service"},
	"offering": {"task_service_offering", "service_offering"},
}

// associate promises to associate configuration items with a change.
func (c *call) associate() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	body, no, ok := c.fields()
	if !ok {
		return no
	}
	kind, _ := text(body["association_type"])
	a, known := associations[kind]
	ids := identifiers(body["cmdb_ci_sys_ids"])
	switch {
	case !known:
		return failure(http.StatusBadRequest, "Invalid association_type", kind)
	case len(ids) == 0:
		return failure(http.StatusBadRequest, "cmdb_ci_sys_ids is required", "")
	}
	request := map[string]any{"cmdb_ci_sys_ids": ids, "association_type": kind, "task": r.id()}
	return c.promise(kind, request, func(w *worker) {
		for _, id := range ids {
			switch {
			case c.in.store.find("cmdb_ci", id) == nil:
				w.errors = append(w.errors, "Invalid CMDB_CI sys_id provided: "+id)
			case c.in.associated(r, a, id):
				w.infos = append(w.infos, "CMDB_CI sys_id already associated: "+id)
			default:
				c.in.store.insert(a.table, map[string]string{"task": r.id(), a.column: id})
			}
		}
	})
}

func (i *Instance) associated(change *row, a association, id string) bool {
	for _, r := range i.store.where(a.table, "task", change.id()) {
		if r.get(a.column) == id {
			return true
		}
	}
	return false
}

// identifiers are given as a list, or as text with commas.
func identifiers(value any) []string {
	var ids []string
	switch v := value.(type) {
	case string:
		for id := range strings.SplitSeq(v, ",") {
			if id = strings.TrimSpace(id); id != "" {
				ids = append(ids, id)
			}
		}
	case []any:
		for _, id := range v {
			ids = append(ids, fmt.Sprint(id))
		}
	}
	return ids
}

func (c *call) listAssociated() answer {
	r := c.change()
	if r == nil {
		return noChange()
	}
	a, known := associations[c.r.URL.Query().Get("association_type")]
	if !known {
		return failure(http.StatusBadRequest, "Invalid association_type", "")
	}
	list := make([]map[string]any, 0)
	for _, row := range c.in.store.where(a.table, "task", r.id()) {
		list = append(list, c.both(row))
	}
	return result(http.StatusOK, list)
}
