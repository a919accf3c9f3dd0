// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package check is the Terraform face of checks. A check has no record in any system: its resource is a gate in the plan,
// and its data source a report. Both look by way of the package internal/check, from where the provider runs.
package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// Resources make the resources of this area.
func Resources() []func() resource.Resource { return []func() resource.Resource{newResource} }

// DataSources make the data sources of this area.
func DataSources() []func() datasource.DataSource {
	return []func() datasource.DataSource{newDataSource}
}

// name is the Terraform type without the provider's prefix.
const name = "check"

// getter is a configuration, plan or state to read attributes from.
type getter interface {
	GetAttribute(ctx context.Context, p path.Path, target any) diag.Diagnostics
}

// settings are the attributes of an object, of one of the forms or of a whole block. What is null or unknown reads as zero.
type settings map[string]attr.Value

func (s settings) text(name string) string {
	v, _ := s[name].(types.String)
	return v.ValueString()
}

func (s settings) optionalText(name string) *string {
	v, _ := s[name].(types.String)
	return v.ValueStringPointer()
}

func (s settings) number(name string) int64 {
	v, _ := s[name].(types.Int64)
	return v.ValueInt64()
}

func (s settings) flag(name string) bool {
	v, _ := s[name].(types.Bool)
	return v.ValueBool()
}

func (s settings) texts(name string) map[string]string {
	v, _ := s[name].(types.Map)
	texts := map[string]string{}
	for key := range v.Elements() {
		texts[key] = settings(v.Elements()).text(key)
	}
	return texts
}

func (s settings) numbers(name string) []int64 {
	v, _ := s[name].(types.Set)
	var numbers []int64
	for _, element := range v.Elements() {
		if n, ok := element.(types.Int64); ok {
			numbers = append(numbers, n.ValueInt64())
		}
	}
	return numbers
}

// forms are the attributes of which a check has exactly one, in the order in which errors name them.
var forms = []string{"tcp", "http", "tls", "dns", "icmp", "ssh_command"}

// form makes what the engine takes of a form's attribute.
func form(name string, s settings) check.Form {
	switch name {
	case "tcp":
		return check.TCP{Address: s.text("address")}
	case "http":
		return check.HTTP{
			URL: s.text("url"), Method: s.text("method"), Headers: s.texts("headers"), SecretHeaders: s.texts("headers_wo"),
			ExpectedStatus: s.numbers("expected_status"), BodyContains: s.text("body_contains"), JSONPath: s.text("json_path"), Equals: s.optionalText("equals"),
			CAPEM: s.text("ca_pem"), Insecure: s.flag("insecure"),
		}
	case "tls":
		return check.TLS{Address: s.text("address"), ServerName: s.text("server_name"), MinDaysValid: s.number("min_days_valid"), CAPEM: s.text("ca_pem")}
	case "dns":
		return check.DNS{Name: s.text("name"), Type: s.text("type"), Contains: s.text("contains"), Server: s.text("server")}
	case "icmp":
		return check.ICMP{Host: s.text("host")}
	}
	return check.SSHCommand{
		Host: s.text("host"), Port: s.number("port"), User: s.text("user"), Command: s.text("command"), ExitCode: s.number("exit_code"), StdoutMatches: s.text("stdout_matches"),
		HostKey: s.text("host_key"), KnownHostsFile: s.text("known_hosts_file"), PrivateKeyFile: s.text("private_key_file"),
	}
}

// definition is a check as the configuration has it, ready to run.
type definition struct {
	name, stage string
	// form is the attribute that says what to look at.
	form     string
	probe    check.Probe
	schedule check.Schedule
}

// define reads a configuration that is wholly known. Values that the plan did not know yet are judged here.
func define(ctx context.Context, config getter, failureLimit int64) (definition, diag.Diagnostics) {
	top, diags := readTop(ctx, config)
	given, more := readForms(ctx, config)
	diags.Append(more...)
	if diags.HasError() {
		return definition{}, diags
	}
	d := definition{name: top.text("name"), stage: top.text("stage"), schedule: schedule(top, failureLimit)}
	for _, name := range forms {
		o := given[name]
		if o.IsNull() {
			continue
		}
		if d.form != "" {
			diags.Append(validateForms(given)...)
			return d, diags
		}
		var err error
		d.form = name
		d.probe, err = form(name, o.Attributes()).Probe()
		diags.Append(blame(path.Root(name), err)...)
	}
	if d.form == "" {
		diags.Append(validateForms(given)...)
	}
	diags.Append(blame(path.Empty(), d.schedule.Fits())...)
	return d, diags
}

// readTop reads the attributes that say how to look and how to call it.
func readTop(ctx context.Context, config getter) (settings, diag.Diagnostics) {
	top := settings{}
	var diags diag.Diagnostics
	for _, name := range []string{"name", "stage", attrInterval, attrTimeout, attrAttemptTimeout} {
		var v types.String
		diags.Append(config.GetAttribute(ctx, path.Root(name), &v)...)
		top[name] = v
	}
	for _, name := range []string{attrConsecutiveSuccesses, attrFailureLimit} {
		var v types.Int64
		diags.Append(config.GetAttribute(ctx, path.Root(name), &v)...)
		top[name] = v
	}
	return top, diags
}

func readForms(ctx context.Context, config getter) (map[string]types.Object, diag.Diagnostics) {
	given := map[string]types.Object{}
	var diags diag.Diagnostics
	for _, name := range forms {
		var o types.Object
		diags.Append(config.GetAttribute(ctx, path.Root(name), &o)...)
		given[name] = o
	}
	return given, diags
}

// schedule has the defaults where the configuration has nothing, as that of a data source, whose schema has no defaults.
func schedule(top settings, failureLimit int64) check.Schedule {
	s := check.Schedule{
		Interval:       duration(top, attrInterval, check.DefaultInterval),
		Timeout:        duration(top, attrTimeout, check.DefaultTimeout),
		AttemptTimeout: duration(top, attrAttemptTimeout, check.DefaultAttemptTimeout),

		ConsecutiveSuccesses: 1, FailureLimit: failureLimit,
	}
	if !top[attrConsecutiveSuccesses].IsNull() {
		s.ConsecutiveSuccesses = top.number(attrConsecutiveSuccesses)
	}
	if !top[attrFailureLimit].IsNull() {
		s.FailureLimit = top.number(attrFailureLimit)
	}
	return s
}

// duration is 0 for what is not one.
func duration(top settings, name string, otherwise time.Duration) time.Duration {
	if top[name].IsNull() {
		return otherwise
	}
	d, err := time.ParseDuration(top.text(name))
	if err != nil {
		return 0
	}
	return d
}

// blame words a setting that cannot be used, at its attribute below p.
func blame(p path.Path, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	var broken *check.Invalid
	switch {
	case errors.As(err, &broken):
		at := path.Root(broken.Field)
		if len(p.Steps()) > 0 {
			at = p.AtName(broken.Field)
		}
		diags.AddAttributeError(at, "Invalid "+broken.Field, fmt.Sprintf("%s %s.", at, broken.Problem))
	case err != nil:
		diags.AddAttributeError(p, "Invalid check", err.Error())
	}
	return diags
}

// attribute reads any attribute.
func attribute(ctx context.Context, from getter, name string) (attr.Value, diag.Diagnostics) {
	var v attr.Value
	diags := from.GetAttribute(ctx, path.Root(name), &v)
	return v, diags
}
