// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

// SetupColumn is a column that an administrator adds to an instance once, for the provider.
type SetupColumn struct {
	Table, Name string
	MaxLength   int
}

// SetupColumns are the columns of the documented set-up, for those who make an instance to rehearse with.
func SetupColumns() []SetupColumn {
	var columns []SetupColumn
	for _, c := range (setup{columns: defaultColumns()}).needed() {
		columns = append(columns, SetupColumn{Table: c.table, Name: c.name, MaxLength: c.length})
	}
	return columns
}
