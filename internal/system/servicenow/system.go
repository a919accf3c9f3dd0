// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package servicenow keeps configuration items and change requests in ServiceNow.
//
// What the instance says is believed only as far as it was asked well: a part of a query that it does not understand is ignored, so every
// row is held against what was asked for; a write that an access rule drops is answered with success, so every field that was
// written is read back; a page that access rules have thinned out is not the last one.
package servicenow

import (
	"fmt"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// name is the system's name, in the provider block and on every record.
const name = "servicenow"

// maxSummary is the length of the column short_description, which cuts off what is longer.
const maxSummary = 160

// System is what ServiceNow declares about itself.
func System() record.System {
	s := record.System{
		Name: name, Title: "ServiceNow",
		Description: "Keeps configuration items and their relationships in the CMDB, and change requests in Change Management. " +
			"The instance needs to be [prepared](guides/servicenow.md) once.",
		Options: append(transport.Options(), options()...),
		Kinds: map[record.Kind]record.Support{
			record.KindConfigurationItem: {Kept: kept(record.KindConfigurationItem)},
			record.KindRelationship:      {Kept: kept(record.KindRelationship)},
			record.KindChangeRequest: {
				Kept: kept(record.KindChangeRequest), Refuses: refusedChange,
				Links: map[string]record.Kind{"configuration_item_ids": record.KindConfigurationItem},
			},
		},
	}
	s.Open = func(settings record.Settings) (record.Connection, error) { return open(s, settings) }
	return s
}

// refusedChange lists what the instance would cut off without a word.
func refusedChange(r record.Record) []record.FieldError {
	c, ok := r.(*record.ChangeRequest)
	if !ok || utf8.RuneCountInString(c.Summary) <= maxSummary {
		return nil
	}
	return []record.FieldError{{Field: "summary", Problem: fmt.Sprintf("must have at most %d characters in ServiceNow, which cuts off the rest; move detail to description", maxSummary)}}
}
