// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package registry

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// row is a record as the table has it.
type row struct {
	id        int64
	kind      record.Kind
	stack     string
	version   int
	retired   bool
	createdBy string
	document  []byte
}

// rowColumns are what scanRow reads.
const rowColumns = "id, kind, stack, version, retired, created_by, document"

func scanRow(rows *sql.Rows) (row, error) {
	var r row
	var retired int
	var document sql.RawBytes
	err := rows.Scan(&r.id, &r.kind, &r.stack, &r.version, &retired, &r.createdBy, &document)
	r.retired, r.document = retired != 0, document
	return r, err
}

// decode makes the record. It must be called before the next row is read: the document is the driver's own memory.
func (r row) decode() (record.Record, error) {
	definition := record.Define(r.kind)
	out := definition.New()
	document, err := upgrade(definition, r.version, r.document)
	if err == nil {
		err = json.Unmarshal(document, out)
	}
	if err != nil {
		return nil, record.Errorf(record.ErrUnavailable, "the document of %s %d in the registry cannot be read", definition.Title, r.id).Because(err).
			Advise("Use the provider version that has written it, or restore the registry from a backup")
	}
	m := out.Metadata()
	m.ID, m.Stack, m.Retired = strconv.FormatInt(r.id, 10), r.stack, r.retired
	stamp(out)
	return out, nil
}

// stamp fills what follows from the rest. The record is canonical afterwards.
func stamp(r record.Record) {
	r.Canonicalise()
	m := r.Metadata()
	m.System, m.URL = name, ""
	m.CorrelationID = record.CorrelationKey(m.Stack, r.Kind(), r.NaturalName())
}

// documentVersion is that of a definition; one that does not say is at its first.
func documentVersion(d record.Definition) int { return max(d.Version, 1) }

// upgrade takes a document to the current version, one version after the other.
func upgrade(d record.Definition, version int, document []byte) ([]byte, error) {
	switch current := documentVersion(d); {
	case version == current:
		return document, nil
	case version > current:
		return nil, fmt.Errorf("it has version %d, and this provider knows versions up to %d", version, current)
	}
	var fields map[string]any
	if err := json.Unmarshal(document, &fields); err != nil {
		return nil, err
	}
	for ; version < documentVersion(d); version++ {
		if d.Upgrade == nil {
			return nil, fmt.Errorf("there is no step from version %d to the next", version)
		}
		if err := d.Upgrade(version, fields); err != nil {
			return nil, fmt.Errorf("upgrading from version %d: %w", version, err)
		}
	}
	return json.Marshal(fields)
}

// columns are the values of a record's row that follow from its content.
type columns struct {
	name                    string
	version                 int
	retired, holdsKey, gone int
	document                string
}

// columnsOf leaves secrets out: none ever gets into a document.
func columnsOf(r record.Record, stored record.Record) (columns, error) {
	if slices.ContainsFunc(record.Fields(stored), func(f record.Field) bool { return f.Secret && !f.In(stored).IsZero() }) {
		stored = record.Clone(stored)
		record.Withhold(stored)
	}
	document, err := json.Marshal(stored)
	if err != nil {
		return columns{}, record.Errorf(record.ErrInvalid, "the record cannot be stored").Because(err)
	}
	return columns{
		name: r.NaturalName(), version: documentVersion(record.Define(r.Kind())), document: string(document),
		retired: flag(r.Metadata().Retired), holdsKey: flag(record.HoldsKey(r)), gone: flag(record.Gone(r)),
	}, nil
}

// flag is a truth value that both databases compare alike.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// numeric turns an id into the table's; false where no record can have it.
func numeric(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != id {
		return 0, false
	}
	return n, true
}

// placeholders is the inside of IN (...) for n values.
func placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// timeLayout has a fixed width, so that text sorts as time does.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func parseTime(s string) (time.Time, error) { return time.Parse(timeLayout, s) }
