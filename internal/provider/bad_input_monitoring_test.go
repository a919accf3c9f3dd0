// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

func target(lines ...string) string {
	return resourceBlock("monitoring_target", []string{`name = "§"`, `address = "10.0.0.7"`}, lines)
}

func downtime(lines ...string) string {
	return resourceBlock("monitoring_downtime", []string{`target_id = "1"`, `start = "2090-03-01T20:00:00Z"`, `end = "2090-03-01T22:00:00Z"`, `reason = "kernel"`}, lines)
}

func validateMonitoring() []badInput {
	return []badInput{
		{"octet in a target", target(`address = "10.0.0.256"`), "address", "must be an IP address"},
		{"port in an address", target(`address = "web:9100"`), "address", "without a port"},
		{"brackets", target(`address = "[2001:db8::7]"`), "address", "without brackets"},
		{"no host", target(`address = "web 01"`), "address", "must be a host name"},
		{"port 0", target(`port = 0`), "port", "between 1 and 65535"},
		{"port 65536", target(`port = 65536`), "port", "between 1 and 65535"},
		{"half a port", target(`port = 80.5`), "port", "(?i)whole number|integer|int64"},
		{"interval without a unit", target(`interval = "30"`), "interval", "must be a duration"},
		{"negative interval", target(`interval = "-30s"`), "interval", "between 1s and 24h"},
		{"interval of two days", target(`interval = "48h"`), "interval", "between 1s and 24h"},
		{"interval of parts of a second", target(`interval = "1.5s"`), "interval", "whole seconds"},
		{"empty profile", target(`profiles = [""]`), "profiles", "must not be empty"},
		{"null group", target(`groups = [null]`), "groups", "null"},
		{"target on_destroy", target(`on_destroy = "retire"`), "on_destroy", "must be one of delete, disable"},
		{"enabled is no boolean", target(`enabled = "maybe"`), "enabled", "(?i)bool"},
		{"downtime backwards", downtime(`end = "2090-03-01T19:00:00Z"`), "end", "must be after start"},
		{"downtime of no length", downtime(`end = "2090-03-01T21:00:00+01:00"`), "end", "must be after start"},
		{"downtime without a reason", downtime(`reason = ""`), "reason", "must not be empty"},
		{"downtime of nothing", downtime(`target_id = ""`), "target_id", "must not be empty"},
		{"start is a date", downtime(`start = "2090-03-01"`), "start", "RFC 3339"},
		{"a target by nothing", data("monitoring_target"), "data", "by id, or by name"},
	}
}

func planMonitoring() []badInput {
	return []badInput{
		{"an interval of nothing", target(`interval = "0s"`), "interval", "between 1s and 24h0m0s, is 0s"},
		{"a downtime of a missing target", downtime(`target_id = "4711"`), "target_id", `no live monitoring target with id "4711"`},
		{"a downtime of a deleted target", downtime(`target_id = "UNWATCHED"`), "target_id", "no live monitoring target"},
		{"a downtime of an item", downtime(`target_id = "ITEM"`), "target_id", "no live monitoring target"},
		{"a downtime that is over", downtime(`target_id = "WATCHED"`, `start = "2020-03-01T20:00:00Z"`, `end = "2020-03-01T22:00:00Z"`), "end", "must be in the future"},
		{"no such target", data("monitoring_target", `name = "nobody"`), "data", `no live record with name "nobody"`},
	}
}

func applyMonitoring() []badInput {
	const it = "terraform_data.§.output"
	return []badInput{
		{"a late interval", late("0s") + target("interval = "+it), "interval", "between 1s and 24h0m0s"},
		{"a late target", late("4711") + downtime("target_id = "+it), "target_id", `no live monitoring target with id "4711"`},
		{"a late end", late("2090-03-01T19:00:00Z") + downtime(`target_id = "WATCHED"`, "end = "+it), "end", "must be after start"},
	}
}
