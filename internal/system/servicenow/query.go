// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"strings"
)

// query is an encoded query: conditions that must all hold. The instance ignores a condition that it does not understand, so
// whoever lists by a query holds each row against what was asked for.
type query []string

// askable says that a value can stand in a query: ^ would end the condition, and what begins with javascript: is run.
func askable(value string) bool {
	return !strings.ContainsAny(value, "^\n\r") && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:")
}

// is adds the condition that a column has a value. A value that cannot be asked for adds none: more rows come, and are sorted out.
func (q query) is(column, value string) query {
	if !askable(value) {
		return q
	}
	if value == "" {
		return append(q, column+"ISEMPTY")
	}
	return append(q, column+"="+value)
}

// in adds the condition that a column has one of the values, which are sys_ids, numbers or names of tables: they hold no comma.
func (q query) in(column string, values []string) query {
	return append(q, column+"IN"+strings.Join(values, ","))
}

// oneOf adds the condition that a column has one of the values, whatever they hold.
func (q query) oneOf(columns []string, values []string) query {
	var conditions []string
	for _, value := range values {
		if !askable(value) || value == "" {
			return q
		}
		for _, column := range columns {
			conditions = append(conditions, column+"="+value)
		}
	}
	return append(q, strings.Join(conditions, "^OR"))
}

// text is the query in the order of ids, so that pages do not overlap.
func (q query) text() string {
	return strings.Join(append(append(query{}, q...), "ORDERBYsys_id"), "^")
}
