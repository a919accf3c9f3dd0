// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// printable keeps a record's text from doing more to a terminal than being read: whoever approves a change must
// see what was asked for, so carriage returns, escape sequences and reversed text are shown, not obeyed.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// paragraphs is printable for prose: its line breaks stay, and every line begins with the indent.
func paragraphs(s, indent string) string {
	var b strings.Builder
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for line := range strings.SplitSeq(s, "\n") {
		line = printable(strings.ReplaceAll(line, "\t", "    "))
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
	return b.String()
}

// prose adds a text under its heading; nothing where there is none.
func prose(b *strings.Builder, heading, text string) {
	if text != "" {
		b.WriteString("\n" + heading + "\n" + paragraphs(text, "  "))
	}
}

// entries is prose for a map, sorted by key.
func entries(b *strings.Builder, heading string, m map[string]string) {
	lines := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, key+" = "+strings.ReplaceAll(m[key], "\n", `\n`))
	}
	prose(b, heading, strings.Join(lines, "\n"))
}

// localTime is the form in which a person reads a time; a dash where there is none.
func localTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.RFC3339)
}

// window words the time between two planned moments.
func window(start, end time.Time) string {
	switch {
	case start.IsZero() && end.IsZero():
		return "-"
	case end.IsZero():
		return "from " + localTime(start)
	case start.IsZero():
		return "until " + localTime(end)
	}
	return localTime(start) + " to " + localTime(end)
}

// table aligns rows of cells under their headings.
type table struct {
	text   strings.Builder
	writer *tabwriter.Writer
}

func newTable(headings ...string) *table {
	t := &table{}
	t.writer = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	if len(headings) > 0 {
		t.row(headings...)
	}
	return t
}

// row adds a line. An empty cell reads as a dash, so that a column is never taken for its neighbour.
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		if cells[i] = printable(cell); cells[i] == "" {
			cells[i] = "-"
		}
	}
	// Neither the writer nor the builder behind it can fail.
	_, _ = fmt.Fprintln(t.writer, strings.Join(cells, "\t"))
}

// String ends the table.
func (t *table) String() string {
	_ = t.writer.Flush()
	return t.text.String()
}

// count words a number of things: "1 record", "3 records".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
