// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// defaultClasses are the tables of the portable classes.
var defaultClasses = map[string]string{
	"application": "cmdb_ci_appl", "database": "cmdb_ci_db_instance", "network_device": "cmdb_ci_netgear", "server": "cmdb_ci_server",
	"service": "cmdb_ci_service", "storage": "cmdb_ci_storage_device", "virtual_machine": "cmdb_ci_vm_instance",
}

// defaultTypes are the relationship types of the portable ones, all of them out of the box.
var defaultTypes = map[string]string{
	"connects_to": "Connects to::Connected by", "contains": "Contains::Contained by", "depends_on": "Depends on::Used by",
	"hosted_on": "Hosted on::Hosts", "runs_on": "Runs on::Runs", "uses": "Uses::Used by",
}

// defaultStatuses are the pairs of install_status and operational_status, choices out of the box, that stand for a status.
var defaultStatuses = map[string]string{
	"planned": "2/2", "in_build": "4/2", "operational": "1/1", "maintenance": "3/3", record.StatusRetired: "7/6",
}

const defaultSource = "Other Automated"

func options() []record.Option {
	return []record.Option{
		{Name: "username", Description: "The user, for basic authentication; with `client_id`, for the password grant of OAuth 2.0."},
		{Name: "password", Description: "The password of the user.", Sensitive: true},
		{Name: "client_id", Description: "The client ID of an OAuth entity of the instance: the client credentials grant, or with `username` the password grant."},
		{Name: "client_secret", Description: "The client secret of the OAuth entity.", Sensitive: true},
		{Name: "api_key", Description: "A REST API key, sent as `x-sn-apikey`.", Sensitive: true},
		{
			Name: "discovery_source", Default: defaultSource,
			Description: "What configuration items are said to come from. It must be a choice of `cmdb_ci.discovery_source`: with any other the CMDB files what it is sent as incomplete.",
		},
		{
			Name: "create_through", Default: throughEngine, Check: checkThrough,
			Description: "How configuration items are created: `ire`, by the Identification and Reconciliation Engine, or `table`, where the rules of a class want what a configuration does not know.",
		},
		{
			Name: "classes", Map: true, Check: checkName,
			Description: "The tables of classes, by class, where they are not " + listed(defaultClasses) + ". A class that is in neither is the name of a table.",
		},
		{
			Name: "relationship_types", Map: true,
			Description: "The names of relationship types in `cmdb_rel_type`, by type, where they are not " + listed(defaultTypes) + ". A type that is in neither is such a name.",
		},
		{
			Name: "statuses", Map: true, Check: checkStatus,
			Description: "`install_status`/`operational_status` of a status, where they are not " + listed(defaultStatuses) + ". The `install_status` of `retired` is that of no other.",
		},
		{
			Name: "columns", Map: true, Check: checkName,
			Description: "The columns that keep what ServiceNow has none for, where they are not " + listed(defaultColumns()) + ".",
		},
		{
			Name: "extension_columns", Map: true, Check: checkColumns,
			Description: "The columns that configurations may set with `extensions`, separated by commas, by table: `cmdb_ci`, `cmdb_rel_ci`, `change_request`. Columns that the provider itself keeps are refused.",
		},
		{Name: "assignment_group", Description: "The assignment group, by name, of changes that name none. ServiceNow asks for one before a change leaves New."},
		{
			Name: "conflicts", Default: conflictsIgnored, Check: checkConflicts,
			Description: "What to do about the conflicts that ServiceNow detects for a change with a window and configuration items, such as a blackout: `ignore` them, or `refuse` to ask for its approval.",
		},
		{Name: "standard_template", Description: "The standard change template, by name or sys_id, of standard changes that name none."},
		{Name: "change_models", Map: true, Description: "The change model, by name or sys_id, of each type of change, where it is not the one of the instance."},
	}
}

// The ways in which configuration items are created.
const (
	throughEngine = "ire"
	throughTable  = "table"
)

// listed shows the defaults of a map.
func listed(m map[string]string) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, fmt.Sprintf("`%s = %q`", key, m[key]))
	}
	return strings.Join(pairs, ", ")
}

var (
	isName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString
	isSysID  = regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString
	isStatus = regexp.MustCompile(`^[0-9]+/[0-9]+$`).MatchString
)

func checkThrough(value string) error {
	if value != throughEngine && value != throughTable {
		return errors.New("must be ire or table")
	}
	return nil
}

func checkConflicts(value string) error {
	if value != conflictsIgnored && value != conflictsRefused {
		return errors.New("must be ignore or refuse")
	}
	return nil
}

func checkName(value string) error {
	if !isName(value) {
		return errors.New("must be the name of a table or column, such as u_infraops_stack")
	}
	return nil
}

func checkStatus(value string) error {
	if !isStatus(value) {
		return errors.New("must be the values of install_status and operational_status, such as 1/1")
	}
	return nil
}

