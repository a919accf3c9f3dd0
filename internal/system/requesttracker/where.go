// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// place says where RT keeps a field. The documentation is derived from it.
type place struct {
	// field is the name of the field, or of one of the metadata.
	field string
	// custom is the name that the set-up gives to the custom field; empty where the field is elsewhere.
	custom string
	form   form
	// elsewhere says where that is.
	elsewhere string
}

// form is how a value is written in a custom field.
type form int

const (
	// text is the value as it is.
	text form = iota
	// entries are the entries of a map, one value key=value each.
	entries
	// document is a map as a JSON object.
	document
)

// Custom fields that are not for one field of a record.
var (
	correlation   = place{field: "correlation_id", custom: "Correlation ID"}
	stack         = place{field: "stack", custom: "Stack"}
	relationships = place{field: "relationships", custom: "Relationships", form: entries}
)

const anyCustomField = "custom fields by their names, one value each"

func itemPlaces() []place {
	return []place{
		{field: "id", elsewhere: "the number of the asset"},
		stack, correlation,
		{field: "class", custom: "Class"},
		{field: "name", elsewhere: "`Name`: at most 255 bytes, and not digits only"},
		{field: "environment", custom: "Environment"},
		{field: "owner", custom: "Owned By"},
		{field: "support_group", custom: "Support Group"},
		{field: "location", custom: "Location"},
		{field: "fqdn", custom: "FQDN"},
		{field: "ip_address", custom: "IP Address"},
		{field: "serial_number", custom: "Serial Number"},
		{field: "attributes", custom: "Attributes", form: entries},
		{field: "status", elsewhere: "`Status`, by the option `asset_statuses`"},
		{field: "extensions", elsewhere: anyCustomField},
	}
}

func changePlaces() []place {
	return []place{
		{field: "id", elsewhere: "the number of the ticket"},
		stack, correlation,
		{field: "name", custom: "Change Name"},
		{field: "summary", elsewhere: "`Subject`: at most 200 bytes"},
		{field: "description", custom: "Description"},
		{field: "justification", custom: "Justification"},
		{field: "type", custom: "Change Type"},
		{field: "template", custom: "Template"},
		{field: "risk", custom: "Risk"},
		{field: "impact", custom: "Impact"},
		{field: "category", custom: "Category"},
		{field: "assignment_group", custom: "Assignment Group"},
		{field: "requested_by", custom: "Requested By"},
		{field: "environment", custom: "Environment"},
		{field: "configuration_item_ids", elsewhere: "links `RefersTo` to assets of the same RT"},
		{field: "planned_start", elsewhere: "`Starts`"},
		{field: "planned_end", elsewhere: "`Due`"},
		{field: "implementation_plan", custom: "Implementation Plan"},
		{field: "backout_plan", custom: "Backout Plan"},
		{field: "test_plan", custom: "Test Plan"},
		{field: "attachments", custom: "Attachments", form: document},
		{field: "triggers", custom: "Triggers", form: document},
		{field: "number", elsewhere: "the number of the ticket, with `#` before it"},
		{field: "state", elsewhere: "`Status`, by the option `change_statuses`"},
		{field: "approval", elsewhere: "the approvals in RT's queue `___Approvals` on which the ticket depends"},
		{field: "content_hash", elsewhere: "computed from the other fields"},
		{field: "outcome", custom: "Outcome"},
		{field: "close_notes", custom: "Close Notes"},
		{field: "evidence", custom: "Evidence", form: document},
		{field: "closed_at", elsewhere: "`Resolved`"},
		{field: "extensions", elsewhere: anyCustomField},
	}
}

func relationshipKept() map[string]string {
	return map[string]string{
		"id":        "`<parent_id>/<type>/<child_id>`",
		"parent_id": "the asset that has the relationship in its custom field `Relationships`",
		"child_id":  "in that custom field, and the other end of a link",
		"type":      "in that custom field. The link is `DependsOn` for depends_on, hosted_on and runs_on, `RefersTo` for connects_to and uses; with contains the child is `MemberOf` the parent",
		"stack":     "in that custom field",
	}
}

