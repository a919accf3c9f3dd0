// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// readable are the tables that the account must be able to read.
var readable = []string{
	tableItems, tableRelationships, tableChanges, "cmdb_rel_type", "task_ci", "change_task", "sysapproval_approver", tableFiles, "sys_user", "sys_user_group", "cmn_location",
	tableTables,
}

// Validate implements [record.Validator]. It reads only: whether the account may write a column shows when it does.
func (c *connection) Validate(ctx context.Context) ([]record.Finding, error) {
	var findings []record.Finding
	for _, look := range []func(context.Context) ([]record.Finding, error){c.tablesReadable, c.columnsThere, c.choicesThere, c.namesThere} {
		found, err := look(ctx)
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// unreadable makes a finding of what the account must not see; other errors stay errors.
func unreadable(table string, err error) (record.Finding, error) {
	f := record.Finding{What: "table " + table}
	var e *record.Error
	if !errors.As(err, &e) || e.Everything || !isReason(err, record.ErrUnauthorized) && !isReason(err, record.ErrInvalid) && !isReason(err, record.ErrNotFound) {
		return f, err
	}
	f.Problem, f.Advice = "ServiceNow does not let the account read it: "+e.Answer, "Give the account a role that may read "+table
	return f, nil
}

// alone is the only finding, unless there is an error.
func alone(f record.Finding, err error) ([]record.Finding, error) {
	if err != nil {
		return nil, err
	}
	return []record.Finding{f}, nil
}

func (c *connection) tablesReadable(ctx context.Context) ([]record.Finding, error) {
	var findings []record.Finding
	for _, table := range readable {
		f := record.Finding{OK: true, What: "table " + table}
		if _, _, err := c.page(ctx, listing{table: table, fields: []string{"sys_id"}}, 0, 1); err != nil {
			if f, err = unreadable(table, err); err != nil {
				return findings, err
			}
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// columnsThere looks for the columns of the set-up in the dictionary.
func (c *connection) columnsThere(ctx context.Context) ([]record.Finding, error) {
	needed := c.setup.needed()
	var names []string
	for _, n := range needed {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	rows, _, err := c.list(ctx, listing{
		table: "sys_dictionary", query: query{}.in("name", []string{"cmdb", tableItems, tableRelationships, "task", tableChanges}).in("element", slices.Compact(names)),
		fields: []string{"sys_id", "name", "element", "internal_type", "max_length"},
	})
	if err != nil {
		f, err := unreadable("sys_dictionary", err)
		f.What = "columns of the set-up"
		return alone(f, err)
	}
	parents := map[string]string{tableItems: "cmdb", tableChanges: "task"}
	var findings []record.Finding
	for _, n := range needed {
		f := record.Finding{OK: true, What: fmt.Sprintf("column %s.%s", n.Table, n.Name)}
		i := slices.IndexFunc(rows, func(r row) bool {
			return r["element"] == n.Name && (r["name"] == n.Table || r["name"] == parents[n.Table])
		})
		if i < 0 {
			f.OK, f.Problem = false, "there is no such column, or the account may not read sys_dictionary"
			f.Advice = fmt.Sprintf("Add it as a string of %d characters, or name another one in the option columns under %q", n.MaxLength, n.key)
		} else if length, err := strconv.Atoi(rows[i]["max_length"]); err == nil && length < n.MaxLength {
			f.OK, f.Problem = false, fmt.Sprintf("it holds %d characters, and what is longer is cut off", length)
			f.Advice = fmt.Sprintf("Raise its maximum length to %d", n.MaxLength)
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// choicesThere looks for the choices that are written.
func (c *connection) choicesThere(ctx context.Context) ([]record.Finding, error) {
	wanted := map[string][]string{"discovery_source": {c.setup.source}}
	for _, status := range record.Statuses() {
		pair := c.setup.pair(status)
		wanted["install_status"] = append(wanted["install_status"], pair[0])
		wanted["operational_status"] = append(wanted["operational_status"], pair[1])
	}
	columns := slices.Sorted(maps.Keys(wanted))
	rows, _, err := c.list(ctx, listing{
		table: "sys_choice", query: query{}.in("name", []string{"cmdb", tableItems}).in("element", columns), fields: []string{"sys_id", "name", "element", "value", "inactive"},
	})
	if err != nil {
		return alone(unreadable("sys_choice", err))
	}
	var findings []record.Finding
	for _, column := range columns {
		slices.Sort(wanted[column])
		for _, value := range slices.Compact(wanted[column]) {
			f := record.Finding{OK: true, What: fmt.Sprintf("choice %q of %s.%s", value, tableItems, column)}
			if !slices.ContainsFunc(rows, func(r row) bool { return r["element"] == column && r["value"] == value && r["inactive"] != "true" }) {
				f.OK, f.Problem = false, "there is no such choice"
				f.Advice = "Add the choice, or set the option " + map[bool]string{true: "discovery_source", false: "statuses"}[column == "discovery_source"] + " to choices that there are"
			}
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// names is what the options call by name.
type names struct {
	table, column, option string
	values                []string
}

func (c *connection) namesThere(ctx context.Context) ([]record.Finding, error) {
	u := c.setup
	var findings []record.Finding
	for _, n := range []names{
		{"cmdb_rel_type", "name", "relationship_types", slices.Sorted(maps.Values(u.types))},
		{tableTables, "name", "classes", slices.Sorted(maps.Values(u.classes))},
		{"chg_model", "name", "change_models", slices.Sorted(maps.Values(u.models))},
		{"std_change_record_producer", "name", "standard_template", []string{u.standardTemplate}},
		{"sys_user_group", "name", "assignment_group", []string{u.assignmentGroup}},
	} {
		n.values = slices.DeleteFunc(n.values, func(v string) bool { return v == "" || isSysID(v) })
		found, err := c.named(ctx, n)
		if err != nil {
			return findings, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

func (c *connection) named(ctx context.Context, n names) ([]record.Finding, error) {
	rows, hidden, err := c.listEach(ctx, listing{table: n.table, fields: []string{"sys_id", n.column}}, n.values, func(q query, some []string) query {
		return q.oneOf([]string{n.column}, some)
	})
	hidden += len(slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r[n.column] != "" }))
	if err = cmp.Or(err, unseen(n.table, hidden)); err != nil {
		return alone(unreadable(n.table, err))
	}
	var findings []record.Finding
	for _, value := range n.values {
		f := record.Finding{OK: true, What: fmt.Sprintf("%q in %s", value, n.table)}
		if !slices.ContainsFunc(rows, func(r row) bool { return r[n.column] == value }) {
			f.OK, f.Problem, f.Advice = false, "there is none, or the account may not read it", "Add it, or name another one in the option "+n.option
		}
		findings = append(findings, f)
	}
	return findings, nil
}
