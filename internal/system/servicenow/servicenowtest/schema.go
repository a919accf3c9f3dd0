// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import "strings"

// definition is a table out of the box. Its columns are written as parseColumn reads them, separated by semicolons, its choices as
// "column: value=label, ...".
type definition struct {
	name, label, extends string
	columns              string
	choices              []string
}

// systemColumns are in every table.
const systemColumns = "sys_id string(32); sys_created_on glide_date_time; sys_created_by string(40); sys_updated_on glide_date_time; " +
	"sys_updated_by string(40); sys_mod_count integer; sys_tags string(255)"

// readOnly are the columns that the platform itself writes.
var readOnly = map[string]bool{
	"sys_id": true, "sys_created_on": true, "sys_created_by": true, "sys_updated_on": true, "sys_updated_by": true,
	"sys_mod_count": true, "sys_tags": true, "sys_class_path": true,
}

// outOfTheBox are the tables of a new instance, parents first.
var outOfTheBox = append(append(append([]definition{}, platformTables...), taskTables...), cmdbTables...)

// addTable adds a table of a new instance.
func (i *Instance) addTable(d definition) {
	i.store.dictionary.add(d.name, d.label, d.extends)
	t := i.store.dictionary.tables[d.name]
	columns := d.columns
	if t.parent == nil {
		columns = systemColumns + "; " + columns
	}
	for text := range strings.SplitSeq(columns, ";") {
		if text = strings.TrimSpace(text); text != "" {
			c := parseColumn(text)
			c.ReadOnly = readOnly[c.Name]
			i.store.dictionary.addColumn(t, c)
		}
	}
}

// addSeeds adds the rows that describe the tables of a new instance, and the few records that it comes with.
func (i *Instance) addSeeds() {
	for _, d := range outOfTheBox {
		var parent string
		if r := i.store.first("sys_db_object", "name", d.extends); r != nil {
			parent = r.id()
		}
		i.store.insert("sys_db_object", map[string]string{"name": d.name, "label": d.label, "super_class": parent})
		for _, c := range i.store.dictionary.tables[d.name].own {
			i.store.insert("sys_dictionary", dictionaryRow(d.name, c))
		}
		for _, choices := range d.choices {
			column, values, _ := strings.Cut(choices, ": ")
			for choice := range strings.SplitSeq(values, ", ") {
				value, label, _ := strings.Cut(choice, "=")
				i.store.insert("sys_choice", map[string]string{
					"name": d.name, "element": column, "value": value, "label": label, "language": "en", "inactive": "false",
				})
			}
		}
	}
	for _, name := range relationshipTypes {
		parent, child, _ := strings.Cut(name, "::")
		i.store.insert("cmdb_rel_type", map[string]string{"name": name, "parent_descriptor": parent, "child_descriptor": child})
	}
	for name, value := range properties {
		i.store.insert("sys_properties", map[string]string{"name": name, "value": value})
	}
	for _, name := range []string{"Normal", "Standard", "Emergency"} {
		i.store.insert("chg_model", map[string]string{"name": name, "active": "true", "available_in_ui": "true"})
	}
}

// properties are what an administrator can change with [Instance.SetProperty].
var properties = map[string]string{
	// SND: api-reference/rest-apis/c_TableAPI.md, sysparm_query.
	"glide.invalid_query.returns_no_rows": "false",
	// Whether the mandatory fields of a change hold for REST as well.
	// SND: it-service-management/change-management, the properties of change management.
	"com.snc.change_management.enforce_data_requirements": "true",
	// SND: api-reference/rest-apis/batch-api.md, in bytes.
	"glide.rest.batch.max.inputSize": "5242880",
	// In megabytes.
	"com.glide.attachment.max_size": "1024",
}

// relationshipTypes are some of cmdb_rel_type out of the box, as "how the parent is to the child::how the child is to the parent".
var relationshipTypes = []string{
	"Depends on::Used by", "Runs on::Runs", "Hosted on::Hosts", "Contains::Contained by", "Connects to::Connected by", "Uses::Used by",
	"Members::Member of", "Virtualized by::Virtualizes", "Instantiates::Instantiated by", "Owns::Owned by", "Manages::Managed by",
	"Cluster of::Cluster", "IP Connection::IP Connection", "Sends data to::Receives data from", "Provided by::Provides",
	"Backup done by::Provides backup for", "Allocated to::Allocated from", "Storage Exported by::Exports Storage to",
}

// SetProperty sets a row of sys_properties, as an administrator would.
func (i *Instance) SetProperty(name, value string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r := i.store.first("sys_properties", "name", name); r != nil {
		i.store.update(r, map[string]string{"value": value})
		return
	}
	i.store.insert("sys_properties", map[string]string{"name": name, "value": value})
}

func (i *Instance) property(name string) string {
	if r := i.store.first("sys_properties", "name", name); r != nil {
		return r.get("value")
	}
	return ""
}
