// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"encoding/json"
	"net/http"
)

// The Identification and Reconciliation API. SND: api-reference/rest-apis/c_IdentifyReconcileAPI.md.

// payload is what a data source sends.
type payload struct {
	Items     []item     `json:"items"`
	Relations []relation `json:"relations"`
}

type item struct {
	ClassName string         `json:"className"`
	ID        string         `json:"internal_id"`
	Values    map[string]any `json:"values"`
	Lookup    []any          `json:"lookup"`
	Related   []any          `json:"related"`
	Settings  struct {
		WithoutDowngrade bool `json:"updateWithoutDowngrade"`
		WithoutSwitch    bool `json:"updateWithoutSwitch"`
		WithoutUpgrade   bool `json:"updateWithoutUpgrade"`
	} `json:"settings"`
	Source struct {
		Name      string `json:"source_name"`
		NativeKey string `json:"source_native_key"`
		Feed      string `json:"source_feed"`
	} `json:"sys_object_source_info"`
}

type relation struct {
	Parent   *int   `json:"parent"`
	Child    *int   `json:"child"`
	ParentID string `json:"parent_id"`
	ChildID  string `json:"child_id"`
	Type     string `json:"type"`
}

// identify takes a payload. It answers 200 even if no item was taken.
func (c *call) identify() answer { return c.reconcile(true) }

// simulate says what would be done, and does nothing.
func (c *call) simulate() answer { return c.reconcile(false) }

func (c *call) reconcile(commit bool) answer {
	var p payload
	if err := json.Unmarshal(c.body, &p); err != nil {
		return invalidJSON()
	}
	for _, it := range p.Items {
		if t := c.in.store.dictionary.tables[it.ClassName]; t != nil && c.denied(t) {
			return failure(http.StatusForbidden, "User Not Authorized", "Failed API level ACL Validation")
		}
	}
	source := c.r.URL.Query().Get("sysparm_data_source")
	items := make([]map[string]any, 0, len(p.Items))
	done := make([]*row, len(p.Items))
	failed := 0
	for n := range p.Items {
		var shown map[string]any
		done[n], shown = c.reconcileItem(&p, n, source, commit)
		if shown["errorCount"] != 0 {
			failed++
		}
		items = append(items, shown)
	}
	relations := make([]map[string]any, 0, len(p.Relations))
	for n, rel := range p.Relations {
		relations = append(relations, c.reconcileRelation(&p, rel, n, done, commit))
	}
	content := map[string]any{
		"items": items, "relations": relations, "additionalCommittedItems": []any{}, "additionalCommittedRelations": []any{},
	}
	if failed > 0 {
		content["hasError"] = true
	}
	return result(http.StatusOK, content)
}

// itemAnswer is what all answers about an item have.
func itemAnswer(className, operation, id string, index int) map[string]any {
	return map[string]any{
		"className": className, "operation": operation, "sysId": id, "identifierEntrySysId": "Unknown",
		"identificationAttempts": []any{}, "markers": []any{}, "inputIndices": []int{index}, "mergedPayloadIds": []any{}, "errorCount": 0,
	}
}

// itemError answers an item that was not taken.
func itemError(className string, index int, code, message string) map[string]any {
	shown := itemAnswer(className, "", "Unknown", index)
	delete(shown, "operation")
	shown["errors"] = []any{map[string]any{"error": code, "message": message}}
	shown["errorCount"] = 1
	return shown
}

// reconcileRelation adds a relationship between items, once.
func (c *call) reconcileRelation(p *payload, rel relation, index int, done []*row, commit bool) map[string]any {
	shown := map[string]any{
		"className": "cmdb_rel_ci", "operation": "NO_CHANGE", "sysId": "Unknown", "markers": []any{}, "inputIndices": []int{index},
		"mergedPayloadIds": []any{}, "errorCount": 0,
	}
	fail := func(code, message string) map[string]any {
		delete(shown, "operation")
		shown["errorCount"] = 1
		shown["errors"] = []any{map[string]any{"error": code, "message": message}}
		return shown
	}
	parent, child := p.end(rel.Parent, rel.ParentID), p.end(rel.Child, rel.ChildID)
	if parent < 0 || child < 0 {
		return fail("INVALID_INPUT_DATA", "Relation refers to an item that is not in the payload")
	}
	kind := c.in.store.first("cmdb_rel_type", "name", rel.Type)
	if kind == nil {
		return fail("INVALID_INPUT_DATA", "Invalid relationship type: "+rel.Type)
	}
	from, to := done[parent], done[child]
	if from == nil || to == nil {
		if commit {
			return fail("ABANDONED", "Relation was abandoned because an item of it has errors")
		}
		shown["operation"] = "INSERT"
		return shown
	}
	for _, r := range c.in.store.where("cmdb_rel_ci", "parent", from.id()) {
		if r.get("child") == to.id() && r.get("type") == kind.id() {
			shown["sysId"] = r.id()
			return shown
		}
	}
	shown["operation"] = "INSERT"
	if commit {
		r := c.in.store.insert("cmdb_rel_ci", map[string]string{"parent": from.id(), "child": to.id(), "type": kind.id()})
		shown["sysId"] = r.id()
	}
	return shown
}

// end is the index of the item that a relation names by index or internal ID, or -1.
func (p *payload) end(index *int, id string) int {
	if index != nil && *index >= 0 && *index < len(p.Items) {
		return *index
	}
	for n := range p.Items {
		if id != "" && p.Items[n].ID == id {
			return n
		}
	}
	return -1
}
