// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function_test

import (
	"context"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	functions "github.com/infraops/terraform-provider-infraops/internal/function"
)

// call runs a function as Terraform does.
func call(t *testing.T, name string, result attr.Value, arguments ...attr.Value) (attr.Value, *function.FuncError) {
	t.Helper()
	for _, construct := range functions.All() {
		f := construct()
		var meta function.MetadataResponse
		f.Metadata(t.Context(), function.MetadataRequest{}, &meta)
		if meta.Name != name {
			continue
		}
		resp := function.RunResponse{Result: function.NewResultData(result)}
		f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(arguments)}, &resp)
		return resp.Result.Value(), resp.Error
	}
	t.Fatalf("there is no function %s", name)
	return nil, nil
}

// fails expects an error at an argument.
func fails(t *testing.T, what string, err *function.FuncError, argument int64, text string) {
	t.Helper()
	if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != argument || !strings.Contains(err.Text, text) {
		t.Errorf("%s: %v, want argument %d: %s", what, err, argument, text)
	}
}

var window = types.ObjectUnknown(map[string]attr.Type{"open": types.BoolType, "opens_at": types.StringType, "closes_at": types.StringType})

func changeWindow(t *testing.T, arguments ...string) (string, *function.FuncError) {
	t.Helper()
	var values []attr.Value
	for _, a := range arguments {
		values = append(values, types.StringValue(a))
	}
	got, err := call(t, "change_window", window, values...)
	return got.String(), err
}

func TestChangeWindow(t *testing.T) {
	const saturdays = "FREQ=WEEKLY;BYDAY=SA;BYHOUR=22"
	tests := []struct{ rule, at, want string }{
		{saturdays, "2026-11-07T20:00:00Z", `{"closes_at":"2026-11-08T04:00:00+01:00","open":false,"opens_at":"2026-11-07T22:00:00+01:00"}`},
		{saturdays, "2026-11-08T00:00:00+01:00", `{"closes_at":"2026-11-08T04:00:00+01:00","open":true,"opens_at":"2026-11-07T22:00:00+01:00"}`},
		// The night in which the hour from 02:00 comes twice, and the one in which it is skipped.
		{saturdays, "2026-10-25T00:00:00Z", `{"closes_at":"2026-10-25T03:00:00+01:00","open":true,"opens_at":"2026-10-24T22:00:00+02:00"}`},
		{saturdays, "2026-03-29T00:00:00Z", `{"closes_at":"2026-03-29T05:00:00+02:00","open":true,"opens_at":"2026-03-28T22:00:00+01:00"}`},
		{"DTSTART:20261107T220000\nRRULE:FREQ=WEEKLY;COUNT=1", "2026-12-01T00:00:00Z", `{"closes_at":<null>,"open":false,"opens_at":<null>}`},
	}
	for _, tt := range tests {
		if got, err := changeWindow(t, tt.rule, "6h", "Europe/Berlin", tt.at); err != nil || got != tt.want {
			t.Errorf("%s at %s: %s, %v; want %s", tt.rule, tt.at, got, err, tt.want)
		}
	}
	const at = "2026-11-07T20:00:00Z"
	for _, tt := range []struct {
		arguments []string
		argument  int64
		text      string
	}{
		{[]string{"FREQ=SECONDLY", "6h", "UTC", at}, 0, "rrule has FREQ=SECONDLY"},
		{[]string{"FREQ=DAILY", "6h", "UTC", at}, 0, "rrule does not say at which hour"},
		{[]string{saturdays, "six hours", "UTC", at}, 1, "duration must be a duration such as"},
		{[]string{saturdays, "-6h", "UTC", at}, 1, "duration must be more than zero"},
		{[]string{saturdays, "6h", "Berlin", at}, 2, "time_zone must be a zone of the IANA database"},
		{[]string{saturdays, "6h", "UTC", "now"}, 3, "at must be a time (RFC 3339)"},
	} {
		_, err := changeWindow(t, tt.arguments...)
		fails(t, strings.Join(tt.arguments, ", "), err, tt.argument, tt.text)
	}
}

