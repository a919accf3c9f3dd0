// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

// setupColumn is a column that an administrator adds once.
type setupColumn struct {
	table, name string
	length      int
	purpose     string
}

// setupColumns are those of the documented set-up.
func setupColumns() []setupColumn {
	return []setupColumn{
		{tableItems, "u_infraops_stack", 100, "the stack that owns the item"},
		{tableRelationships, "u_infraops_stack", 100, "the stack that owns the relationship"},
		{tableChanges, "u_infraops_name", 255, "the name of the change in the configuration"},
		{tableChanges, "u_infraops_environment", 255, "the environment"},
		{tableChanges, "u_infraops_triggers", 1 << 20, "the triggers, as JSON"},
		{tableChanges, "u_infraops_evidence", 1 << 20, "the evidence of the closure, as JSON"},
		{tableChanges, "u_infraops_attachments", 4 << 20, "a compressed copy of the attached plans"},
		{tableChanges, "u_infraops_superseded", 4000, "the approvals that an edit has taken back"},
	}
}
