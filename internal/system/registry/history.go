// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The words for what was done to a record.
const (
	actionCreate          = "create"
	actionUpdate          = "update"
	actionRetire          = "retire"
	actionDisable         = "disable"
	actionDelete          = "delete"
	actionAllocate        = "allocate"
	actionRelease         = "release"
	actionRequestApproval = "request_approval"
	actionApprove         = "approve"
	actionReject          = "reject"
	actionTransition      = "transition"
	actionRetrieve        = "retrieve"
)

// Event is one line of the history: who did what to which record, and what it changed.
type Event struct {
	Sequence int64
	At       time.Time
	Actor    string
	Stack    string
	Kind     record.Kind
	ID       string
	// Name is the record's natural name after the event.
	Name   string
	Action string
	// Changes lists the fields that differ.
	Changes []Difference
}

// Difference is one field, or one entry of a map, before and after an event.
type Difference struct {
	Field string `json:"field"`
	Was   string `json:"was,omitempty"`
	Now   string `json:"now,omitempty"`
}

// HistoryFilter selects events; an empty field matches any.
type HistoryFilter struct {
	Stack string
	Kind  record.Kind
	ID    string
}

// entry is an event that is about to be written.
type entry struct {
	action string
	id     int64
	// name is that of now where it is empty; actor is the registry's.
	name, actor string
	was, now    record.Record
	// more are differences that are not fields.
	more []Difference
}

// log appends to the history, in the transaction that makes the change.
func (tx *transaction) log(ctx context.Context, e entry) error {
	if e.name == "" {
		e.name = e.now.NaturalName()
	}
	if e.actor == "" {
		e.actor = tx.r.actor
	}
	changes, err := json.Marshal(append(differences(e.was, e.now), e.more...))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO infraops_history (at, actor, stack, kind, record_id, name, action, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		formatTime(tx.at), e.actor, e.now.Metadata().Stack, string(e.now.Kind()), e.id, e.name, e.action, string(changes))
	return err
}

func differences(was, now record.Record) []Difference {
	all := []Difference{}
	created := was.Metadata().ID == ""
	for _, path := range record.Changes(was, now) {
		d := Difference{Field: path, Now: shorten(fieldText(now, path))}
		if !created {
			// What comes before a creation is nothing, and not a zero.
			d.Was = shorten(fieldText(was, path))
		}
		all = append(all, d)
	}
	if before, after := was.Metadata().Retired, now.Metadata().Retired; before != after {
		all = append(all, Difference{Field: "retired", Was: strconv.FormatBool(before), Now: strconv.FormatBool(after)})
	}
	return all
}

// fieldText is [record.Text], and JSON for what is more than a text.
func fieldText(r record.Record, path string) string {
	if text, ok := record.Text(r, path); ok {
		return text
	}
	name, key, isEntry := strings.Cut(path, ".")
	f, ok := record.FieldNamed(r, name)
	if !ok {
		return ""
	}
	value := f.In(r)
	if isEntry && f.IsMap() {
		value = value.MapIndex(reflect.ValueOf(key))
	}
	if !value.IsValid() || value.IsZero() {
		return ""
	}
	text, err := json.Marshal(value.Interface())
	if err != nil {
		return fmt.Sprint(value.Interface())
	}
	return string(text)
}

// shorten keeps attachments from being stored again with every event: a long text is known by its beginning and its sum.
func shorten(text string) string {
	const whole, beginning = 4096, 256
	if len(text) <= whole {
		return text
	}
	cut := beginning
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%s… (%d bytes, SHA-256 %s)", text[:cut], len(text), hex.EncodeToString(sum[:]))
}

// History lists the events that match, oldest first.
func (r *Registry) History(ctx context.Context, f HistoryFilter) ([]Event, error) {
	conditions, args := []string{"sequence > ?"}, []any{}
	if f.Stack != "" {
		conditions, args = append(conditions, "stack = ?"), append(args, f.Stack)
	}
	if f.Kind != "" {
		conditions, args = append(conditions, "kind = ?"), append(args, string(f.Kind))
	}
	if f.ID != "" {
		id, ok := numeric(f.ID)
		if !ok {
			return nil, nil
		}
		conditions, args = append(conditions, "record_id = ?"), append(args, id)
	}
	query := "SELECT sequence, at, actor, stack, kind, record_id, name, action, changes FROM infraops_history WHERE " +
		strings.Join(conditions, " AND ") + " ORDER BY sequence LIMIT 1000"
	var events []Event
	err := r.read(ctx, func(s session) error {
		events = nil
		for last, more := int64(0), true; more; {
			before := len(events)
			err := s.each(ctx, func(rows *sql.Rows) error {
				e, err := scanEvent(rows)
				events, last = append(events, e), e.Sequence
				return err
			}, query, append([]any{last}, args...)...)
			if err != nil {
				return err
			}
			more = len(events)-before == pageSize
		}
		return nil
	})
	if errors.Is(err, errAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return events, nil
}

func scanEvent(rows *sql.Rows) (Event, error) {
	var e Event
	var id int64
	var at, changes string
	if err := rows.Scan(&e.Sequence, &at, &e.Actor, &e.Stack, &e.Kind, &id, &e.Name, &e.Action, &changes); err != nil {
		return e, err
	}
	e.ID = strconv.FormatInt(id, 10)
	var err error
	if e.At, err = parseTime(at); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(changes), &e.Changes)
}
