// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package provider wires the house together: the provider block, the environment, and which system serves which role.
package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	frameworkfunction "github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/function"
	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Provider is the Terraform provider.
type Provider struct {
	version     string
	systems     []record.System
	resources   []func() resource.Resource
	dataSources []func() datasource.DataSource
}

var (
	_ provider.ProviderWithEphemeralResources = (*Provider)(nil)
	_ provider.ProviderWithFunctions          = (*Provider)(nil)
	_ provider.ProviderWithValidateConfig     = (*Provider)(nil)
)

// New makes the provider with the systems that it can use.
func New(version string, systems []record.System) *Provider {
	p := &Provider{version: version, systems: systems}
	for _, t := range Types() {
		p.resources = append(p.resources, lifecycle.NewResource(t, systems))
	}
	for _, l := range Lookups() {
		p.dataSources = append(p.dataSources, lifecycle.NewLookup(l))
	}
	for _, l := range Listings() {
		p.dataSources = append(p.dataSources, lifecycle.NewListing(l))
	}
	p.resources = append(p.resources, Resources()...)
	p.dataSources = append(p.dataSources, DataSources()...)
	return p
}

// typeName begins the name of every resource type and data source.
const typeName = "infraops"

// Metadata implements [provider.Provider].
func (p *Provider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = typeName, p.version
}

// Schema implements [provider.Provider]. It derives from what the systems declare about themselves.
func (p *Provider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"stack": schema.StringAttribute{Optional: true, MarkdownDescription: "The name of the stack, such as `payments-prod`: lower-case letters, digits, `-`, `_` and `/`, at most 64. " +
			"Every record carries it. Required, here or as " + environment("stack") + "."},
		"systems": schema.SingleNestedAttribute{
			Optional: true, Attributes: roleAttributes(p.systems),
			MarkdownDescription: "Which system serves which role, where several that are configured could.",
		},
	}
	for _, s := range p.systems {
		attributes[s.Name] = schema.SingleNestedAttribute{
			Optional: true, Attributes: optionAttributes(s),
			MarkdownDescription: s.Description + " Serves: " + rolesText(s.Serves()) + ".",
		}
	}
	resp.Schema = schema.Schema{
		Attributes:          attributes,
		MarkdownDescription: "Makes the enterprise side of provisioning part of the Terraform plan: images, configuration items, change requests and their approval, IP addresses, checks, accounts and identities, monitoring, patching, backup, software, notifications and the secrets that are handed over.",
	}
}

func roleAttributes(systems []record.System) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, role := range record.Roles() {
		var able []string
		for _, s := range systems {
			if serves(s, role) {
				able = append(able, "`"+s.Name+"`")
			}
		}
		attributes[string(role)] = schema.StringAttribute{Optional: true, MarkdownDescription: "The system that serves " + string(role) + ": " + strings.Join(able, ", ") + "."}
	}
	return attributes
}

func optionAttributes(s record.System) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, o := range s.Options {
		text := o.Description + " Also " + environment(s.Name, o.Name) + "."
		if o.Default != "" {
			text += " Default: `" + o.Default + "`."
		}
		if o.Map {
			text = strings.Replace(text, "Also "+environment(s.Name, o.Name)+".", "Also "+environment(s.Name, o.Name)+", as a JSON object.", 1)
			attributes[o.Name] = schema.MapAttribute{ElementType: types.StringType, Optional: true, Sensitive: o.Sensitive, MarkdownDescription: text}
			continue
		}
		attributes[o.Name] = schema.StringAttribute{Optional: true, Sensitive: o.Sensitive, MarkdownDescription: text}
	}
	return attributes
}

// environment is the environment variable of a setting, in Markdown.
func environment(words ...string) string { return "`" + record.Variable(words...) + "`" }

func rolesText(roles []record.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

var stackPattern = regexp.MustCompile(`^[a-z0-9_/-]{1,64}$`)

// ValidateConfig implements [provider.ProviderWithValidateConfig].
func (p *Provider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	c, diags := p.read(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	p.validateStack(c, resp)
	for role, name := range c.assigned {
		s, known := p.system(name)
		switch {
		case !known:
			resp.Diagnostics.AddAttributeError(path.Root("systems").AtName(string(role)), "Unknown system",
				fmt.Sprintf("There is no system %q. The systems that can serve %s are: %s.", name, role, p.able(role)))
		case !serves(s, role):
			resp.Diagnostics.AddAttributeError(path.Root("systems").AtName(string(role)), "System cannot serve the role",
				fmt.Sprintf("The system %q cannot serve %s. Those that can are: %s.", name, role, p.able(role)))
		}
	}
}

func (p *Provider) validateStack(c *configuration, resp *provider.ValidateConfigResponse) {
	switch {
	case c.stackUnknown:
	case c.stack == "":
		resp.Diagnostics.AddAttributeError(path.Root("stack"), "Missing stack",
			"Every record carries the stack it belongs to. Set stack in the provider block, such as \"payments-prod\", or the environment variable "+record.Variable("stack")+".")
	case !stackPattern.MatchString(c.stack):
		resp.Diagnostics.AddAttributeError(path.Root("stack"), "Invalid stack",
			fmt.Sprintf("stack must consist of 1 to 64 lower-case letters, digits, '-', '_' and '/', is %q.", c.stack))
	}
}

// Configure implements [provider.Provider]. It only notes what is configured: nothing connects before it is needed,
// and a value that is not known yet is no error until something needs it.
func (p *Provider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	c, diags := p.read(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	run := lifecycle.NewRun(c.stack, newRouter(p.systems, c).resolve)
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData = run, run, run
}

// Resources implements [provider.Provider].
func (p *Provider) Resources(context.Context) []func() resource.Resource { return p.resources }

// DataSources implements [provider.Provider].
func (p *Provider) DataSources(context.Context) []func() datasource.DataSource { return p.dataSources }

// EphemeralResources implements [provider.ProviderWithEphemeralResources].
func (p *Provider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return EphemeralResources()
}

// Functions implements [provider.ProviderWithFunctions].
func (p *Provider) Functions(context.Context) []func() frameworkfunction.Function {
	return function.All()
}

func (p *Provider) system(name string) (record.System, bool) {
	for _, s := range p.systems {
		if s.Name == name {
			return s, true
		}
	}
	return record.System{}, false
}

func (p *Provider) able(role record.Role) string {
	var names []string
	for _, s := range p.systems {
		if serves(s, role) {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}
