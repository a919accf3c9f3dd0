// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infraops/terraform-provider-infraops/internal/schedule"
)

// changeWindow is provider::infraops::change_window.
type changeWindow struct{}

var windowTypes = map[string]attr.Type{"open": types.BoolType, "opens_at": types.StringType, "closes_at": types.StringType}

// Metadata implements [function.Function].
func (changeWindow) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "change_window"
}

// Definition implements [function.Function].
func (changeWindow) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Says whether a recurring window is open",
		MarkdownDescription: "Answers for a recurring window and an instant: whether the window is `open` then, and when the window that is open or the next one " +
			"`opens_at` and `closes_at` (RFC 3339, on the wall clock of the time zone; both null where the rule has no window left).\n\n" +
			"The rule recurs on the wall clock, so a window at 22:00 stays at 22:00 when the clocks change; the duration is elapsed time. " +
			"An opening in the hour that spring skips comes at the end of that hour, and one in the hour that autumn repeats is the first of the two.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "rrule", MarkdownDescription: "The RFC 5545 rule, such as `FREQ=WEEKLY;BYDAY=SA;BYHOUR=22`. A line `DTSTART:20261107T220000` in front says from when on it counts; without one the rule itself must say on which days and at which hour."},
			function.StringParameter{Name: "duration", MarkdownDescription: "How long the window is open, such as `6h`."},
			function.StringParameter{Name: "time_zone", MarkdownDescription: "The IANA time zone, such as `Europe/Berlin`."},
			function.StringParameter{Name: "at", MarkdownDescription: "The instant to answer for (RFC 3339), such as `plantimestamp()`."},
		},
		Return: function.ObjectReturn{AttributeTypes: windowTypes},
	}
}

// windowArguments are the positions of the arguments by what package schedule calls them.
var windowArguments = map[string]int64{schedule.PartRule: 0, schedule.PartStart: 0, schedule.PartDuration: 1, schedule.PartZone: 2}

// Run implements [function.Function].
func (changeWindow) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var rule, length, zone, instant string
	if resp.Error = req.Arguments.Get(ctx, &rule, &length, &zone, &instant); resp.Error != nil {
		return
	}
	duration, err := time.ParseDuration(length)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, fmt.Sprintf("duration must be a duration such as \"6h\" or \"90m\", is %q", length))
		return
	}
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(3, fmt.Sprintf("at must be a time (RFC 3339) such as \"2026-11-07T22:00:00Z\", is %q", instant))
		return
	}
	s, err := schedule.ParseRule(rule, duration, zone)
	if err != nil {
		resp.Error = windowError(err)
		return
	}
	window, open, ok := s.At(at)
	opens, closes := types.StringNull(), types.StringNull()
	if ok {
		opens, closes = types.StringValue(window.Start.Format(time.RFC3339)), types.StringValue(window.End.Format(time.RFC3339))
	}
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(windowTypes, map[string]attr.Value{
		"open": types.BoolValue(open), "opens_at": opens, "closes_at": closes,
	}))
}

func windowError(err error) *function.FuncError {
	var e *schedule.Error
	if !errors.As(err, &e) {
		return function.NewFuncError(err.Error())
	}
	part := e.Part
	if part == schedule.PartRule {
		part = "rrule"
	}
	return function.NewArgumentFuncError(windowArguments[e.Part], part+" "+e.Problem)
}
