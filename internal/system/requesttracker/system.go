// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package requesttracker keeps configuration items and change requests in Request Tracker 5, by its REST 2.0 interface.
//
// A configuration item is an asset, a change request a ticket. What RT has no attribute for is in custom fields, which the set-up
// of the documentation makes; where.go says where each field is. RT answers success to much that it refuses, so whatever
// is written is read back.
package requesttracker

import (
	"errors"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

const (
	// name is the system's name, in the provider block and on every record.
	name  = "requesttracker"
	title = "Request Tracker"

	defaultQueue   = "Changes"
	defaultCatalog = "Configuration items"
)

// System is what Request Tracker declares about itself.
func System() record.System {
	return record.System{
		Name: name, Title: title,
		Description: "Keeps configuration items as assets and change requests as tickets of [Request Tracker 5](https://bestpractical.com/request-tracker), by REST 2.0. " +
			"Changes are approved with RT's own approvals. RT needs to be [prepared](guides/requesttracker.md) once.",
		Options: append(transport.Options(), options()...),
		Kinds: map[record.Kind]record.Support{
			record.KindConfigurationItem: {Kept: kept(itemPlaces()), Refuses: refusesItem},
			record.KindRelationship: {
				Kept: relationshipKept(), Unsupported: []string{"extensions"},
				Values: map[string][]string{"type": record.RelationshipTypes()},
			},
			record.KindChangeRequest: {
				Kept: kept(changePlaces()), Refuses: refusesChange,
				Links: map[string]record.Kind{"configuration_item_ids": record.KindConfigurationItem},
			},
		},
		Open: Open,
	}
}

func options() []record.Option {
	return []record.Option{
		{Name: "token", Sensitive: true, Description: "An authentication token of the account that the provider uses."},
		{Name: "username", Description: "The account, where it has a password instead of a token. The session that it opens is several times faster than a token where RT hashes passwords at its usual cost."},
		{Name: "password", Sensitive: true, Description: "The password of that account."},
		{Name: "queue", Default: defaultQueue, Description: "The queue of change requests.", Check: checkName},
		{Name: "catalog", Default: defaultCatalog, Description: "The catalog of configuration items.", Check: checkName},
		{Name: "catalogs", Map: true, Description: "Catalogs of configuration items by class, for classes that have one of their own: `{ server = \"Servers\" }`.", Check: checkName},
		{Name: "custom_fields", Map: true, Description: "Names of custom fields, by attribute, for an RT that has its own: `{ location = \"Data centre\" }`.", Check: checkName},
		{Name: "asset_statuses", Map: true, Description: "Statuses of assets, by status of a configuration item, for an RT with its own lifecycle: `{ operational = \"in-use\" }`.", Check: checkName},
		{Name: "change_statuses", Map: true, Description: "Statuses of tickets, by state of a change request, for an RT with its own lifecycle: `{ closed = \"resolved\" }`. `rejected` is that of a change whose approval was refused.", Check: checkName},
	}
}

// checkName is for what stands in a query between quotes or braces.
func checkName(value string) error {
	if value != strings.TrimSpace(value) || value == "" || strings.ContainsAny(value, "{}\r\n\t") {
		return errors.New("must be a name without braces, tabs and line breaks, and without space around it")
	}
	return nil
}
