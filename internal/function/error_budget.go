// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function

import (
	"context"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// errorBudget is provider::infraops::error_budget.
type errorBudget struct{}

var budgetTypes = map[string]attr.Type{"remaining": types.NumberType, "consumed": types.NumberType}

// Metadata implements [function.Function].
func (errorBudget) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "error_budget"
}

// Definition implements [function.Function].
func (errorBudget) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Says how much of an error budget is left",
		MarkdownDescription: "Answers for the events of an objective's whole window which share of the error budget is `consumed`, `(total - good) / (total * (1 - objective))`, and which is `remaining`, " +
			"`1 - consumed`; it is negative where more is consumed than there was. The arithmetic is that of decimal fractions, exact as far as the result is one.",
		Parameters: budgetParameters(),
		Return:     function.ObjectReturn{AttributeTypes: budgetTypes},
	}
}

// Run implements [function.Function].
func (errorBudget) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	consumed, err := spent(ctx, req)
	if resp.Error = err; err != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(budgetTypes, map[string]attr.Value{
		"consumed": number(consumed), "remaining": number(new(big.Rat).Sub(one, consumed)),
	}))
}

// burnRate is provider::infraops::burn_rate.
type burnRate struct{}

// Metadata implements [function.Function].
func (burnRate) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "burn_rate"
}

// Definition implements [function.Function].
func (burnRate) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Says how fast an error budget is being consumed",
		MarkdownDescription: "Answers for the events of any stretch of time how fast they consume the error budget: the share of bad events by the share that the objective allows, " +
			"`((total - good) / total) / (1 - objective)`. At 1 the budget lasts for exactly the objective's window, at 14.4 a budget for 30 days is gone in two days and two hours.",
		Parameters: budgetParameters(),
		Return:     function.NumberReturn{},
	}
}

// Run implements [function.Function].
func (burnRate) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	rate, err := spent(ctx, req)
	if resp.Error = err; err != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, number(rate))
}

func budgetParameters() []function.Parameter {
	return []function.Parameter{
		function.NumberParameter{Name: "objective", MarkdownDescription: "The share of events that are to be good, between 0 and 1 and neither of them, such as `0.999`."},
		function.NumberParameter{Name: "good", MarkdownDescription: "How many events were good."},
		function.NumberParameter{Name: "total", MarkdownDescription: "How many events there were, more than zero."},
	}
}

var one = big.NewRat(1, 1)

// spent is the share of bad events by the share that is allowed.
func spent(ctx context.Context, req function.RunRequest) (*big.Rat, *function.FuncError) {
	var arguments [3]*big.Float
	if err := req.Arguments.Get(ctx, &arguments[0], &arguments[1], &arguments[2]); err != nil {
		return nil, err
	}
	var exact [3]*big.Rat
	for i, name := range []string{"objective", "good", "total"} {
		var ok bool
		if exact[i], ok = rational(arguments[i]); !ok {
			return nil, function.NewArgumentFuncError(int64(i), name+" is too large or too small to calculate with")
		}
	}
	objective, good, total := exact[0], exact[1], exact[2]
	switch {
	case objective.Sign() <= 0 || objective.Cmp(one) >= 0:
		return nil, function.NewArgumentFuncError(0, "objective must be between 0 and 1 and neither of them, such as 0.999, is "+shown(arguments[0]))
	case good.Sign() < 0:
		return nil, function.NewArgumentFuncError(1, "good must not be negative, is "+shown(arguments[1]))
	case total.Sign() <= 0:
		return nil, function.NewArgumentFuncError(2, "total must be more than zero, is "+shown(arguments[2])+": without events nothing can be said about the objective")
	case good.Cmp(total) > 0:
		return nil, function.NewArgumentFuncError(1, "good must be at most total, "+shown(arguments[2])+", is "+shown(arguments[1]))
	}
	bad := new(big.Rat).Sub(total, good)
	allowed := new(big.Rat).Mul(total, new(big.Rat).Sub(one, objective))
	return bad.Quo(bad, allowed), nil
}

// precision is that of Terraform's own numbers, in bits.
const precision = 512

// rational takes a number for the decimal fraction that was written: 0.999 and not the binary fraction next to it. A number
// with an exponent beyond all measurement is refused, since its digits would fill the memory.
func rational(f *big.Float) (*big.Rat, bool) {
	if exponent := f.MantExp(nil); f.IsInf() || exponent > precision || exponent < -precision {
		return nil, false
	}
	return new(big.Rat).SetString(f.Text('g', -1))
}

func number(r *big.Rat) types.Number {
	return types.NumberValue(new(big.Float).SetPrec(precision).SetRat(r))
}

func shown(f *big.Float) string { return f.Text('g', 12) }
