// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package iam

import (
	"strings"
	"testing"
)

func TestGenerate(t *testing.T) {
	counts := map[rune]int{}
	const passwords, length = 2000, 32
	for range passwords {
		password, err := generate(length, "abc", "Zahlungen (Test-System)")
		if err != nil || len(password) != length {
			t.Fatalf("%d characters, %v", len(password), err)
		}
		for _, r := range password {
			counts[r]++
		}
		for _, class := range []string{upper, lower, digits, symbols} {
			if !strings.ContainsAny(password, class) {
				t.Errorf("lacks one of %s", class)
			}
		}
		if !strings.ContainsAny(password[:1], upper+lower) || strings.Contains(strings.ToLower(password), "abc") {
			t.Error("begins with no letter, or contains the name")
		}
	}
	mean := passwords * length / len(alphabet)
	for _, r := range alphabet {
		if counts[r] < mean*3/4 || counts[r] > mean*5/4 {
			t.Errorf("%q came %d times, the mean is %d", r, counts[r], mean)
		}
	}
	if len(counts) != len(alphabet) {
		t.Errorf("%d different characters came from an alphabet of %d", len(counts), len(alphabet))
	}
	if short, err := generate(16); err != nil || len(short) != 16 {
		t.Error(err)
	}
}

func TestResembles(t *testing.T) {
	for _, c := range []struct {
		password, name string
		want           bool
	}{
		{"xxSVC-Dumpsxx", "svc-dumps", true},
		{"xxdumpsxx", "svc-dumps", true},
		{"xxabxx", "ab", false},
		{"xxsystemxx", "Zahlungen (Test-System", true},
		{"xx", "", false},
		{"xxdumxx", "svc-dumps", false},
	} {
		if resembles(c.password, c.name) != c.want {
			t.Errorf("%q and %q", c.password, c.name)
		}
	}
}
