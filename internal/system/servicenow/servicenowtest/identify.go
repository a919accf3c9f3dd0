// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// reconcileItem finds the configuration item that an item of a payload is about, and inserts or updates it. The row is nil if there is
// none, because of an error or since nothing is committed.
func (c *call) reconcileItem(p *payload, index int, source string, commit bool) (*row, map[string]any) {
	it := &p.Items[index]
	t := c.in.store.dictionary.tables[it.ClassName]
	switch {
	case t == nil || !t.is("cmdb_ci"):
		return nil, itemError(it.ClassName, index, "INVALID_INPUT_DATA", "Invalid class name: "+it.ClassName)
	case source == "":
		// SND: sysparm_data_source, default: "Insert the API payload into the incomplete payloads table".
		return nil, itemAnswer(it.ClassName, "INSERT_AS_INCOMPLETE", "Unknown", index)
	case !c.in.isSource(source):
		return nil, itemError(it.ClassName, index, "INVALID_INPUT_DATA", "Invalid data source: "+source)
	case it.Source.Name != "" && !c.in.isSource(it.Source.Name):
		return nil, itemError(it.ClassName, index, "INVALID_INPUT_DATA", "Invalid data source: "+it.Source.Name)
	case c.in.behaviour.RequireHosts && !p.hosted(index, t):
		return nil, itemError(it.ClassName, index, "MISSING_DEPENDENCY",
			"In payload no relations defined for dependent class ["+it.ClassName+"] that matches any containment/hosting rules")
	}
	values, _ := c.accepted(t, it.Values, false)
	delete(values, "sys_class_name")
	found, attempts, many := c.in.recognise(t, it, values)
	if many {
		shown := itemError(it.ClassName, index, "MULTIPLE_DUPLICATE_RECORDS", "Found duplicate records in table ["+t.name+"]")
		shown["identificationAttempts"] = attempts
		return nil, shown
	}
	if found == nil && values["name"] == "" && values["serial_number"] == "" {
		shown := itemError(it.ClassName, index, "REQUIRED_ATTRIBUTE_EMPTY", "Missing mandatory field [name] in table ["+t.name+"]")
		shown["identificationAttempts"] = attempts
		return nil, shown
	}
	r, shown := c.commitItem(t, it, found, values, source, index, commit)
	shown["identificationAttempts"] = attempts
	return r, shown
}

// commitItem inserts, or updates found.
func (c *call) commitItem(t *table, it *item, found *row, values map[string]string, source string, index int, commit bool) (*row, map[string]any) {
	operation := "INSERT"
	if found != nil {
		operation = c.operation(t, it, found, values)
	}
	if !commit {
		id := "Unknown"
		if found != nil {
			id = found.id()
		}
		return found, itemAnswer(it.ClassName, operation, id, index)
	}
	// When a source saw an item last is no change of it.
	seen := map[string]string{"last_discovered": c.in.store.stamp()}
	var err error
	switch operation {
	case "INSERT":
		values["discovery_source"], values["first_discovered"] = source, c.in.store.stamp()
		maps.Copy(values, seen)
		found, err = c.in.create(t, values)
	case "NO_CHANGE":
		maps.Copy(found.values, seen)
	default:
		if operation != "UPDATE" {
			values["sys_class_name"] = t.name
		}
		values["discovery_source"] = source
		maps.Copy(values, seen)
		err = c.in.modify(found, values)
	}
	if err != nil {
		code := "INSERT_FAILED"
		if operation != "INSERT" {
			code = "UPDATE_FAILED"
		}
		return nil, itemError(it.ClassName, index, code, "Insertion failed with error: "+err.Error())
	}
	c.in.remember(it, found)
	return found, itemAnswer(found.table.name, operation, found.id(), index)
}

