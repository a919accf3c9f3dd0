// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// TestWhereIs shows that a secret is found wherever it lies, since a search that finds nothing proves nothing.
func TestWhereIs(t *testing.T) {
	const secret = "correct <horse> battery"
	zipped := func(content string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		member, err := w.Create("tfplan")
		if err == nil {
			_, err = member.Write([]byte(content))
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	base64Of := func(before string) string {
		return base64.StdEncoding.EncodeToString([]byte(before + secret + "after"))
	}
	for name, content := range map[string]string{
		"plain": "x" + secret + "x", "json": `"correct \u003chorse\u003e battery"`, "hex": hex.EncodeToString([]byte("x" + secret)),
		"base64": base64Of(""), "base64, 1": base64Of("a"), "base64, 2": base64Of("ab"), "base64, 3": base64Of("abc"), "base64, 4": base64Of("abcd"),
		"base64 for URLs": base64.URLEncoding.EncodeToString([]byte("?" + secret)), "zip": zipped(secret), "zip in zip": zipped(zipped(base64Of("x"))),
	} {
		directory := t.TempDir()
		file := filepath.Join(directory, "below", "file")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{file, directory} {
			if places, err := whereIs(secret, path); err != nil || len(places) == 0 {
				t.Errorf("%s: not found, %v", name, err)
			}
			if places, err := whereIs("another secret", path); err != nil || len(places) != 0 {
				t.Errorf("%s: found what is not there: %q, %v", name, places, err)
			}
		}
	}
	if _, err := whereIs(secret, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file is no error")
	}
}
