// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is an asset, a ticket, a transaction or an attachment, as REST 2.0 shows it.
type row struct {
	ID            ident
	Name          string
	Subject       string
	Status        string
	Type          string
	Lifecycle     string
	Catalog       reference
	Queue         reference
	Creator       reference
	Owner         reference
	AdminCc       references
	Created       moment
	Starts        moment
	Due           moment
	Resolved      moment
	NewValue      string
	ObjectID      ident `json:"ObjectId"`
	TransactionID ident `json:"TransactionId"`
	Content       string
	ContentType   string
	CustomFields  customFields
	Links         []link `json:"_hyperlinks"`
	MaxValues     ident
	// TicketCustomFields are those of a queue's tickets.
	TicketCustomFields references
	// etag is that of a single read.
	etag string
}

// ident is an id, which is a number in some answers and a text in others.
type ident string

// UnmarshalJSON implements [json.Unmarshaler].
func (i *ident) UnmarshalJSON(raw []byte) error {
	*i = ident(strings.Trim(string(raw), "\""))
	if *i == "null" {
		*i = ""
	}
	return nil
}

// reference is another object. Users have their name for an id.
type reference struct {
	ID   ident
	Name string
}

// UnmarshalJSON implements [json.Unmarshaler]. What is not there at all can be an empty text.
func (r *reference) UnmarshalJSON(raw []byte) error {
	type plain reference
	if len(raw) > 0 && raw[0] == '{' {
		return json.Unmarshal(raw, (*plain)(r))
	}
	return nil
}

// String is the name, where it was asked for.
func (r reference) String() string {
	if r.Name != "" {
		return r.Name
	}
	return string(r.ID)
}

// references are members of a role.
type references []reference

// UnmarshalJSON implements [json.Unmarshaler].
func (r *references) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '[' {
		return json.Unmarshal(raw, (*[]reference)(r))
	}
	return nil
}

// moment is a time. RT says 1970 for none.
type moment struct{ time.Time }

// UnmarshalJSON implements [json.Unmarshaler].
func (m *moment) UnmarshalJSON(raw []byte) error {
	t, err := time.Parse(time.RFC3339, strings.Trim(string(raw), "\""))
	if err == nil && t.Unix() != 0 {
		m.Time = t
	}
	return nil
}

// sqlTime is the form in which RT takes a time; it keeps others as they are and cannot read them back.
func sqlTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

// sqlEdit is the form in which RT takes a time of what is there already: only with its own word for none a time goes away.
func sqlEdit(t time.Time) string { return cmp.Or(sqlTime(t), "1970-01-01 00:00:00") }

// customFields are the values of the custom fields that can be seen, by name. One without a value is there and empty.
type customFields map[string][]string

// UnmarshalJSON implements [json.Unmarshaler]. An empty value is null, and files are objects.
func (c *customFields) UnmarshalJSON(raw []byte) error {
	*c = customFields{}
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var fields []struct {
		Name   string
		Values []any
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	for _, f := range fields {
		values := []string{}
		for _, v := range f.Values {
			if s, ok := v.(string); ok && s != "" {
				values = append(values, s)
			}
		}
		(*c)[f.Name] = values
	}
	return nil
}

// first is the value of a field of one value.
func (c customFields) first(name string) string {
	if values := c[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// link is where one can go from a row: to another object, or to another status.
type link struct {
	Ref  string
	Type string
	ID   ident
	Name string
	To   string
}

// linked lists the ids of the objects of a type to which links of a kind lead.
func (r *row) linked(ref, typ string) []string {
	var ids []string
	for _, l := range r.Links {
		if l.Ref == ref && l.Type == typ {
			ids = append(ids, string(l.ID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// next lists the statuses to which RT offers to go.
func (r *row) next() []string {
	var to []string
	for _, l := range r.Links {
		if l.Ref == "lifecycle" {
			to = append(to, l.To)
		}
	}
	slices.Sort(to)
	return slices.Compact(to)
}

// number is an id as a number; false for what cannot be an id of RT.
func number(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == id
}
