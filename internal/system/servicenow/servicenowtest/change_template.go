// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import "net/http"

// AddStandardTemplate adds a template of standard changes, and returns its sys_id. Values are those of the changes made of it.
func (i *Instance) AddStandardTemplate(name string, values map[string]string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	text := ""
	for column, value := range values {
		text += column + "=" + value + "^"
	}
	template := i.store.insert("std_change_record_producer", map[string]string{
		"name": name, "short_description": values["short_description"], "template": text + "EQ",
	})
	version := i.store.insert("std_change_producer_version", map[string]string{"name": name + " - 1", "std_change_producer": template.id()})
	i.store.update(template, map[string]string{"current_version": version.id()})
	return template.id()
}

func (c *call) listTemplates() answer { return c.listBoth("std_change_record_producer") }

func (c *call) getTemplate() answer { return c.getBoth("std_change_record_producer") }

func (c *call) listModels() answer { return c.listBoth("chg_model") }

func (c *call) getModel() answer { return c.getBoth("chg_model") }

func (c *call) listBoth(table string) answer {
	list := make([]map[string]any, 0)
	page, _, _ := cutPage(c.in.selected(table, c.r.URL.Query().Get("sysparm_query")), c.r.URL.Query())
	for _, r := range page {
		list = append(list, c.both(r))
	}
	return result(http.StatusOK, list)
}

func (c *call) getBoth(table string) answer {
	r := c.in.store.find(table, c.r.PathValue("id"))
	if r == nil {
		return notFound()
	}
	return result(http.StatusOK, c.both(r))
}
