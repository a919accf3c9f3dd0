// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// configuration is the provider block with the environment.
type configuration struct {
	stack        string
	stackUnknown bool
	assigned     map[record.Role]string
	// rolesUnknown says that it is not known yet which system serves what.
	rolesUnknown bool
	// configured names the systems that the block or the environment configures.
	configured map[string]bool
	settings   map[string]record.Settings
	// unknown names the systems some of whose options are not known yet.
	unknown map[string]bool
}

// getter is a configuration to read attributes from.
type getter interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// read takes the block's values, and the environment's where the block has none.
func (p *Provider) read(ctx context.Context, config getter) (*configuration, diag.Diagnostics) {
	c := &configuration{
		assigned: map[record.Role]string{}, configured: map[string]bool{},
		settings: map[string]record.Settings{}, unknown: map[string]bool{},
	}
	var stack types.String
	diags := config.GetAttribute(ctx, path.Root("stack"), &stack)
	if c.stack, c.stackUnknown = stack.ValueString(), stack.IsUnknown(); stack.IsNull() {
		c.stack = os.Getenv(record.Variable("stack"))
	}
	var systems types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("systems"), &systems)...)
	c.rolesUnknown = systems.IsUnknown()
	for role, v := range systems.Attributes() {
		name := v.(types.String)
		if c.rolesUnknown = c.rolesUnknown || name.IsUnknown(); !name.IsNull() && !name.IsUnknown() {
			c.assigned[record.Role(role)] = name.ValueString()
		}
	}
	for _, s := range p.systems {
		var block types.Object
		diags.Append(config.GetAttribute(ctx, path.Root(s.Name), &block)...)
		diags.Append(c.readSystem(s, block)...)
	}
	return c, diags
}

// readSystem takes each option from the block, else from the environment, else its default.
func (c *configuration) readSystem(s record.System, block types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	c.configured[s.Name] = !block.IsNull()
	c.unknown[s.Name] = block.IsUnknown()
	c.settings[s.Name] = record.Settings{}
	for _, o := range s.Options {
		value, has := block.Attributes()[o.Name]
		if has && !value.IsNull() {
			diags.Append(c.readOption(s, o, value)...)
			continue
		}
		settings, fromEnvironment, err := s.LeftOut(o)
		if err != nil {
			diags.AddAttributeError(path.Root(s.Name), "Invalid setting of "+s.Name, "It does not come from the provider block: "+sentence(err))
		}
		c.configured[s.Name] = c.configured[s.Name] || fromEnvironment
		maps.Copy(c.settings[s.Name], settings)
	}
	return diags
}

// readOption takes an option that the block sets.
func (c *configuration) readOption(s record.System, o record.Option, value attr.Value) diag.Diagnostics {
	var diags diag.Diagnostics
	at := path.Root(s.Name).AtName(o.Name)
	if !o.Map {
		c.take(s, o.Name, value, at, o.Judge, &diags)
		return diags
	}
	if value.IsUnknown() {
		c.unknown[s.Name] = true
		return diags
	}
	for key, entry := range value.(types.Map).Elements() {
		judge := func(text string) error { return o.JudgeEntry(key, text) }
		c.take(s, o.Name+"."+key, entry, at.AtMapKey(key), judge, &diags)
	}
	return diags
}

// take notes a value of the block under its name among the settings. One that is null counts as left out.
func (c *configuration) take(s record.System, name string, value attr.Value, at path.Path, judge func(string) error, diags *diag.Diagnostics) {
	if value.IsUnknown() {
		c.unknown[s.Name] = true
	}
	if value.IsNull() || value.IsUnknown() {
		return
	}
	text := value.(types.String).ValueString()
	if err := judge(text); err != nil {
		diags.AddAttributeError(at, "Invalid "+name, name+" "+sentence(err))
	}
	c.settings[s.Name][name] = text
}

// sentence ends the text of an error as a sentence.
func sentence(err error) string { return strings.TrimRight(err.Error(), ".") + "." }
