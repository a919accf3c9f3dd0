// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/check"
	"github.com/infraops/terraform-provider-infraops/internal/lifecycle"
)

const (
	attrInterval             = "interval"
	attrTimeout              = "timeout"
	attrAttemptTimeout       = "attempt_timeout"
	attrConsecutiveSuccesses = "consecutive_successes"
	attrFailureLimit         = "failure_limit"
)

// results are the computed attributes.
var results = []string{"passed", "attempts", "duration", "message", "checked_at"}

// sharedAttributes are those that the resource and the data source have in common.
func sharedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{Required: true, Validators: texts(check.NotBlank), MarkdownDescription: "What messages call the check, such as `ssh`."},
		"stage": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(stages...)},
			MarkdownDescription: "When in a provisioning it is made: `pre`, before the installation, or `post`, after it. Messages say so; what it depends on is for `depends_on` to say.",
		},
		"tcp":         tcpAttribute(),
		"http":        httpAttribute(),
		"tls":         tlsAttribute(),
		"dns":         dnsAttribute(),
		"icmp":        icmpAttribute(),
		"ssh_command": sshAttribute(),
		attrInterval: schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("5s"), Validators: texts(check.Interval),
			MarkdownDescription: "The pause between attempts, at least 100ms. Default: `5s`.",
		},
		attrTimeout: schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("2m"), Validators: texts(check.Duration),
			MarkdownDescription: "How long to try, all attempts together. Default: `2m`.",
		},
		attrAttemptTimeout: schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("10s"), Validators: texts(check.Duration),
			MarkdownDescription: "How long a single attempt may take, such as the run of `ssh_command`. `timeout` ends it as well. Default: `10s`.",
		},
		attrConsecutiveSuccesses: schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(1), Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many attempts in a row have to succeed. Default: `1`.",
		},
		attrFailureLimit: schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many attempts may fail, in a row or not, until the check gives up before `timeout`.",
		},
		"passed":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the check passed."},
		"attempts":   schema.Int64Attribute{Computed: true, MarkdownDescription: "How many attempts were made."},
		"duration":   schema.StringAttribute{Computed: true, MarkdownDescription: "How long it took, such as `10.25s`."},
		"message":    schema.StringAttribute{Computed: true, MarkdownDescription: "What was seen, in a sentence: evidence for `infraops_change_closure`."},
		"checked_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When it was decided (RFC 3339)."},
	}
}

var stages = []string{"pre", "post"}

func texts(rules ...textRule) []validator.String {
	var all []validator.String
	for _, r := range rules {
		all = append(all, r)
	}
	return all
}

func beside(name string) path.Expression { return path.MatchRelative().AtParent().AtName(name) }

const caDescription = "The certificates to trust in place of the machine's, in PEM."

func tcpAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true, MarkdownDescription: "Passes when an address accepts a connection.",
		Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{Required: true, Validators: texts(check.Address), MarkdownDescription: "The host and port, such as `10.20.0.7:22`."},
		},
	}
}

func httpAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Passes when a URL answers as expected. Redirects are not followed: the answer is judged as it comes, and `expected_status = [302]` expects one. " +
			"The first 1 MiB of a body is looked at. The proxy of the environment (`HTTPS_PROXY`, `NO_PROXY`) is used.",
		Attributes: map[string]schema.Attribute{
			"url":    schema.StringAttribute{Required: true, Validators: texts(check.URL), MarkdownDescription: "The URL, `http` or `https`. Messages leave out its query."},
			"method": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(check.Methods()...)}, MarkdownDescription: "The method: " + lifecycle.OneOf(check.Methods()) + ". Default: `GET`."},
			"headers": schema.MapAttribute{
				ElementType: types.StringType, Optional: true,
				Validators:          []validator.Map{mapvalidator.NoNullValues(), mapvalidator.KeysAre(textRule(check.PlainHeader)), mapvalidator.ValueStringsAre(textRule(check.HeaderValue))},
				MarkdownDescription: "Headers to send. They are kept in the state, so those that by their name hold a secret, such as `Authorization`, are refused.",
			},
			"headers_wo": schema.MapAttribute{
				ElementType: types.StringType, Optional: true, WriteOnly: true,
				Validators:          []validator.Map{mapvalidator.NoNullValues(), mapvalidator.KeysAre(textRule(check.HeaderName)), mapvalidator.ValueStringsAre(textRule(check.HeaderValue))},
				MarkdownDescription: "Headers to send that are kept nowhere, such as `Authorization`. With them no message shows anything of a body. Needs Terraform 1.11 or OpenTofu 1.11.",
			},
			"headers_wo_version": schema.Int64Attribute{Optional: true, MarkdownDescription: "Another number checks again, with the `headers_wo` of then."},
			"expected_status": schema.SetAttribute{
				ElementType: types.Int64Type, Optional: true,
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueInt64sAre(int64validator.Between(200, 599))},
				MarkdownDescription: "The statuses that pass. Default: 200 to 299.",
			},
			"body_contains": schema.StringAttribute{Optional: true, Validators: texts(notEmpty), MarkdownDescription: "What the body has to contain."},
			"json_path":     schema.StringAttribute{Optional: true, Validators: texts(check.JSONPath), MarkdownDescription: "A JSONPath such as `$.status` that has to select something in the body."},
			"equals": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.AlsoRequires(beside("json_path"))},
				MarkdownDescription: "What everything that `json_path` selects has to be. A number or boolean is compared as text, an object or list as `jsonencode` writes it.",
			},
			"ca_pem":   schema.StringAttribute{Optional: true, Validators: append(texts(check.Certificates), stringvalidator.ConflictsWith(beside("insecure"))), MarkdownDescription: caDescription},
			"insecure": schema.BoolAttribute{Optional: true, MarkdownDescription: "Take any certificate. Whoever is between can then answer in the server's name."},
		},
	}
}

// notEmpty is [check.NotBlank] for what may be a blank.
func notEmpty(text string) error {
	if text == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}

func tlsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true, MarkdownDescription: "Passes when a server presents a certificate that is trusted, is for the name and stays valid long enough, with its whole chain.",
		Attributes: map[string]schema.Attribute{
			"address":        schema.StringAttribute{Required: true, Validators: texts(check.Address), MarkdownDescription: "The host and port, such as `web-01.example.com:443`."},
			"server_name":    schema.StringAttribute{Optional: true, Validators: texts(check.Host), MarkdownDescription: "The name that the certificate has to be for. Default: the host of `address`."},
			"min_days_valid": schema.Int64Attribute{Optional: true, Validators: []validator.Int64{numberRule(check.Days)}, MarkdownDescription: "For how many days yet it has to be valid. Default: `0`."},
			"ca_pem":         schema.StringAttribute{Optional: true, Validators: texts(check.Certificates), MarkdownDescription: caDescription},
		},
	}
}

func dnsAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true, MarkdownDescription: "Passes when a name has an answer.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{Required: true, Validators: texts(check.Host), MarkdownDescription: "The domain name; for `PTR` the IP address."},
			"type": schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(check.RecordTypes()...)}, MarkdownDescription: "The record's type: " + lifecycle.OneOf(check.RecordTypes()) + ". Default: `A`."},
			"contains": schema.StringAttribute{
				Optional: true, Validators: texts(check.NotBlank),
				MarkdownDescription: "An answer that has to be there. Of a `TXT` record a part is enough, of an `MX` or `SRV` record its host.",
			},
			"server": schema.StringAttribute{
				Optional: true, Validators: texts(check.Server),
				MarkdownDescription: "The name server to ask, with or without a port. Default: whatever the machine asks, its hosts file included. A `CNAME` is then the end of the chain of aliases.",
			},
		},
	}
}

func icmpAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Passes when a host answers an echo request (ping). Where the operating system does not let the provider send one, the check fails and says so: " +
			"Linux allows it by the sysctl `net.ipv4.ping_group_range`, or to a process with `CAP_NET_RAW`.",
		Attributes: map[string]schema.Attribute{
			"host": schema.StringAttribute{Required: true, Validators: texts(check.Host), MarkdownDescription: "The host name or IP address."},
		},
	}
}