// operation is what happens to an item that is there.
func (c *call) operation(t *table, it *item, found *row, values map[string]string) string {
	switch {
	case t == found.table:
	case t.is(found.table.name) && !it.Settings.WithoutUpgrade:
		return "UPDATE_WITH_UPGRADE"
	case found.table.is(t.name) && !it.Settings.WithoutDowngrade:
		return "UPDATE_WITH_DOWNGRADE"
	case !t.is(found.table.name) && !found.table.is(t.name) && !it.Settings.WithoutSwitch:
		return "UPDATE_WITH_SWITCH"
	}
	for name, value := range values {
		if found.values[name] != value {
			return "UPDATE"
		}
	}
	return "NO_CHANGE"
}

func (i *Instance) isSource(name string) bool {
	_, ok := i.store.choice(i.store.dictionary.tables["cmdb_ci"], "discovery_source", name)
	return ok
}

// recognise finds the configuration item that an item is about: by the key that its source gave it, else by serial number, else by name.
// An instance has rules for each class, the rows of cmdb_identifier; the sample of the documentation shows those for hardware, and the
// same ones serve all classes here.
// The last one means that two servers of one name are one. Hardware is searched in all of cmdb_ci_hardware, others in their class.
func (i *Instance) recognise(t *table, it *item, values map[string]string) (found *row, attempts []any, many bool) {
	attempts = []any{}
	if it.Source.Name != "" && it.Source.NativeKey != "" {
		for _, s := range i.store.where("sys_object_source", "id", it.Source.NativeKey) {
			if r := i.store.find("cmdb_ci", s.get("target_sys_id")); s.get("name") == it.Source.Name && r != nil {
				return r, append(attempts, attempt("Source Native Key", "MATCHED", "sys_object_source", "id")), false
			}
		}
		attempts = append(attempts, attempt("Source Native Key", "NO_MATCH", "sys_object_source", "id"))
	}
	identifier, searched := t.label+" Rule", t.name
	if t.is("cmdb_ci_hardware") {
		identifier, searched = "Hardware Rule", "cmdb_ci_hardware"
	}
	for _, column := range []string{"serial_number", "name"} {
		if values[column] == "" {
			attempts = append(attempts, attempt(identifier, "SKIPPED", searched, column))
			continue
		}
		matches := i.store.where(searched, column, values[column])
		switch len(matches) {
		case 0:
			attempts = append(attempts, attempt(identifier, "NO_MATCH", searched, column))
		case 1:
			return matches[0], append(attempts, attempt(identifier, "MATCHED", searched, column)), false
		default:
			return nil, append(attempts, attempt(identifier, "MULTI_MATCH", searched, column)), true
		}
	}
	return nil, attempts, false
}

func attempt(identifier, outcome, searched, attribute string) map[string]any {
	return map[string]any{
		"identifierName": identifier, "attemptResult": outcome, "attributes": []string{attribute}, "searchOnTable": searched,
		"hybridEntryCiAttributes": []any{},
	}
}

// remember keeps the key that a source gave an item.
func (i *Instance) remember(it *item, r *row) {
	if it.Source.Name == "" || it.Source.NativeKey == "" {
		return
	}
	for _, s := range i.store.where("sys_object_source", "id", it.Source.NativeKey) {
		if s.get("name") == it.Source.Name && s.get("target_sys_id") == r.id() {
			s.values["last_scan"] = i.store.stamp()
			return
		}
	}
	i.store.insert("sys_object_source", map[string]string{
		"name": it.Source.Name, "id": it.Source.NativeKey, "source_feed": it.Source.Feed, "target_table": r.table.name,
		"target_sys_id": r.id(), "last_scan": i.store.stamp(),
	})
}

// hosted tells whether an item that depends on a host has a relation to one in the payload.
func (p *payload) hosted(index int, t *table) bool {
	if !t.is("cmdb_ci_appl") {
		return true
	}
	return slices.ContainsFunc(p.Relations, func(r relation) bool {
		return p.end(r.Parent, r.ParentID) == index && (strings.HasPrefix(r.Type, "Runs on::") || strings.HasPrefix(r.Type, "Hosted on::"))
	})
}

// ruleID is a sys_id that is the same for one name in all instances, as those of what comes out of the box are.
func ruleID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}
