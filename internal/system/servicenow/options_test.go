// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func TestOptionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for what, settings := range map[string]record.Settings{
		"no credentials":         {},
		"two kinds":              {"api_key": "x", "username": "y"},
		"two classes":            {"api_key": "x", "classes.virtual_machine": "cmdb_ci_server"},
		"two statuses":           {"api_key": "x", "statuses.planned": "1/1"},
		"unknown status":         {"api_key": "x", "statuses.exploded": "9/9"},
		"no status":              {"api_key": "x", "statuses.planned": "one"},
		"live as retired":        {"api_key": "x", "statuses.retired": "1/6"},
		"retired as live":        {"api_key": "x", "statuses.maintenance": "7/3"},
		"state as extension":     {"api_key": "x", "extension_columns.change_request": "u_cost, state"},
		"approval as extension":  {"api_key": "x", "extension_columns.change_request": "approval"},
		"key as extension":       {"api_key": "x", "extension_columns.cmdb_ci": "correlation_id"},
		"stack as extension":     {"api_key": "x", "extension_columns.cmdb_rel_ci": "u_infraops_stack"},
		"rejection as extension": {"api_key": "x", "extension_columns.change_request": "u_infraops_superseded"},
		"owner as extension":     {"api_key": "x", "extension_columns.cmdb_ci": "owned_by"},
		"other column":           {"api_key": "x", "columns.cmdb_ci.owner": "u_owner", "extension_columns.cmdb_ci": "u_owner"},
		"unknown column":         {"api_key": "x", "columns.cmdb_ci.colour": "u_colour"},
		"no column":              {"api_key": "x", "columns.cmdb_ci.stack": "no column"},
		"no way to create":       {"api_key": "x", "create_through": "magic"},
	} {
		settings["url"] = "https://example.service-now.com"
		if _, err := System().Open(settings); err == nil {
			t.Errorf("%s: Open succeeded", what)
		}
	}
	for what, settings := range map[string]record.Settings{
		"statuses":        {"api_key": "x", "statuses.retired": "8/6", "statuses.planned": "1/5"},
		"extensions":      {"api_key": "x", "extension_columns.cmdb_ci": "asset_tag, state", "extension_columns.change_request": "u_cost"},
		"column set free": {"api_key": "x", "columns.cmdb_ci.owner": "u_owner", "extension_columns.cmdb_ci": "owned_by"},
	} {
		settings["url"] = "https://example.service-now.com"
		c, err := System().Open(settings)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		_ = c.Close()
	}
}