// kept is what the documentation says.
func kept(places []place) map[string]string {
	said := map[string]string{}
	for _, p := range places {
		switch {
		case p.custom == "":
			said[p.field] = p.elsewhere
		case p.form == entries:
			said[p.field] = fmt.Sprintf("custom field `%s`, `key=value` each", p.custom)
		case p.form == document:
			said[p.field] = fmt.Sprintf("custom field `%s`, as JSON", p.custom)
		default:
			said[p.field] = fmt.Sprintf("custom field `%s`", p.custom)
		}
		if p.field == "attachments" {
			said[p.field] += ", and attached as files"
		}
	}
	return said
}

// customNames are the fields whose custom field can be another one.
func customNames() []string {
	names := []string{relationships.field}
	for _, p := range slices.Concat(itemPlaces(), changePlaces()) {
		if p.custom != "" {
			names = append(names, p.field)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Limits of RT: it cuts longer values off without a word.
const (
	maxAssetName   = 255
	maxSubject     = 200
	maxAttachments = 8 << 20
)

func refusesItem(r record.Record) []record.FieldError {
	c := r.(*record.ConfigurationItem)
	problems := unkeepable(r)
	if len(c.Name) > maxAssetName {
		problems = append(problems, record.FieldError{Field: "name", Problem: fmt.Sprintf("must have at most %d bytes in Request Tracker, has %d", maxAssetName, len(c.Name))})
	}
	if c.Name != "" && strings.Trim(c.Name, "0123456789") == "" {
		problems = append(problems, record.FieldError{Field: "name", Problem: "must not consist of digits only, which Request Tracker takes for a number of an asset"})
	}
	return problems
}

func refusesChange(r record.Record) []record.FieldError {
	c := r.(*record.ChangeRequest)
	problems := unkeepable(r)
	if len(c.Summary) > maxSubject {
		problems = append(problems, record.FieldError{Field: "summary", Problem: fmt.Sprintf("must have at most %d bytes in Request Tracker, has %d", maxSubject, len(c.Summary))})
	}
	for _, id := range c.ConfigurationItemIDs {
		if _, ok := number(id); !ok {
			problems = append(problems, record.FieldError{
				Field: "configuration_item_ids", Problem: fmt.Sprintf("must be numbers of assets in Request Tracker, and %q is none: the configuration items of a change must be in the same system", id),
			})
		}
	}
	for field, at := range map[string]interface{ Year() int }{"planned_start": c.PlannedStart, "planned_end": c.PlannedEnd} {
		if year := at.Year(); year != 1 && year < 1971 {
			problems = append(problems, record.FieldError{Field: field, Problem: "must be after 1970 in Request Tracker"})
		}
	}
	size := 0
	for _, content := range c.Attachments {
		size += len(content)
	}
	if size > maxAttachments {
		problems = append(problems, record.FieldError{Field: "attachments", Problem: fmt.Sprintf("must have at most %d bytes in Request Tracker, have %d", maxAttachments, size)})
	}
	return problems
}

// unkeepable finds texts with characters that are none: RT replaces them.
func unkeepable(r record.Record) []record.FieldError {
	var problems []record.FieldError
	judge := func(path, value string) {
		for _, c := range value {
			if c >= 0xFDD0 && c <= 0xFDEF || c&0xFFFE == 0xFFFE {
				problems = append(problems, record.FieldError{Field: path, Problem: fmt.Sprintf("must not contain %U, which is no character", c)})
				return
			}
		}
	}
	for _, f := range record.Fields(r) {
		if m, ok := f.In(r).Interface().(map[string]string); ok {
			for key, value := range m {
				judge(f.Name+"."+key, key+value)
			}
		} else if value, ok := record.Text(r, f.Name); ok {
			judge(f.Name, value)
		}
	}
	return problems
}

// about picks the problems of the named fields: what somebody has put into others by hand is no reason to refuse.
func about(fields []string, problems []record.FieldError) []record.FieldError {
	return slices.DeleteFunc(problems, func(p record.FieldError) bool {
		field, _, _ := strings.Cut(p.Field, ".")
		return !slices.ContainsFunc(fields, func(named string) bool {
			name, _, _ := strings.Cut(named, ".")
			return name == field
		})
	})
}

// refusal is the first problem as the error of a write.
func refusal(problems []record.FieldError) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b record.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return record.Errorf(record.ErrInvalid, "%s", problems[0].Problem).On(problems[0].Field)
}
