// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// A plan promises a create only where RT lets the account make something, and takes no more requests to find out.
func TestReady(t *testing.T) {
	const forbidden = "forbidden"
	for what, c := range map[string]struct {
		// What the account is offered in the queue and the two catalogs, or that they are forbidden.
		queue, items, servers string
		catalogs              bool
		advice                []string
	}{
		"all":                            {queue: "create", items: "create"},
		"configuration items only":       {queue: "self", items: "create"},
		"items only, no queue":           {queue: forbidden, items: "create"},
		"change requests only":           {queue: "create", items: "self"},
		"changes only, no catalog":       {queue: "create", items: forbidden},
		"reads only":                     {queue: "self", items: "self", advice: []string{"CreateTicket", "CreateAsset"}},
		"sees nothing":                   {queue: forbidden, items: forbidden, advice: []string{"SeeQueue", "ShowCatalog"}},
		"reads items, and no queue":      {queue: forbidden, items: "self", advice: []string{"CreateAsset"}},
		"reads changes, and no catalog":  {queue: "self", items: forbidden, advice: []string{"CreateTicket"}},
		"one catalog of two":             {queue: "create", items: "create", servers: "self", catalogs: true, advice: []string{"CreateAsset", "Servers"}},
		"a named catalog is not visible": {queue: "create", items: "create", servers: forbidden, catalogs: true, advice: []string{"ShowCatalog"}},
	} {
		t.Run(what, func(t *testing.T) {
			var asked []string
			f := &fake{t: t}
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Path)
				ref, ok := map[string]string{"/queue/" + defaultQueue: c.queue, "/catalog/" + defaultCatalog: c.items, "/catalog/Servers": c.servers}[strings.TrimPrefix(r.URL.Path, base)]
				if !ok || ref == forbidden {
					f.write(w, http.StatusForbidden, map[string]any{"message": "Forbidden"})
					return
				}
				f.write(w, http.StatusOK, map[string]any{"id": 3, "_hyperlinks": []any{map[string]any{"ref": ref}}})
			})
			conn := connect(t, handler)
			if c.catalogs {
				conn.catalogs = map[string]string{"server": "Servers"}
			}
			err := conn.Ready(t.Context())
			if len(c.advice) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := failure(t, err, record.ErrUnauthorized)
			for _, words := range c.advice {
				if !strings.Contains(e.Advice, words) {
					t.Errorf("%q does not say %q", e.Advice, words)
				}
			}
			slices.Sort(asked)
			if n := len(slices.Compact(asked)); n > 3 || n < len(asked) {
				t.Errorf("asked for %v", asked)
			}
		})
	}
}

// The requester of the tests reads the queue and the catalog, and may make nothing.
func TestReadyWithoutRights(t *testing.T) {
	s := startRT(t)
	if err := s.open(t).Ready(t.Context()); err != nil {
		t.Error(err)
	}
	err := s.open(t, "token", setting(t, "REQUESTER_TOKEN")).Ready(t.Context())
	if e := failure(t, err, record.ErrUnauthorized); !strings.Contains(e.Advice, "CreateTicket") || !strings.Contains(e.Advice, "CreateAsset") {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
}
