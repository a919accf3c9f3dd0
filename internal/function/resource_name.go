// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// resourceName is provider::infraops::resource_name.
type resourceName struct{}

// Metadata implements [function.Function].
func (resourceName) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "resource_name"
}

// Definition implements [function.Function].
func (resourceName) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Makes a legal and unique name",
		MarkdownDescription: "Joins the parts with hyphens and puts them into lower case. What is a legal DNS label then, of 1 to 63 letters, digits and hyphens with neither end a hyphen, is the name. Of anything else the illegal characters become hyphens, " +
			"and the name is shortened to fit and ends in a hash of the whole, so that two inputs which differ only in what was replaced or cut off have two names. " +
			"Inputs that differ only in case, or in where a hyphen parts them, have one name.",
		VariadicParameter: function.StringParameter{Name: "parts", MarkdownDescription: "The parts of the name, such as a stack, an application and a number."},
		Return:            function.StringReturn{},
	}
}

// Run implements [function.Function].
func (resourceName) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var parts []string
	if resp.Error = req.Arguments.Get(ctx, &parts); resp.Error != nil {
		return
	}
	if strings.Join(parts, "") == "" {
		resp.Error = function.NewFuncError("resource_name needs at least one part that is not empty")
		if len(parts) > 0 {
			resp.Error = function.NewArgumentFuncError(0, "resource_name needs at least one part that is not empty")
		}
		return
	}
	resp.Error = resp.Result.Set(ctx, label(strings.ToLower(strings.Join(parts, "-"))))
}

const (
	longestLabel = 63
	// hashLength is in base 32: 40 bits, which tell apart names that already agree in all that is left of them.
	hashLength = 8
)

var (
	legalLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	illegal    = regexp.MustCompile(`[^a-z0-9-]+`)
)

func label(whole string) string {
	if legalLabel.MatchString(whole) {
		return whole
	}
	sum := sha256.Sum256([]byte(whole))
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:hashLength]
	legible := strings.Trim(illegal.ReplaceAllString(whole, "-"), "-")
	legible = strings.TrimRight(legible[:min(len(legible), longestLabel-hashLength-1)], "-")
	if legible == "" {
		return hash
	}
	return legible + "-" + hash
}
