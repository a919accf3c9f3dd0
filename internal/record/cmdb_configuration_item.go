// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "strings"

// ConfigurationItem is an entry of the configuration management database.
type ConfigurationItem struct {
	Meta
	// Class is one of [Classes], or the system's own class name where the system has more.
	Class         string            `json:"class"`
	Name          string            `json:"name"`
	Environment   string            `json:"environment,omitempty"`
	Owner         string            `json:"owner,omitempty"`
	SupportGroup  string            `json:"support_group,omitempty"`
	Location      string            `json:"location,omitempty"`
	FQDN          string            `json:"fqdn,omitempty"`
	IPAddress     string            `json:"ip_address,omitempty"`
	SerialNumber  string            `json:"serial_number,omitempty"`
	InitialStatus string            `json:"initial_status,omitempty" infraops:"input"`
	Attributes    map[string]string `json:"attributes,omitempty"`
	OnDestroy     string            `json:"on_destroy,omitempty" infraops:"input"`
	// Status is one of [Statuses].
	Status string `json:"status,omitempty"`
}

// Classes are the portable classes of configuration items.
func Classes() []string {
	return []string{"application", "database", "network_device", "server", "service", "storage", "virtual_machine"}
}

// StatusRetired is the status of a configuration item that is kept as evidence.
const StatusRetired = "retired"

// Statuses are the portable statuses of configuration items, in the order of a life.
func Statuses() []string {
	return []string{"planned", "in_build", "operational", "maintenance", StatusRetired}
}

// LiveStatuses are the statuses that a configuration can ask for. Retirement is what destroying does.
func LiveStatuses() []string { return Statuses()[:4] }

// KindConfigurationItem is the kind of [ConfigurationItem].
var KindConfigurationItem = define(Definition{
	Kind: "cmdb_configuration_item", Role: RoleCMDB, Title: "configuration item", Version: 1,
	Key: []string{"class", "name"}, NameForm: "<class>/<name>",
	New: func() Record { return new(ConfigurationItem) },
	// A retired item is revived with its history: the same thing has come back.
	Adopt: func(existing, _ Record) ([]string, error) {
		if Gone(existing) {
			return []string{"status"}, nil
		}
		return nil, nil
	},
})

// Kind implements [Record].
func (*ConfigurationItem) Kind() Kind { return "cmdb_configuration_item" }

// NaturalName joins class and name: an application and a service may share a name.
func (c *ConfigurationItem) NaturalName() string { return c.Class + "/" + c.Name }

// Prepare implements [Preparer]: an item begins with its initial status.
func (c *ConfigurationItem) Prepare() { c.Status = c.InitialStatus }

// Retire implements [Retirer].
func (c *ConfigurationItem) Retire() { c.Status = StatusRetired }

// Gone implements [Retirer].
func (c *ConfigurationItem) Gone() bool { return c.Status == StatusRetired || c.Retired }

// HoldsKey implements [Retirer]: a retired item keeps its key, so that it is revived and never doubled.
func (c *ConfigurationItem) HoldsKey() bool { return !c.Retired }

// Canonicalise implements [Record].
func (c *ConfigurationItem) Canonicalise() {
	c.FQDN = canonicalHost(c.FQDN)
	c.IPAddress = canonicalIP(c.IPAddress)
}

// Validate implements [Record].
func (c *ConfigurationItem) Validate() []FieldError {
	var v rules
	v.name("class", c.Class)
	if strings.ContainsAny(c.Class, "/ ") {
		v.add("class", "must not contain a slash or a space, is %s", shown(c.Class))
	}
	v.name("name", c.Name)
	for field, value := range map[string]string{
		"environment": c.Environment, "owner": c.Owner, "support_group": c.SupportGroup,
		"location": c.Location, "serial_number": c.SerialNumber,
	} {
		v.name(field, value)
	}
	v.host("fqdn", c.FQDN)
	v.ip("ip_address", c.IPAddress)
	v.oneOf("initial_status", c.InitialStatus, LiveStatuses())
	v.oneOf("status", c.Status, Statuses())
	v.oneOf("on_destroy", c.OnDestroy, []string{"retire", "delete"})
	v.entries("attributes", c.Attributes, MaxValue)
	v.entries("extensions", c.Extensions, MaxValue)
	return v.sorted()
}
