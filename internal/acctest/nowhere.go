// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// AssertNowhere fails the test where a secret is in one of the files, as it is or encoded. A directory stands for all that
// is below it, and a ZIP file, such as a saved plan, for what is in it as well. A file that is missing is an error: a test
// that looks at nothing finds nothing.
func AssertNowhere(t *testing.T, secret string, paths ...string) {
	t.Helper()
	if len(secret) < 8 {
		t.Fatalf("a secret of %d characters is found by chance", len(secret))
	}
	for _, path := range paths {
		places, err := whereIs(secret, path)
		if err != nil {
			t.Error(err)
		}
		for _, place := range places {
			t.Errorf("the secret is in %s", place)
		}
	}
}

// whereIs names the files that hold a secret, and how they hold it.
func whereIs(secret, path string) (places []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		content, err := os.ReadFile(path) //nolint:gosec // the test names it
		return heldBy(path, content, secret), err
	}
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		// The CLI's links to provider binaries lead out of the directory.
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(file) //nolint:gosec // below what the test names
		places = append(places, heldBy(file, content, secret)...)
		return err
	})
	return places, err
}

func heldBy(name string, content []byte, secret string) []string {
	var places []string
	for how, form := range encodings(secret) {
		if bytes.Contains(content, form) {
			places = append(places, fmt.Sprintf("%s, %s", name, how))
		}
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return places
	}
	for _, member := range archive.File {
		if inside, err := readMember(member); err == nil {
			places = append(places, heldBy(name+": "+member.Name, inside, secret)...)
		} else {
			places = append(places, fmt.Sprintf("or not in %s: %s, which cannot be read: %v", name, member.Name, err))
		}
	}
	return places
}

func readMember(member *zip.File) ([]byte, error) {
	r, err := member.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

// encodings are the forms in which a text can lie in a file. Base64 depends on what comes before the text: of each of the
// three alignments, what does not depend on its neighbours is looked for.
func encodings(secret string) map[string][]byte {
	quoted, _ := json.Marshal(secret) // of a text it cannot fail
	forms := map[string][]byte{
		"as it is": []byte(secret), "as JSON": bytes.Trim(quoted, `"`),
		"in hexadecimal": []byte(hex.EncodeToString([]byte(secret))), "in UTF-16": utf16Of(secret),
	}
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		whole := len(padded) / 3 * 3
		from := (before + 2) / 3 * 4
		forms[fmt.Sprintf("in Base64 (%d)", before)] = []byte(base64.StdEncoding.EncodeToString(padded[:whole]))[from:]
		forms[fmt.Sprintf("in Base64 for URLs (%d)", before)] = []byte(base64.URLEncoding.EncodeToString(padded[:whole]))[from:]
	}
	return forms
}

func utf16Of(s string) []byte {
	var out []byte
	for _, b := range []byte(s) {
		out = append(out, b, 0)
	}
	return out
}