func sshAttribute() schema.Attribute {
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Passes when a command on a host ends as expected. The host's key is always verified. The login is by the SSH agent (`SSH_AUTH_SOCK`) or `private_key_file`; " +
			"there are no passwords. The command runs at every attempt, so it should only look.",
		Attributes: map[string]schema.Attribute{
			"host":             schema.StringAttribute{Required: true, Validators: texts(check.Host), MarkdownDescription: "The host name or IP address."},
			"port":             schema.Int64Attribute{Optional: true, Validators: []validator.Int64{numberRule(check.Port)}, MarkdownDescription: "The port. Default: `22`."},
			"user":             schema.StringAttribute{Required: true, Validators: texts(check.NotBlank), MarkdownDescription: "Whom to log in as."},
			"command":          schema.StringAttribute{Required: true, Validators: texts(check.NotBlank), MarkdownDescription: "The command, as the host's shell takes it. Put no secret in it: it is kept in the state."},
			"exit_code":        schema.Int64Attribute{Optional: true, Validators: []validator.Int64{numberRule(check.ExitCode)}, MarkdownDescription: "What it has to exit with. Default: `0`."},
			"stdout_matches":   schema.StringAttribute{Optional: true, Validators: texts(notEmpty, check.Pattern), MarkdownDescription: "A regular expression (RE2) that its standard output, up to 1 MiB, has to match somewhere."},
			"host_key":         schema.StringAttribute{Optional: true, Validators: append(texts(check.HostKey), stringvalidator.ConflictsWith(beside("known_hosts_file"))), MarkdownDescription: "The host's public key, such as `ssh-ed25519 AAAA...`. Default: the one in `known_hosts_file`."},
			"known_hosts_file": schema.StringAttribute{Optional: true, Validators: texts(check.NotBlank), MarkdownDescription: "The file that has the host's key. Default: `~/.ssh/known_hosts`."},
			"private_key_file": schema.StringAttribute{Optional: true, Validators: texts(check.KeyFile), MarkdownDescription: "The file of the private key to log in with, one without a passphrase. Default: the SSH agent's keys."},
		},
	}
}

// reported turns the resource's attributes into the data source's. What is write-only is left out: a data source cannot
// keep it out of the state.
func reported(attributes map[string]schema.Attribute) map[string]dschema.Attribute {
	all := map[string]dschema.Attribute{}
	for name, a := range attributes {
		if !a.IsWriteOnly() && name != "headers_wo_version" {
			all[name] = reportedAttribute(a)
		}
	}
	return all
}

func reportedAttribute(a schema.Attribute) dschema.Attribute {
	switch x := a.(type) {
	case schema.StringAttribute:
		return dschema.StringAttribute{Required: x.Required, Optional: x.Optional, Computed: x.Computed && !x.Optional, Validators: x.Validators, MarkdownDescription: x.MarkdownDescription}
	case schema.Int64Attribute:
		return dschema.Int64Attribute{Required: x.Required, Optional: x.Optional, Computed: x.Computed && !x.Optional, Validators: x.Validators, MarkdownDescription: x.MarkdownDescription}
	case schema.BoolAttribute:
		return dschema.BoolAttribute{Optional: x.Optional, Computed: x.Computed, MarkdownDescription: x.MarkdownDescription}
	case schema.MapAttribute:
		return dschema.MapAttribute{ElementType: x.ElementType, Optional: x.Optional, Validators: x.Validators, MarkdownDescription: x.MarkdownDescription}
	case schema.SetAttribute:
		return dschema.SetAttribute{ElementType: x.ElementType, Optional: x.Optional, Validators: x.Validators, MarkdownDescription: x.MarkdownDescription}
	case schema.SingleNestedAttribute:
		return dschema.SingleNestedAttribute{Optional: x.Optional, Attributes: reported(x.Attributes), MarkdownDescription: x.MarkdownDescription}
	}
	panic(fmt.Sprintf("check: a data source cannot have a %T", a))
}