func decimal(t *testing.T, text string) types.Number {
	t.Helper()
	f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil {
		t.Fatal(err)
	}
	return types.NumberValue(f)
}

func TestErrorBudget(t *testing.T) {
	unknown := types.ObjectUnknown(map[string]attr.Type{"remaining": types.NumberType, "consumed": types.NumberType})
	for _, tt := range []struct{ objective, good, total, consumed, remaining string }{
		{"0.999", "1000000", "1000000", "0", "1"},
		{"0.999", "999750", "1000000", "0.25", "0.75"},
		{"0.999", "999000", "1000000", "1", "0"},
		{"0.99", "0", "10", "100", "-99"},
		{"0.9", "99.9", "100", "0.01", "0.99"},
	} {
		got, err := call(t, "error_budget", unknown, decimal(t, tt.objective), decimal(t, tt.good), decimal(t, tt.total))
		if err != nil {
			t.Errorf("%v: %v", tt, err)
			continue
		}
		values := got.(types.Object).Attributes()
		for name, want := range map[string]string{"consumed": tt.consumed, "remaining": tt.remaining} {
			if !values[name].Equal(decimal(t, want)) {
				t.Errorf("%v: %s is %s", tt, name, values[name])
			}
		}
	}
	got, err := call(t, "burn_rate", types.NumberUnknown(), decimal(t, "0.999"), decimal(t, "4928"), decimal(t, "5000"))
	if err != nil || !got.Equal(decimal(t, "14.4")) {
		t.Errorf("burn rate %s, %v", got, err)
	}
	// As the CLI sends it: a number that binary fractions hold exactly only in its own precision.
	if got, err := call(t, "burn_rate", types.NumberUnknown(), types.NumberValue(big.NewFloat(0.999)), decimal(t, "4928"), decimal(t, "5000")); err != nil || !got.Equal(decimal(t, "14.4")) {
		t.Errorf("burn rate %s, %v", got, err)
	}
	for _, tt := range []struct {
		objective, good, total string
		argument               int64
		text                   string
	}{
		{"0", "1", "2", 0, "between 0 and 1 and neither of them, such as 0.999, is 0"},
		{"1", "1", "2", 0, "is 1"},
		{"99.9", "1", "2", 0, "is 99.9"},
		{"-0.5", "1", "2", 0, "is -0.5"},
		{"0.9", "-1", "2", 1, "must not be negative, is -1"},
		{"0.9", "3", "2", 1, "good must be at most total, 2, is 3"},
		{"0.9", "0", "0", 2, "total must be more than zero, is 0"},
		{"0.9", "0", "-2", 2, "total must be more than zero, is -2"},
		{"0.9", "1", "1e1000000000", 2, "too large or too small"},
		{"1e-1000", "1", "1", 0, "too large or too small"},
	} {
		for _, name := range []string{"error_budget", "burn_rate"} {
			result := attr.Value(unknown)
			if name == "burn_rate" {
				result = types.NumberUnknown()
			}
			_, err := call(t, name, result, decimal(t, tt.objective), decimal(t, tt.good), decimal(t, tt.total))
			fails(t, name, err, tt.argument, tt.text)
		}
	}
}

func resourceName(t *testing.T, parts ...string) (string, *function.FuncError) {
	t.Helper()
	kinds, values := []attr.Type{}, []attr.Value{}
	for _, p := range parts {
		kinds, values = append(kinds, types.StringType), append(values, types.StringValue(p))
	}
	got, err := call(t, "resource_name", types.StringUnknown(), types.TupleValueMust(kinds, values))
	return got.(types.String).ValueString(), err
}

