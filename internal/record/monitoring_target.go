// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "time"

// MonitoringTarget is something that is watched: an address, with what a monitoring system needs to know to watch it.
type MonitoringTarget struct {
	Meta
	Name string `json:"name"`
	// Address is an IP address or a host name.
	Address string `json:"address"`
	Port    int64  `json:"port,omitempty"`
	// Profiles say how the target is watched, in the words of the system: templates, imports, jobs.
	Profiles            []string          `json:"profiles,omitempty"`
	Groups              []string          `json:"groups,omitempty"`
	Labels              map[string]string `json:"labels,omitempty"`
	Interval            time.Duration     `json:"interval,omitempty"`
	Enabled             bool              `json:"enabled"`
	ConfigurationItemID string            `json:"configuration_item_id,omitempty"`
	OnDestroy           string            `json:"on_destroy,omitempty" infraops:"input"`
	// Health is one of [Healths], as the system sees it at the moment.
	Health string `json:"health,omitempty"`
}

// HealthUnknown is the health of what is not watched, or watched by a system that does not say.
const HealthUnknown = "unknown"

// Healths are the portable states of health.
func Healths() []string { return []string{"up", "down", HealthUnknown} }

// The limits of a target's interval.
const (
	MinMonitoringInterval = time.Second
	MaxMonitoringInterval = 24 * time.Hour
)

// KindMonitoringTarget is the kind of [MonitoringTarget].
var KindMonitoringTarget = define(Definition{
	Kind: "monitoring_target", Role: RoleMonitoring, Title: "monitoring target", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New: func() Record { return new(MonitoringTarget) },
})

// Kind implements [Record].
func (*MonitoringTarget) Kind() Kind { return "monitoring_target" }

// NaturalName implements [Record].
func (t *MonitoringTarget) NaturalName() string { return t.Name }

// Retire implements [Retirer]: the target is kept, and watched no longer.
func (t *MonitoringTarget) Retire() { t.Enabled = false }

// Gone implements [Retirer]. A target that is not watched is still there.
func (t *MonitoringTarget) Gone() bool { return t.Retired }

// HoldsKey implements [Retirer], so that a target which was disabled at its end is taken up again.
func (t *MonitoringTarget) HoldsKey() bool { return !t.Retired }

// Canonicalise implements [Record].
func (t *MonitoringTarget) Canonicalise() {
	t.Address = canonicalHost(canonicalIP(t.Address))
	t.Profiles, t.Groups = sortSet(t.Profiles), sortSet(t.Groups)
}

// Validate implements [Record].
func (t *MonitoringTarget) Validate() []FieldError {
	var v rules
	v.name("name", t.Name)
	v.endpoint("address", t.Address)
	if t.Port < 0 || t.Port > 65535 {
		v.add("port", "must be between 1 and 65535, is %d", t.Port)
	}
	v.names("profiles", t.Profiles)
	v.names("groups", t.Groups)
	switch {
	case t.Interval == 0:
	case t.Interval < MinMonitoringInterval || t.Interval > MaxMonitoringInterval:
		v.add("interval", "must be between %s and %s, is %s", MinMonitoringInterval, MaxMonitoringInterval, t.Interval)
	case t.Interval%time.Second != 0:
		v.add("interval", "must be in whole seconds, is %s", t.Interval)
	}
	v.name("configuration_item_id", t.ConfigurationItemID)
	v.oneOf("on_destroy", t.OnDestroy, []string{"delete", "disable"})
	v.oneOf("health", t.Health, Healths())
	v.entries("labels", t.Labels, MaxValue)
	v.entries("extensions", t.Extensions, MaxValue)
	return v.problems
}
