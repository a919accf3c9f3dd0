// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func (i *Instance) matches(r *row, q query) bool {
	return slices.ContainsFunc(q.groups, func(group []anyOf) bool {
		return !slices.ContainsFunc(group, func(conditions anyOf) bool {
			return !slices.ContainsFunc(conditions, func(c condition) bool { return i.holds(r, c) })
		})
	})
}

// holds tells whether a condition is true of a record.
func (i *Instance) holds(r *row, c condition) bool {
	value := i.value(r, c.field)
	want := c.value
	if i.behaviour.FoldCase {
		value, want = strings.ToLower(value), strings.ToLower(want)
	}
	switch c.operator {
	case "=":
		return value == want
	case "!=":
		return value != want
	case "ISEMPTY":
		return value == ""
	case "ISNOTEMPTY":
		return value != ""
	case "EMPTYSTRING":
		return value == ""
	case "ANYTHING":
		return true
	case "IN":
		return slices.Contains(strings.Split(want, ","), value)
	case "NOT IN":
		return !slices.Contains(strings.Split(want, ","), value)
	case "INSTANCEOF":
		t := i.store.dictionary.tables[value]
		return t != nil && t.is(want)
	case "SAMEAS":
		return value == i.value(r, want)
	case "NSAMEAS":
		return value != i.value(r, want)
	}
	return ordered(c.operator, value, want) || contains(c.operator, value, want)
}

func contains(operator, value, want string) bool {
	switch operator {
	case "LIKE", "CONTAINS":
		return strings.Contains(value, want)
	case "NOT LIKE", "NOTLIKE", "DOES NOT CONTAIN":
		return !strings.Contains(value, want)
	case "STARTSWITH":
		return strings.HasPrefix(value, want)
	case "ENDSWITH":
		return strings.HasSuffix(value, want)
	}
	return false
}

func ordered(operator, value, want string) bool {
	switch operator {
	case ">":
		return value != "" && compare(value, want) > 0
	case ">=":
		return value != "" && compare(value, want) >= 0
	case "<":
		return value != "" && compare(value, want) < 0
	case "<=":
		return value != "" && compare(value, want) <= 0
	case "BETWEEN":
		from, to, _ := strings.Cut(want, "@")
		return value != "" && compare(value, from) >= 0 && compare(value, to) <= 0
	}
	return false
}

// compare orders numbers as numbers, and all else, including times, as text.
func compare(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}