func TestResourceName(t *testing.T) {
	long := strings.Repeat("a", 70)
	for _, tt := range []struct {
		parts []string
		want  string
	}{
		{[]string{"payments", "web", "01"}, `^payments-web-01$`},
		{[]string{"Payments", "WEB"}, `^payments-web$`},
		{[]string{long[:63]}, `^a{63}$`},
		{[]string{"payments", "web_01"}, `^payments-web-01-[a-z2-7]{8}$`},
		{[]string{"payments", "", "web"}, `^payments--web$`},
		{[]string{"", "web"}, `^web-[a-z2-7]{8}$`},
		{[]string{"日本"}, `^[a-z2-7]{8}$`},
		{[]string{long}, `^a{54}-[a-z2-7]{8}$`},
		{[]string{long[:53], "bc"}, `^a{53}-bc$`},
		{[]string{long[:53], strings.Repeat("b", 30)}, `^a{53}-[a-z2-7]{8}$`},
	} {
		got, err := resourceName(t, tt.parts...)
		if err != nil || !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("%q: %s, %v; want %s", tt.parts, got, err, tt.want)
		}
	}
	names := map[string]string{}
	for _, part := range []string{"web 01", "web_01", "web.01", "web-01", "web--01", "web__01", " web 01", "web 01 ", "wéb 01", long, long + "a", long + "b", long[:60] + "_b", long[:60] + ".b"} {
		got, err := resourceName(t, part)
		if err != nil || names[got] != "" {
			t.Errorf("%q and %q are both called %s, %v", names[got], part, got, err)
		}
		names[got] = part
	}
	for _, parts := range [][]string{{""}, {"", ""}} {
		_, err := resourceName(t, parts...)
		fails(t, "nothing", err, 0, "at least one part")
	}
	if _, err := resourceName(t); err == nil {
		t.Error("a name was made of nothing")
	}
}

func contentHash(t *testing.T, value attr.Value) string {
	t.Helper()
	got, err := call(t, "content_hash", types.StringUnknown(), types.DynamicValue(value))
	if err != nil {
		t.Fatal(err)
	}
	return got.(types.String).ValueString()
}

func TestContentHash(t *testing.T) {
	list := func(of ...string) types.List {
		v, _ := types.ListValueFrom(context.Background(), types.StringType, of)
		return v
	}
	set := func(of ...string) types.Set {
		v, _ := types.SetValueFrom(context.Background(), types.StringType, of)
		return v
	}
	entries := types.MapValueMust(types.StringType, map[string]attr.Value{"b": types.StringValue("<2>"), "a": types.StringValue("1")})
	object := types.ObjectValueMust(map[string]attr.Type{"a": types.StringType, "b": types.StringType}, entries.Elements())
	// printf '{"a":"1","b":"<2>"}' | sha256sum
	if got, want := contentHash(t, entries), "d41a19a799f31d36f6ce223eaf932b7187bbf55fff0c80a764ab9a031cf9db97"; got != want {
		t.Errorf("the hash is %s, want %s", got, want)
	}
	equal := [][2]attr.Value{
		{entries, object},
		{set("x", "y"), set("y", "x")},
		{decimal(t, "1.50"), decimal(t, "15e-1")},
		{decimal(t, "1000000"), decimal(t, "1e6")},
		{types.NumberValue(new(big.Float).Neg(new(big.Float))), decimal(t, "0")},
		{types.StringNull(), types.BoolNull()},
	}
	for _, pair := range equal {
		if contentHash(t, pair[0]) != contentHash(t, pair[1]) {
			t.Errorf("%s and %s have two hashes", pair[0], pair[1])
		}
	}
	different := []attr.Value{
		entries, list("x", "y"), list("y", "x"), list("x,y"), types.StringValue("1"), decimal(t, "1"), types.BoolValue(true), types.StringValue("true"),
		types.StringNull(), types.StringValue("null"), types.StringValue(""), types.ListValueMust(types.StringType, nil), decimal(t, "0.1"), decimal(t, "0.10000000000000001"), decimal(t, "1e2000"),
	}
	hashes := map[string]attr.Value{}
	for _, v := range different {
		h := contentHash(t, v)
		if other, taken := hashes[h]; taken {
			t.Errorf("%s and %s have one hash", other, v)
		}
		hashes[h] = v
	}
	if _, err := call(t, "content_hash", types.StringUnknown(), types.DynamicValue(types.ListUnknown(types.StringType))); err == nil {
		t.Error("what is not known has a hash")
	}
}
