// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/ohler55/ojg/jp"
)

// JSONPath wants a JSONPath expression.
func JSONPath(path string) error {
	_, err := parseJSONPath(path)
	return err
}

func parseJSONPath(path string) (expression jp.Expr, err error) {
	// The parser has panicked on malformed expressions before (ohler55/ojg 1.28.4).
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("must be a JSONPath such as $.status: %v", p)
		}
	}()
	if err := NotBlank(path); err != nil {
		return nil, err
	}
	if expression, err = jp.ParseString(path); err != nil {
		return nil, fmt.Errorf("must be a JSONPath such as $.status: %w", err)
	}
	return expression, nil
}

// jsonRule is what has to be in a JSON document.
type jsonRule struct {
	path       string
	expression jp.Expr
	equals     *string
}

func newJSONRule(path string, equals *string) (*jsonRule, error) {
	expression, err := parseJSONPath(path)
	return &jsonRule{path: path, expression: expression, equals: equals}, err
}

func (r *jsonRule) expected() string {
	if r.equals == nil {
		return r.path + " that selects something"
	}
	return r.path + " that is " + excerpt(*r.equals)
}

// judge looks into a document. Where values must not be shown it says only that they differ.
func (r *jsonRule) judge(document []byte, show bool) (string, error) {
	root, err := decodeJSON(document)
	if err != nil {
		if !show {
			return "", errors.New("the body is not JSON")
		}
		return "", fmt.Errorf("the body is not JSON (%w): %s", err, excerpt(string(document[:min(len(document), 4*excerptLength)])))
	}
	found, err := r.find(root)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%s selects nothing in it", r.path)
	}
	if r.equals == nil {
		return fmt.Sprintf("%s selects %d values", r.path, len(found)), nil
	}
	for _, value := range found {
		switch text := jsonText(value); {
		case text == *r.equals:
		case show:
			return "", fmt.Errorf("%s is %s, not %s", r.path, excerpt(text), excerpt(*r.equals))
		default:
			return "", fmt.Errorf("%s is not %s", r.path, excerpt(*r.equals))
		}
	}
	return fmt.Sprintf("%s is %s", r.path, excerpt(*r.equals)), nil
}

func (r *jsonRule) find(root any) (found []any, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, fmt.Errorf("%s cannot be looked up in it: %v", r.path, p)
		}
	}()
	return r.expression.Get(root), nil
}

// decodeJSON reads one document. Numbers become int64 where they are whole, since a float64 has too few digits for an id,
// and the expressions' filters know no [json.Number].
func decodeJSON(document []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the first value")
	}
	return withNumbers(root), nil
}

func withNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		if number, err := v.Float64(); err == nil {
			return number
		}
		return v.String()
	case map[string]any:
		for key, entry := range v {
			v[key] = withNumbers(entry)
		}
	case []any:
		for i, entry := range v {
			v[i] = withNumbers(entry)
		}
	}
	return value
}

// jsonText is a value as Terraform's tostring writes it, and an object or a list as jsonencode does.
func jsonText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
