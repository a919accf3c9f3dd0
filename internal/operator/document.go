// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// document is a record as --json prints it. Its fields stand apart, since a kind may have a field called "name".
type document struct {
	ID            string         `json:"id"`
	Kind          record.Kind    `json:"kind"`
	Stack         string         `json:"stack"`
	Name          string         `json:"name"`
	CorrelationID string         `json:"correlation_id"`
	Fields        map[string]any `json:"fields"`
}

func documentOf(r record.Record) document {
	m := r.Metadata()
	fields := map[string]any{}
	for _, f := range record.Fields(r) {
		if !f.Input && !f.Secret {
			fields[f.Name] = jsonValue(f.In(r))
		}
	}
	return document{ID: m.ID, Kind: r.Kind(), Stack: m.Stack, Name: r.NaturalName(), CorrelationID: m.CorrelationID, Fields: fields}
}

// jsonValue is a field as JSON knows it. Every field is there in every document, so that a script need not tell
// an absent one from an empty one: a time or an object that is not set is null, a list or a map that is not set is empty.
func jsonValue(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return record.FormatTime(x)
	case time.Duration:
		return x.String()
	}
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		return nil
	case v.Kind() == reflect.Pointer:
		return jsonValue(v.Elem())
	case v.Kind() == reflect.Map && v.IsNil():
		return map[string]string{}
	case v.Kind() == reflect.Slice:
		list := make([]any, v.Len())
		for i := range v.Len() {
			list[i] = jsonValue(v.Index(i))
		}
		return list
	case v.Kind() == reflect.Struct:
		fields := map[string]any{}
		for _, f := range record.StructFields(v.Type()) {
			fields[f.Name] = jsonValue(v.FieldByIndex(f.Index))
		}
		return fields
	}
	return v.Interface()
}

// writeJSON prints a value for a program to read.
func (s *session) writeJSON(v any) error {
	text, err := jsonText(v)
	if err != nil {
		return err
	}
	return s.write(text)
}

func jsonText(v any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", failed("writing the answer as JSON", err)
	}
	return b.String(), nil
}

func documents[R record.Record](records []R) []document {
	all := make([]document, len(records))
	for i, r := range records {
		all[i] = documentOf(r)
	}
	return all
}
