// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

const tableFiles = "sys_attachment"

// file is an attachment as people see it.
type file struct {
	id, change, name, hash string
	size                   int
	created                string
}

// packed is a map of texts for a column: a copy of the files of a change. A listing of files cannot be narrowed down to a stack, and
// their contents come one by one, so that a plan over a thousand changes would take a thousand requests without it.
func packed(texts map[string]string) string {
	if len(texts) == 0 {
		return ""
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if json.NewEncoder(z).Encode(texts) != nil || z.Close() != nil {
		return "" // Writing into memory does not fail.
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// maxFiles bounds what a column is unpacked to.
const maxFiles = 64 << 20

func unpacked(text string) map[string]string {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	var texts map[string]string
	if json.NewDecoder(io.LimitReader(z, maxFiles)).Decode(&texts) != nil || len(texts) == 0 {
		return nil
	}
	return texts
}

// files lists the attachments of changes, the newest first.
func (s *changeStore) files(ctx context.Context, ids []string) ([]file, error) {
	rows, hidden, err := s.listEach(ctx, listing{
		table: tableFiles, query: query{"table_name=" + s.name},
		fields: []string{"sys_id", "table_name", "table_sys_id", "file_name", "hash", "size_bytes", "sys_created_on"},
	}, sysIDs(ids), func(q query, some []string) query { return q.in("table_sys_id", some) })
	if err = cmp.Or(err, unseen(tableFiles, hidden)); err != nil {
		return nil, err
	}
	var files []file
	for _, r := range rows {
		if r["table_name"] == s.name && slices.Contains(ids, r["table_sys_id"]) {
			size, _ := strconv.Atoi(r["size_bytes"])
			files = append(files, file{r["sys_id"], r["table_sys_id"], r["file_name"], r["hash"], size, r["sys_created_on"]})
		}
	}
	slices.SortStableFunc(files, func(a, b file) int { return strings.Compare(b.created, a.created) })
	return files, nil
}

// holds says whether a file has this content: by its hash where the instance shows one.
func (f file) holds(text string) bool {
	if f.hash == "" {
		return f.size == len(text)
	}
	sum := sha256.Sum256([]byte(text))
	return f.hash == hex.EncodeToString(sum[:])
}

// verifyFiles corrects what the column of attachments says by the files that approvers see. It downloads only what has changed.
func (s *changeStore) verifyFiles(ctx context.Context, changes []*change) error {
	var ids []string
	for _, c := range changes {
		if len(c.Attachments) > 0 {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	files, err := s.files(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range changes {
		there := map[string]string{}
		for name, text := range c.Attachments {
			f, ok := fileNamed(files, c.ID, name, text)
			if !ok {
				continue
			}
			if !f.holds(text) {
				if text, err = s.download(ctx, f); err != nil {
					return err
				}
			}
			there[name] = text
		}
		c.Attachments = there
		if len(there) == 0 {
			c.Attachments = nil
		}
	}
	return nil
}

// fileNamed is the file of that name: of several, one with the content that is expected, or else the newest.
func fileNamed(files []file, change, name, text string) (file, bool) {
	all := slices.DeleteFunc(slices.Clone(files), func(f file) bool { return f.change != change || f.name != name })
	if len(all) == 0 {
		return file{}, false
	}
	newest := slices.DeleteFunc(slices.Clone(all), func(f file) bool { return f.created != all[0].created })
	if i := slices.IndexFunc(newest, func(f file) bool { return f.holds(text) }); i >= 0 {
		return newest[i], true
	}
	return all[0], true
}

func (s *changeStore) download(ctx context.Context, f file) (string, error) {
	answer, err := s.do(ctx, transport.Request{Method: http.MethodGet, Path: "/api/now/attachment/" + f.id + "/file", Header: http.Header{"Accept": {"*/*"}}})
	if err != nil {
		return "", err
	}
	return string(answer.Body), nil
}

// attach makes the named attachments of a change those that are wanted. The column follows the files: what it lists was uploaded.
func (s *changeStore) attach(ctx context.Context, c *change, wanted map[string]string, paths []string) error {
	touched := touchedEntries("attachments", paths, c.Attachments, wanted)
	if len(touched) == 0 {
		return nil
	}
	files, err := s.files(ctx, []string{c.ID})
	if err != nil {
		return err
	}
	now := map[string]string{}
	maps.Copy(now, c.Attachments)
	var outdated []file
	for _, name := range touched {
		text, keep := wanted[name]
		fresh, others := sorted(files, name, text, keep)
		outdated = append(outdated, others...)
		if delete(now, name); !keep {
			continue
		}
		if now[name] = text; !fresh {
			if err := s.upload(ctx, c.ID, name, text); err != nil {
				return err
			}
		}
	}
	if err := s.patch(ctx, s.name, c.ID, map[string]string{s.column("attachments").name: packed(now)}); err != nil {
		return err
	}
	for _, f := range outdated {
		if err := s.removeFile(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// sorted says whether a file of that name has the text already, and which files of that name must go.
func sorted(files []file, name, text string, keep bool) (fresh bool, outdated []file) {
	for _, f := range files {
		switch {
		case f.name != name:
		case keep && !fresh && f.holds(text):
			fresh = true
		default:
			outdated = append(outdated, f)
		}
	}
	return fresh, outdated
}

// touchedEntries are the entries of a map that paths name: some, or all that there are on either side.
func touchedEntries(field string, paths []string, was, now map[string]string) []string {
	var keys []string
	for _, path := range paths {
		switch {
		case path == field:
			keys = slices.AppendSeq(slices.AppendSeq(keys, maps.Keys(was)), maps.Keys(now))
		case strings.HasPrefix(path, field+"."):
			keys = append(keys, strings.TrimPrefix(path, field+"."))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func (s *changeStore) upload(ctx context.Context, change, name, text string) error {
	answer, err := s.do(ctx, transport.Request{
		Method: http.MethodPost, Path: "/api/now/attachment/file", ContentType: "text/plain", Body: []byte(text),
		Query: url.Values{"table_name": {s.name}, "table_sys_id": {change}, "file_name": {name}},
	})
	if err != nil {
		return err
	}
	rows, err := results(answer)
	if err != nil || len(rows) != 1 {
		return unread(answer, err)
	}
	if got := rows[0]["file_name"]; got != name {
		return record.Errorf(record.ErrDropped, "ServiceNow filed the attachment %q under the name %q", name, got).On("attachments." + name).
			Advise("Give the attachment a name that is a file name")
	}
	return nil
}

func (s *changeStore) removeFile(ctx context.Context, f file) error {
	_, err := s.do(ctx, transport.Request{Method: http.MethodDelete, Path: "/api/now/attachment/" + f.id, Repeatable: true})
	if isReason(err, record.ErrNotFound) {
		return nil
	}
	return err
}