func checkColumns(value string) error {
	for column := range strings.SplitSeq(value, ",") {
		if !isName(strings.TrimSpace(column)) {
			return errors.New("must be names of columns, separated by commas")
		}
	}
	return nil
}

// setup is what the options say about the instance.
type setup struct {
	source, through  string
	conflicts        string
	classes          map[string]string
	types            map[string]string
	statuses         map[string]string
	columns          map[string]string
	extensions       map[string][]string // by table
	assignmentGroup  string
	standardTemplate string
	models           map[string]string
}

// defaultSetup is that of an instance to which no option applies.
func defaultSetup() setup {
	return setup{
		source: defaultSource, through: throughEngine,
		classes: maps.Clone(defaultClasses), types: maps.Clone(defaultTypes), statuses: maps.Clone(defaultStatuses), columns: defaultColumns(),
		extensions: map[string][]string{},
	}
}

func newSetup(s record.Settings) (setup, error) {
	u := defaultSetup()
	u.source, u.through = cmp.Or(s["discovery_source"], u.source), cmp.Or(s["create_through"], u.through)
	u.conflicts = cmp.Or(s["conflicts"], conflictsIgnored)
	if err := checkThrough(u.through); err != nil {
		return u, wrong("create_through", "%s", err)
	}
	if err := checkConflicts(u.conflicts); err != nil {
		return u, wrong("conflicts", "%s", err)
	}
	u.assignmentGroup, u.standardTemplate, u.models = s["assignment_group"], s["standard_template"], s.Entries("change_models")
	if err := checkEntries(s); err != nil {
		return u, err
	}
	maps.Copy(u.classes, s.Entries("classes"))
	maps.Copy(u.types, s.Entries("relationship_types"))
	maps.Copy(u.statuses, s.Entries("statuses"))
	for key, column := range s.Entries("columns") {
		if _, ok := u.columns[key]; !ok {
			return u, wrong("columns", "has %q, and what can be given a column is %s", key, strings.Join(slices.Sorted(maps.Keys(u.columns)), ", "))
		}
		u.columns[key] = column
	}
	for table, names := range s.Entries("extension_columns") {
		for column := range strings.SplitSeq(names, ",") {
			u.extensions[table] = append(u.extensions[table], strings.TrimSpace(column))
		}
	}
	for status := range u.statuses {
		if !slices.Contains(record.Statuses(), status) {
			return u, wrong("statuses", "has %q, which is no status: %s", status, strings.Join(record.Statuses(), ", "))
		}
	}
	for option, m := range map[string]map[string]string{"classes": u.classes, "relationship_types": u.types, "statuses": u.statuses} {
		if err := distinct(option, m); err != nil {
			return u, err
		}
	}
	return u, cmp.Or(u.retiredAlone(), u.extensionsFree())
}

// retiredAlone refuses an install_status that a live status shares with retired ones: listings leave those out by it.
func (u setup) retiredAlone() error {
	retired := u.pair(record.StatusRetired)[0]
	for _, status := range record.Statuses() {
		if status != record.StatusRetired && u.pair(status)[0] == retired {
			return wrong("statuses", "gives %s and %s the same install_status %s, so that live items would be taken for retired ones", status, record.StatusRetired, retired)
		}
	}
	return nil
}

// extensionsFree refuses extensions that are columns of the mapping: they would change a record past its rules.
func (u setup) extensionsFree() error {
	besides := map[record.Kind][]string{
		record.KindConfigurationItem: append([]string{"sys_id"}, besides...), record.KindRelationship: append([]string{"sys_id"}, relationshipBesides...),
		record.KindChangeRequest: append([]string{"sys_id"}, changeBesides...),
	}
	for kind, m := range mapped {
		taken := besides[kind]
		for _, c := range u.columnsOf(kind) {
			taken = append(taken, c.base())
		}
		for _, column := range u.extensions[m.table] {
			if slices.Contains(taken, column) {
				return wrong("extension_columns", "%s: %s is a column that the provider itself keeps: see the guide for the attribute that it belongs to", m.table, column)
			}
		}
	}
	return nil
}

// checkEntries judges the entries of maps one by one.
func checkEntries(s record.Settings) error {
	for _, o := range options() {
		if !o.Map || o.Check == nil {
			continue
		}
		for key, value := range s.Entries(o.Name) {
			if err := o.Check(value); err != nil {
				return wrong(o.Name, "%s: %s", key, err)
			}
		}
	}
	return nil
}

// distinct refuses two names for one thing: what was written could not be read back.
func distinct(option string, m map[string]string) error {
	taken := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if other, twice := taken[m[key]]; twice {
			return wrong(option, "gives both %s and %s the value %q, so that they could not be told apart", other, key, m[key])
		}
		taken[m[key]] = key
	}
	return nil
}

func wrong(option, problem string, args ...any) error {
	return record.Errorf(record.ErrInvalid, "the option %s of servicenow: %s", option, fmt.Sprintf(problem, args...)).
		Advise("Correct it in the provider block or the environment")
}
