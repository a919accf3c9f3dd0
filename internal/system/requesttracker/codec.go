// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// written is the value of a custom field as RT takes it: null and no values at all for what is empty, since RT would keep an
// empty text as a value.
func (p place) written(r record.Record) any {
	if p.form == entries {
		m := entriesOf(p, r)
		values := make([]string, 0, len(m))
		for _, key := range slices.Sorted(maps.Keys(m)) {
			values = append(values, pair(key, m[key]))
		}
		return values
	}
	var s string
	if p.form == document {
		s = jsonOf(entriesOf(p, r))
	} else {
		s, _ = record.Text(r, p.field)
	}
	if s == "" {
		return nil
	}
	return s
}

// read puts the values of a custom field into the record.
func (p place) read(r record.Record, values []string) {
	f, ok := record.FieldNamed(r, p.field)
	if !ok || len(values) == 0 {
		return
	}
	switch p.form {
	case text:
		f.In(r).SetString(values[0])
	case document:
		// What somebody has made unreadable by hand is not there, so that a plan shows it and an apply mends it.
		var m map[string]string
		if json.Unmarshal([]byte(values[0]), &m) == nil && len(m) > 0 {
			f.In(r).Set(reflect.ValueOf(m))
		}
	case entries:
		m := map[string]string{}
		for _, value := range values {
			key, v := unpair(value)
			m[key] = v
		}
		f.In(r).Set(reflect.ValueOf(m))
	}
}

func entriesOf(p place, r record.Record) map[string]string {
	f, ok := record.FieldNamed(r, p.field)
	if !ok {
		return nil
	}
	m, _ := f.In(r).Interface().(map[string]string)
	return m
}

// jsonOf sorts the keys; empty for none.
func jsonOf(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m); err != nil {
		return "" // Texts can always be encoded.
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// pair writes one entry on one line, since RT's own form of a field of many values has one per line and trims them.
func pair(key, value string) string { return word(key, "=") + "=" + word(value, "") }

func unpair(line string) (key, value string) {
	rest := line
	if strings.HasPrefix(line, "\"") {
		d := json.NewDecoder(strings.NewReader(line))
		if d.Decode(&key) == nil && strings.HasPrefix(line[d.InputOffset():], "=") {
			rest = line[d.InputOffset():]
		} else {
			key = ""
		}
	}
	before, value, _ := strings.Cut(rest, "=")
	if key == "" {
		key = before
	}
	var quoted string
	if strings.HasPrefix(value, "\"") && json.Unmarshal([]byte(value), &quoted) == nil {
		value = quoted
	}
	return key, value
}

// word quotes a text that would not come back from one line as it is.
func word(s, but string) string {
	plain := s == strings.TrimSpace(s) && !strings.HasPrefix(s, "\"") && (but == "" || !strings.Contains(s, but)) &&
		!strings.ContainsFunc(s, unicode.IsControl)
	if plain {
		return s
	}
	return strings.TrimSuffix(jsonText(s), "\n")
}

func jsonText(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return "" // A text can always be encoded.
	}
	return b.String()
}

// decode fills what all records have, and the fields that are in custom fields, by places.
func (c *connection) decode(r record.Record, from *row, places []place) {
	m := r.Metadata()
	m.ID, m.System = string(from.ID), name
	m.Stack, m.CorrelationID = from.CustomFields.first(c.custom(stack)), from.CustomFields.first(c.custom(correlation))
	taken := map[string]bool{c.custom(relationships): true}
	for _, p := range places {
		if p.custom != "" {
			taken[c.custom(p)] = true
			p.read(r, from.CustomFields[c.custom(p)])
		}
	}
	for field, values := range from.CustomFields {
		if !taken[field] && len(values) == 1 {
			if m.Extensions == nil {
				m.Extensions = map[string]string{}
			}
			m.Extensions[field] = values[0]
		}
	}
}

// encode adds the named fields of r to what is written, as far as they are in custom fields.
func (c *connection) encode(into map[string]any, r record.Record, fields []string, places []place) {
	for _, path := range fields {
		field, key, _ := strings.Cut(path, ".")
		if field == "extensions" {
			into[key] = nil
			if value := r.Metadata().Extensions[key]; value != "" {
				into[key] = value
			}
		}
		for _, p := range places {
			if p.custom != "" && p.field == field {
				into[c.custom(p)] = p.written(r)
			}
		}
	}
}

// filled names the fields in which a record is not empty, maps entry by entry.
func filled(r record.Record) []string {
	return record.Changes(record.Define(r.Kind()).New(), r)
}

// folded is the correlation key as RT keeps it: it compares no text that is longer.
func folded(key string) string {
	if len(key) <= maxSearched {
		return key
	}
	head := key[:maxSearched-1-2*sha256.Size]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	sum := sha256.Sum256([]byte(key))
	return head + "#" + hex.EncodeToString(sum[:])
}

// keyOf is the correlation key of a record.
func keyOf(r record.Record) string {
	return record.CorrelationKey(r.Metadata().Stack, r.Kind(), r.NaturalName())
}

// unfold shows the key in full where RT holds it folded.
func unfold(r record.Record) {
	if m := r.Metadata(); m.CorrelationID != "" && m.CorrelationID == folded(keyOf(r)) {
		m.CorrelationID = keyOf(r)
	}
}
