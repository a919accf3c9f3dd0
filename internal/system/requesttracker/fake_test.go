// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// fake answers as RT does, object by object, and misbehaves where a test says so.
type fake struct {
	t *testing.T
	// assets are those that can be read, by id; hidden are not found by searches.
	assets map[string]map[string]any
	hidden map[string]bool
	// put answers a PUT: nil answers that nothing was done.
	put func(w http.ResponseWriter, r *http.Request, body map[string]any)
	// search answers a search; nil lists all assets that the query names by id or any.
	search func(w http.ResponseWriter, r *http.Request)
	puts   int
}

func customField(name string, values ...any) map[string]any {
	return map[string]any{"name": name, "id": "7", "type": "customfield", "values": append([]any{}, values...)}
}

// fakeAsset is an asset of the stack, with its id as a number, as a single read shows it.
func fakeAsset(id int, name string, more ...map[string]any) map[string]any {
	fields := []any{customField("Stack", "s"), customField("Correlation ID", "s/cmdb_configuration_item/server/"+name), customField("Class", "server"), customField("Owned By", nil), customField("Attributes")}
	for _, f := range more {
		fields = append(fields, f)
	}
	return map[string]any{
		"id": id, "Name": name, "Status": "planned", "Catalog": map[string]any{"type": "catalog", "id": "3", "Name": defaultCatalog},
		"CustomFields": fields, "_hyperlinks": []any{map[string]any{"ref": "self", "type": "asset", "id": id}},
	}
}

func (f *fake) connect() *connection {
	f.t.Helper()
	return connect(f.t, f)
}

func connect(t *testing.T, handler http.Handler) *connection {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	conn, err := Open(record.Settings{"url": server.URL, "token": "1-2-3"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*connection)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, base)
	kind, id, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(kind, "s"):
		f.list(w, r)
	case r.Method == http.MethodGet && f.assets[id] != nil:
		w.Header().Set("ETag", `"`+strconv.Itoa(100+f.puts)+`"`)
		f.write(w, http.StatusOK, f.assets[id])
	case r.Method == http.MethodPut:
		f.puts++
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			f.t.Errorf("PUT without JSON: %v", err)
		}
		f.put(w, r, body)
	default:
		f.write(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request) {
	if f.search != nil {
		f.search(w, r)
		return
	}
	query := r.FormValue("query")
	items := []any{}
	for n := 1; n < 500; n++ {
		id := strconv.Itoa(n)
		_, after, paged := strings.Cut(query, "id > ")
		last, _ := strconv.Atoi(after)
		if f.assets[id] == nil || f.hidden[id] || paged && n <= last || len(items) == pageSize {
			continue
		}
		items = append(items, f.assets[id])
	}
	f.write(w, http.StatusOK, map[string]any{"items": items, "count": len(items), "total": nil, "pages": nil, "per_page": pageSize})
}

func (f *fake) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		f.t.Error(err)
	}
}
