// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"maps"
	"slices"
	"strings"
)

// SetupColumn is a column that an administrator adds to an instance once, for the provider.
type SetupColumn struct {
	Table, Name string
	// MaxLength is what the column must hold, in characters.
	MaxLength int
	// key is what the option columns calls it.
	key string
}

// SetupColumns are the columns of the documented set-up, for those who make an instance to rehearse with.
func SetupColumns() []SetupColumn { return setup{columns: defaultColumns()}.needed() }

// lengths are those of the columns of the set-up, by their key in the option columns.
var lengths = map[string]int{
	"cmdb_ci.stack": 100, "cmdb_rel_ci.stack": 100, "change_request.name": 255, "change_request.environment": 255,
	"change_request.triggers": 1 << 20, "change_request.evidence": 1 << 20, "change_request.attachments": 4 << 20, "change_request.superseded": 4000,
}

// needed are the columns of the set-up, under the names that they have in this instance.
func (u setup) needed() []SetupColumn {
	var columns []SetupColumn
	for _, key := range slices.Sorted(maps.Keys(lengths)) {
		table, _, _ := strings.Cut(key, ".")
		columns = append(columns, SetupColumn{table, u.columns[key], lengths[key], key})
	}
	return columns
}
