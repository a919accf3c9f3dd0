// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package function

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// contentHash is provider::infraops::content_hash.
type contentHash struct{}

// Metadata implements [function.Function].
func (contentHash) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "content_hash"
}

// Definition implements [function.Function].
func (contentHash) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Hashes a value of any type",
		MarkdownDescription: "The SHA-256, in hexadecimal, of the value's canonical JSON: no white space, the keys of objects and maps and the elements of sets in order, numbers in their shortest decimal form. " +
			"Equal values have equal hashes, however they are written; a map and an object with the same entries are equal, a list and another order of it are not. Put it into `triggers` of a change request.",
		Parameters: []function.Parameter{function.DynamicParameter{Name: "value", AllowNullValue: true, MarkdownDescription: "The value, of any type."}},
		Return:     function.StringReturn{},
	}
}

// Run implements [function.Function].
func (contentHash) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	hash, err := hashOf(ctx, argument)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "value cannot be hashed: "+err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, hash)
}

func hashOf(ctx context.Context, value types.Dynamic) (string, error) {
	canonical := []byte("null")
	if !value.IsNull() && !value.IsUnderlyingValueNull() {
		v, err := value.UnderlyingValue().ToTerraformValue(ctx)
		if err != nil {
			return "", err
		}
		if canonical, err = canonicalJSON(v); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

func canonicalJSON(v tftypes.Value) ([]byte, error) {
	if !v.IsKnown() {
		return nil, errors.New("a part of it is not known yet")
	}
	if v.IsNull() {
		return []byte("null"), nil
	}
	t := v.Type()
	switch {
	case t.Is(tftypes.String):
		var s string
		if err := v.As(&s); err != nil {
			return nil, err
		}
		return quoted(s)
	case t.Is(tftypes.Bool):
		var b bool
		err := v.As(&b)
		return fmt.Append(nil, b), err
	case t.Is(tftypes.Number):
		n := new(big.Float)
		err := v.As(&n)
		return []byte(canonicalNumber(n)), err
	case t.Is(tftypes.Map{}), t.Is(tftypes.Object{}):
		return canonicalObject(v)
	default: // lists, tuples and sets
		return canonicalList(v, t.Is(tftypes.Set{}))
	}
}

func canonicalList(v tftypes.Value, unordered bool) ([]byte, error) {
	var list []tftypes.Value
	if err := v.As(&list); err != nil {
		return nil, err
	}
	elements := make([][]byte, len(list))
	for i, e := range list {
		var err error
		if elements[i], err = canonicalJSON(e); err != nil {
			return nil, err
		}
	}
	if unordered {
		slices.SortFunc(elements, bytes.Compare)
	}
	return slices.Concat([]byte("["), bytes.Join(elements, []byte(",")), []byte("]")), nil
}

func canonicalObject(v tftypes.Value) ([]byte, error) {
	var object map[string]tftypes.Value
	if err := v.As(&object); err != nil {
		return nil, err
	}
	var members [][]byte
	for _, name := range slices.Sorted(maps.Keys(object)) {
		key, err := quoted(name)
		if err != nil {
			return nil, err
		}
		value, err := canonicalJSON(object[name])
		if err != nil {
			return nil, err
		}
		members = append(members, slices.Concat(key, []byte(":"), value))
	}
	return slices.Concat([]byte("{"), bytes.Join(members, []byte(",")), []byte("}")), nil
}

func quoted(s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// canonicalNumber writes a number in the shortest way that tells it from all others, without an exponent unless its digits would be
// too many.
func canonicalNumber(n *big.Float) string {
	if n.Sign() == 0 {
		return "0" // There is a negative zero.
	}
	if exponent := n.MantExp(nil); exponent > precision || exponent < -precision {
		return n.Text('e', -1)
	}
	return n.Text('f', -1)
}
