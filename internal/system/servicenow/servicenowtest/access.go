// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"slices"
	"strings"
)

// User is an account of the instance.
type User struct {
	Name     string // sys_user.user_name
	Password string
	Title    string // sys_user.name, the name that people read. Empty is the user name
	Email    string
	Roles    []string // admin may everything; change_manager may delete changes; others are kept and mean nothing
	TimeZone string   // of display values, such as Europe/Vienna. Empty is UTC
}

type account struct {
	password string
	roles    []string
	id       string
}

func (a *account) has(role string) bool {
	return slices.Contains(a.roles, role) || slices.Contains(a.roles, "admin")
}

// AddUser adds an account, and returns the sys_id of the user.
func (i *Instance) AddUser(u User) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	title := u.Title
	if title == "" {
		title = u.Name
	}
	r := i.store.insert("sys_user", map[string]string{
		"user_name": u.Name, "name": title, "email": u.Email, "time_zone": u.TimeZone, "roles": strings.Join(u.Roles, ","),
	})
	i.accounts[u.Name] = &account{password: u.Password, roles: u.Roles, id: r.id()}
	return r.id()
}

// AddGroup adds a group with members by user name, and returns its sys_id.
func (i *Instance) AddGroup(name string, members ...string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	group := i.store.insert("sys_user_group", map[string]string{"name": name})
	for _, member := range members {
		if a := i.accounts[member]; a != nil {
			i.store.insert("sys_user_grmember", map[string]string{"group": group.id(), "user": a.id})
		}
	}
	return group.id()
}

// AddRecord adds a record as an administrator with a script would: no rule and no access control applies. It returns the sys_id.
func (i *Instance) AddRecord(table string, values map[string]string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.store.insert(table, values).id()
}

// Record is a record as it is kept, or nil.
func (i *Instance) Record(table, id string) map[string]string {
	i.mu.Lock()
	defer i.mu.Unlock()
	r := i.store.find(table, id)
	if r == nil {
		return nil
	}
	return r.copy().values
}

// Records are the records of a table that an encoded query is about, as they are kept. An empty query is about all.
func (i *Instance) Records(table, query string) []map[string]string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var found []map[string]string
	if i.store.dictionary.tables[table] == nil {
		return nil
	}
	for _, r := range i.selected(table, query) {
		found = append(found, r.copy().values)
	}
	return found
}

func (c *call) isAdmin() bool { return c.account != nil && c.account.has("admin") }

// listed tells whether a table, or one that it extends, names the column.
func (c *call) listed(columns map[string][]string, tableName, column string) bool {
	if c.isAdmin() {
		return false
	}
	for t := c.in.store.dictionary.tables[tableName]; t != nil; t = t.parent {
		if slices.Contains(columns[t.name], column) {
			return true
		}
	}
	return false
}

// hidden tells whether the user may not read a column.
func (c *call) hidden(tableName, column string) bool {
	return c.listed(c.in.behaviour.HideColumns, tableName, column)
}

// unwritable tells whether what the user writes to a column is dropped.
func (c *call) unwritable(t *table, column string) bool {
	return c.listed(c.in.behaviour.DropColumns, t.name, column)
}

// concealed tells whether the user may not read a record.
func (c *call) concealed(r *row) bool {
	if c.isAdmin() {
		return false
	}
	for t := r.table; t != nil; t = t.parent {
		if query, ok := c.in.behaviour.HideRows[t.name]; ok && c.in.matches(r, c.in.parseQuery(r.table, query)) {
			return true
		}
	}
	return false
}

// denied tells whether the user may not touch a table at all.
func (c *call) denied(t *table) bool {
	return !c.isAdmin() && slices.ContainsFunc(c.in.behaviour.DenyTables, t.is)
}

// readOnlyTable tells whether the user may not write a table: those that describe the platform are an administrator's.
func (c *call) readOnlyTable(t *table) bool {
	if c.isAdmin() {
		return false
	}
	return c.denied(t) || slices.Contains([]string{
		"sys_db_object", "sys_dictionary", "sys_choice", "sys_properties", "sys_user", "sys_user_group", "sys_user_grmember", "chg_model",
		"std_change_record_producer", "std_change_producer_version", "cmdb_rel_type", "sys_journal_field",
	}, t.name)
}

// mayWrite tells whether the user may change a record: an approval is the approver's alone.
func (c *call) mayWrite(r *row) bool {
	return c.isAdmin() || !r.table.is("sysapproval_approver") || r.get("approver") == c.account.id
}

// mayDelete: SND: api-reference/rest-apis/change-management-api.md, DELETE, of change_manager and admin.
func (c *call) mayDelete(r *row) bool {
	return !r.table.is("change_request") || c.account.has("change_manager")
}
