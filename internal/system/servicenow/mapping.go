// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The tables that records are kept in.
const (
	tableItems         = "cmdb_ci"
	tableRelationships = "cmdb_rel_ci"
	tableChanges       = "change_request"
)

// column is where a field is kept. The code reads and writes by it, and the documentation shows it.
type column struct {
	field string
	// name is the column; of a reference, with the column of the record referred to that names it: "owned_by.user_name".
	name string
	// table is where a reference points to; empty for what is no reference.
	table string
	// values are the choices of the instance by our own; nil where a value is kept as it is.
	values map[string]string
	// fixed columns are written when the record is created and follow from its life after that.
	fixed bool
	// ours says that it is a column of the documented set-up, and its name an option.
	ours bool
	// note says more, for the documentation.
	note string
}

// base is the column of the table itself.
func (c column) base() string {
	base, _, _ := strings.Cut(c.name, ".")
	return base
}

// own is a column of the set-up.
func own(field, name, note string) column {
	return column{field: field, name: name, ours: true, note: note}
}

// The fields of the metadata, as the mapping tables call them.
const (
	fieldStack       = "stack"
	fieldCorrelation = "correlation_id"
)

var itemColumns = []column{
	{field: fieldCorrelation, name: "correlation_id", note: "and the native key of the source (`sys_object_source.id`); shortened to 100 characters"},
	own(fieldStack, "u_infraops_stack", ""),
	{field: "name", name: "name"},
	{field: "environment", name: "environment"},
	{field: "owner", name: "owned_by.user_name", table: "sys_user"},
	{field: "support_group", name: "support_group.name", table: "sys_user_group"},
	{field: "location", name: "location.name", table: "cmn_location"},
	{field: "fqdn", name: "fqdn"},
	{field: "ip_address", name: "ip_address"},
	{field: "serial_number", name: "serial_number"},
	{field: "attributes", name: "attributes", note: "a JSON object"},
}

var relationshipColumns = []column{
	own(fieldStack, "u_infraops_stack", ""),
	{field: "parent_id", name: "parent"},
	{field: "child_id", name: "child"},
	{field: "type", name: "type.name", table: "cmdb_rel_type", note: "see the option `relationship_types`"},
}

var changeColumns = []column{
	{field: fieldCorrelation, name: "correlation_id", note: "shortened to 100 characters"},
	{field: fieldStack, name: "correlation_display"},
	own("name", "u_infraops_name", ""),
	{field: "summary", name: "short_description", note: "at most 160 characters"},
	{field: "description", name: "description"},
	{field: "justification", name: "justification"},
	{field: "type", name: "type", fixed: true},
	{field: "template", name: "std_change_producer_version.std_change_producer.name", fixed: true, note: "a standard change template"},
	{field: "risk", name: "risk", values: map[string]string{"high": "2", "moderate": "3", "low": "4"}},
	{field: "impact", name: "impact", values: map[string]string{"high": "1", "medium": "2", "low": "3"}},
	{field: "category", name: "category"},
	{field: "assignment_group", name: "assignment_group.name", table: "sys_user_group"},
	{field: "requested_by", name: "requested_by.user_name", table: "sys_user"},
	own("environment", "u_infraops_environment", ""),
	{field: "planned_start", name: "start_date", note: "in UTC"},
	{field: "planned_end", name: "end_date", note: "in UTC"},
	{field: "implementation_plan", name: "implementation_plan"},
	{field: "backout_plan", name: "backout_plan"},
	{field: "test_plan", name: "test_plan"},
	own("attachments", "u_infraops_attachments", "files of the change; the column keeps a compressed copy, so that a plan need not download them"),
	own("triggers", "u_infraops_triggers", "a JSON object"),
	{field: "number", name: "number", fixed: true},
	{field: "state", name: "state", fixed: true, values: states},
	{field: "outcome", name: "close_code", fixed: true, values: outcomes},
	{field: "close_notes", name: "close_notes", fixed: true},
	{field: "evidence", name: "u_infraops_evidence", fixed: true, ours: true, note: "a JSON object"},
	{field: "closed_at", name: "closed_at", fixed: true, note: "in UTC"},
	own(fieldSuperseded, "u_infraops_superseded", "the approvals that an edit has taken back"),
}

