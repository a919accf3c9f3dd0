// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/check"
)

// textRule applies one of the engine's rules to an attribute.
type textRule func(string) error

// Description implements [validator.Describer].
func (textRule) Description(context.Context) string { return "must be usable" }

// MarkdownDescription implements [validator.Describer].
func (r textRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateString implements [validator.String].
func (r textRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	resp.Diagnostics.Append(broken(req.Path, r(req.ConfigValue.ValueString()))...)
}

// numberRule is a [textRule] for numbers.
type numberRule func(int64) error

// Description implements [validator.Describer].
func (numberRule) Description(context.Context) string { return "must be usable" }

// MarkdownDescription implements [validator.Describer].
func (r numberRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateInt64 implements [validator.Int64].
func (r numberRule) ValidateInt64(_ context.Context, req validator.Int64Request, resp *validator.Int64Response) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	resp.Diagnostics.Append(broken(req.Path, r(req.ConfigValue.ValueInt64()))...)
}

func broken(p path.Path, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	if err != nil {
		steps := p.Steps()
		name := fmt.Sprint(steps[len(steps)-1])
		diags.AddAttributeError(p, "Invalid "+name, fmt.Sprintf("%s %s.", p, err))
	}
	return diags
}

// validate applies the rules that attributes share, as far as their values are known.
func validate(ctx context.Context, config getter, failureLimit int64) diag.Diagnostics {
	top, diags := readTop(ctx, config)
	given, more := readForms(ctx, config)
	diags.Append(more...)
	if diags.HasError() {
		return diags
	}
	diags.Append(validateForms(given)...)
	diags.Append(validateBody(given["http"])...)
	if each(top) {
		diags.Append(blame(path.Empty(), schedule(top, failureLimit).Fits())...)
	}
	return diags
}

// each says that all of a schedule's settings are known and valid, so that they can be compared.
func each(top settings) bool {
	for _, name := range []string{attrInterval, attrTimeout, attrConsecutiveSuccesses} {
		if top[name].IsUnknown() {
			return false
		}
	}
	s := schedule(top, 0)
	return s.Interval >= check.MinInterval && s.Timeout > 0 && s.ConsecutiveSuccesses > 0
}

// validateForms wants exactly one form. One that is not known yet may turn out to be null.
func validateForms(given map[string]types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	var have []string
	unknown := false
	for _, name := range forms {
		if o := given[name]; o.IsUnknown() {
			unknown = true
		} else if !o.IsNull() {
			have = append(have, name)
		}
	}
	switch {
	case len(have) == 0 && !unknown:
		diags.AddError("Nothing to check", "Say what to check with one of "+strings.Join(forms, ", ")+".")
	case len(have) > 1:
		for _, name := range have[1:] {
			diags.AddAttributeError(path.Root(name), "Invalid "+name, fmt.Sprintf("%s must not be set together with %s: a check looks at one thing. Make it a check of its own.", name, have[0]))
		}
	}
	return diags
}

// validateBody refuses to look at a body that will not be there.
func validateBody(o types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	s := settings(o.Attributes())
	if s.text("method") == http.MethodHead && (s.text("body_contains") != "" || s.text("json_path") != "") {
		p := path.Root("http").AtName("method")
		diags.AddAttributeError(p, "Invalid method", p.String()+" must not be HEAD where the body is looked at: HEAD gets none.")
	}
	return diags
}
