// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestPrintable(t *testing.T) {
	for given, want := range map[string]string{
		"web-01 für Zürich":       "web-01 für Zürich",
		"a\tb\nc":                 `a\tb\nc`,
		"safe\rEVIL":              `safe\u000dEVIL`,
		"\x1b[2Jgone":             `\u001b[2Jgone`,
		"pay \u202eevil\u202c":    `pay \u202eevil\u202c`,
		"half a rune \xc3":        `half a rune \xc3`,
		"the rune itself: \ufffd": "the rune itself: \ufffd",
	} {
		if got := printable(given); got != want {
			t.Errorf("printable(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestParagraphsKeepLinesAndNothingElse(t *testing.T) {
	if got := paragraphs("1. stop\r\n\r\n2.\tstart\rover\n\n", "  "); got != "  1. stop\n\n  2.    start\\u000dover\n" {
		t.Errorf("%q", got)
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\tb\x1b[0m\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range strings.ReplaceAll(paragraphs(s, ""), "\n", "") + printable(s) {
			if !unicode.IsGraphic(r) {
				t.Fatalf("%q keeps %U", s, r)
			}
		}
	})
}

func TestWindow(t *testing.T) {
	start := time.Date(2026, 3, 1, 22, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		start, end time.Time
		want       string
	}{
		{time.Time{}, time.Time{}, "-"},
		{start, time.Time{}, "from 2026-03-01T21:00:00Z"},
		{time.Time{}, start, "until 2026-03-01T21:00:00Z"},
		{start, start.Add(time.Hour), "2026-03-01T21:00:00Z to 2026-03-01T22:00:00Z"},
	} {
		if got := window(c.start, c.end); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