var states = map[string]string{
	"new": "-5", "assess": "-4", "authorize": "-3", "scheduled": "-2", "implement": "-1", "review": "0", "closed": "3", "canceled": "4",
}

var outcomes = map[string]string{"successful": "successful", "successful_with_issues": "successful_issues", "unsuccessful": "unsuccessful"}

// mapped are the kinds, their tables and their columns.
var mapped = map[record.Kind]struct {
	table   string
	columns []column
}{
	record.KindConfigurationItem: {tableItems, itemColumns},
	record.KindRelationship:      {tableRelationships, relationshipColumns},
	record.KindChangeRequest:     {tableChanges, changeColumns},
}

// elsewhere says where fields are kept that are not one column.
var elsewhere = map[record.Kind]map[string]string{
	record.KindConfigurationItem: {
		"class":          "the table, `sys_class_name`; see the option `classes`",
		"status":         "`cmdb_ci.install_status` and `cmdb_ci.operational_status`; see the option `statuses`",
		"initial_status": "the status at the creation", "on_destroy": "not kept: what Terraform does at the end",
	},
	record.KindRelationship: {fieldCorrelation: "not kept: made of stack, parent, type and child"},
	record.KindChangeRequest: {
		"configuration_item_ids": "`change_request.cmdb_ci` (the first) and `task_ci` (all)",
		"approval":               "derived from `sysapproval_approver` and the state",
		"content_hash":           "not kept: computed from the content", "on_destroy": "not kept: what Terraform does at the end",
	},
}

// kept is the documentation of the mapping.
func kept(kind record.Kind) map[string]string {
	m := mapped[kind]
	where := maps.Clone(elsewhere[kind])
	where["id"] = "`" + m.table + ".sys_id`"
	where["extensions"] = "columns of `" + m.table + "` that the option `extension_columns` names"
	for _, c := range m.columns {
		text := "`" + m.table + "." + c.name + "`"
		if c.values != nil {
			text += ": " + choices(c.values)
		}
		if c.note != "" {
			text += ", " + c.note
		}
		if c.ours {
			text += " (option `columns`)"
		}
		if _, known := record.FieldNamed(record.Define(kind).New(), c.field); known || c.field == fieldStack || c.field == fieldCorrelation {
			where[c.field] = text
		}
	}
	return where
}

func choices(values map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, fmt.Sprintf("%s is `%s`", key, values[key]))
	}
	return strings.Join(pairs, ", ")
}

// optionKey is what the option columns calls a column.
func optionKey(table, field string) string {
	return table + "." + strings.ReplaceAll(strings.ReplaceAll(field, fieldSuperseded, "superseded"), " ", "_")
}

// defaultColumns are the columns of the documented set-up, and those that others can take the place of.
func defaultColumns() map[string]string {
	columns := map[string]string{}
	for _, m := range mapped {
		for _, c := range m.columns {
			if c.ours {
				columns[optionKey(m.table, c.field)] = c.name
			}
		}
	}
	for _, c := range itemColumns {
		if c.table != "" || c.field == "environment" {
			columns[optionKey(tableItems, c.field)] = c.name
		}
	}
	return columns
}

// columnsOf are the columns of a kind in this instance. A reference for which another column is named is kept there as text.
func (u setup) columnsOf(kind record.Kind) []column {
	m := mapped[kind]
	columns := slices.Clone(m.columns)
	for i, c := range columns {
		if name, ok := u.columns[optionKey(m.table, c.field)]; ok && name != c.name {
			columns[i].name, columns[i].table = name, ""
		}
	}
	if kind == record.KindRelationship {
		i := slices.IndexFunc(columns, func(c column) bool { return c.field == "type" })
		columns[i].values = u.types
	}
	return columns
}
