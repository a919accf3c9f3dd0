// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"regexp"
	"slices"
	"strings"
)

// query is an encoded query: alternatives of conditions. SND: platform-user-interface/c_EncodedQueryStrings.md.
type query struct {
	groups  [][]anyOf // separated by ^NQ: one of them has to hold
	order   []order
	invalid bool // a part was ignored
}

// anyOf are conditions joined by ^OR: one of them has to hold.
type anyOf []condition

type condition struct {
	field, operator, value string
}

type order struct {
	field      string
	descending bool
}

// operators, longer ones before those that they begin with.
var operators = []string{
	"ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "STARTSWITH", "ENDSWITH", "NOT LIKE", "NOTLIKE", "DOES NOT CONTAIN", "LIKE", "CONTAINS",
	"NOT IN", "INSTANCEOF", "IN", "BETWEEN", "NSAMEAS", "SAMEAS", "!=", ">=", "<=", "=", ">", "<",
}

// A field begins with a letter, and is written in small letters, so that an operator begins where it ends.
var field = regexp.MustCompile(`^[a-z][a-z0-9_.]*`)

// parseQuery reads an encoded query about a table. A part that makes no sense, such as a misspelt column, is ignored, and the rest
// runs. SND: api-reference/rest-apis/c_TableAPI.md, sysparm_query: "the instance ignores the invalid part".
func (i *Instance) parseQuery(t *table, text string) query {
	q := query{groups: [][]anyOf{nil}}
	for n, part := range strings.Split(text, "^") {
		if part == "" || part == "EQ" {
			continue
		}
		group := &q.groups[len(q.groups)-1]
		alternative := false
		switch {
		case strings.HasPrefix(part, "ORDERBYDESC"):
			q.orderBy(i, t, strings.TrimPrefix(part, "ORDERBYDESC"), true)
			continue
		case strings.HasPrefix(part, "ORDERBY"):
			q.orderBy(i, t, strings.TrimPrefix(part, "ORDERBY"), false)
			continue
		case strings.HasPrefix(part, "NQ"):
			q.groups = append(q.groups, nil)
			group = &q.groups[len(q.groups)-1]
			part = strings.TrimPrefix(part, "NQ")
		case n > 0 && strings.HasPrefix(part, "OR"):
			part = strings.TrimPrefix(part, "OR")
			alternative = true
		}
		c, ok := i.parseCondition(t, part)
		switch {
		case !ok:
			q.invalid = true
		case alternative && len(*group) > 0:
			last := len(*group) - 1
			(*group)[last] = append((*group)[last], c)
		default:
			*group = append(*group, anyOf{c})
		}
	}
	return q
}

func (q *query) orderBy(i *Instance, t *table, name string, descending bool) {
	if i.knows(t, name) {
		q.order = append(q.order, order{name, descending})
		return
	}
	q.invalid = true
}

func (i *Instance) parseCondition(t *table, text string) (condition, bool) {
	c := condition{field: field.FindString(text)}
	rest := strings.TrimPrefix(text, c.field)
	if !i.knows(t, c.field) {
		return c, false
	}
	for _, operator := range operators {
		if strings.HasPrefix(rest, operator) {
			c.operator, c.value = operator, strings.TrimPrefix(rest, operator)
			return i.evaluated(c)
		}
	}
	return c, false
}

// evaluated replaces the one script that is known. Others make the condition invalid.
func (i *Instance) evaluated(c condition) (condition, bool) {
	script, isScript := strings.CutPrefix(c.value, "javascript:")
	if !isScript {
		return c, true
	}
	if r := i.store.first("sys_user", "user_name", i.store.actor); r != nil && strings.TrimSuffix(script, ";") == "gs.getUserID()" {
		c.value = r.id()
		return c, true
	}
	return c, false
}

// knows tells whether a table has a column, also one of a record that it refers to: parent.name.
func (i *Instance) knows(t *table, path string) bool {
	for t != nil {
		name, rest, walks := strings.Cut(path, ".")
		c := t.byName[name]
		if c == nil || !walks {
			return c != nil
		}
		t, path = i.store.dictionary.tables[c.Reference], rest
	}
	return false
}

// value is what a record has in a column, also in one of a record that it refers to.
func (i *Instance) value(r *row, path string) string {
	for r != nil {
		name, rest, walks := strings.Cut(path, ".")
		if !walks {
			return r.values[name]
		}
		r, path = i.store.byID[r.values[name]], rest
	}
	return ""
}

// selected are the records of a table that a query is about, in its order.
func (i *Instance) selected(tableName, text string) []*row {
	t := i.store.dictionary.tables[tableName]
	q := i.parseQuery(t, text)
	// SND: api-reference/rest-apis/c_TableAPI.md: glide.invalid_query.returns_no_rows.
	if q.invalid && (i.property("glide.invalid_query.returns_no_rows") == "true" || i.behaviour.RefuseInvalidQueries) {
		return nil
	}
	var found []*row
	for _, r := range i.candidates(tableName, q) {
		if i.matches(r, q) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *row) int {
		for _, o := range q.order {
			c := compare(i.value(a, o.field), i.value(b, o.field))
			if o.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return found
}

// candidates are the records that q can be about: the ones it names, or all.
func (i *Instance) candidates(tableName string, q query) []*row {
	if len(q.groups) == 1 {
		for _, conditions := range q.groups[0] {
			c := conditions[0]
			if len(conditions) != 1 || c.field != "sys_id" || (c.operator != "IN" && c.operator != "=") {
				continue
			}
			ids := strings.Split(c.value, ",")
			slices.Sort(ids)
			var found []*row
			for _, id := range slices.Compact(ids) {
				if r := i.store.find(tableName, id); r != nil {
					found = append(found, r)
				}
			}
			return found
		}
	}
	return i.store.all(tableName)
}
