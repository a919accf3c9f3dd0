// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// An answer without its list is no empty list: everything would be gone.
func TestAnswerWithoutList(t *testing.T) {
	for _, body := range []string{`{}`, `{"items":null}`, `{"message":"Try later 1-2-3"}`, `null`} {
		f := &fake{t: t}
		f.search = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
		_, err := newItemStore(f.connect()).Find(t.Context(), record.Query{Stack: "s"})
		e := failure(t, err, record.ErrUnavailable)
		if strings.Contains(e.Answer, "1-2-3") || !strings.Contains(e.Answer, "but \"") {
			t.Errorf("answered %s: %s", body, e.Answer)
		}
	}
}

// An answer that does not say what was made leaves open whether something was.
func TestMadeWithoutNumber(t *testing.T) {
	for _, body := range []string{`{}`, `{"id":null}`, `{"id":""}`, `{"message":"made"}`, `null`} {
		f := &fake{t: t}
		s := newItemStore(connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/asset") {
				w.WriteHeader(http.StatusCreated)
				_, _ = w.Write([]byte(body))
				return
			}
			f.ServeHTTP(w, r)
		})))
		i := &record.ConfigurationItem{Class: "server", Name: "one"}
		i.Stack = "s"
		_, err := s.Create(t.Context(), i)
		_ = failure(t, err, record.ErrAmbiguous)
	}
}

// RT repeats what it was sent in what it says, and errors quote that.
func TestSecretsInRefusals(t *testing.T) {
	f := &fake{t: t, assets: map[string]map[string]any{"1": fakeAsset(1, "one")}}
	f.put = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		f.write(w, http.StatusOK, []any{"Asset one: Permission Denied for 1-2-3-token"})
	}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	conn, err := Open(record.Settings{"url": server.URL, "token": "1-2-3-token"})
	if err != nil {
		t.Fatal(err)
	}
	s := newItemStore(conn.(*connection))
	_, updated := s.Update(t.Context(), itemWith("1", func(i item) { i.Owner = "x" }), []string{"owner"})
	for what, err := range map[string]error{"update": updated, "erase": s.erase(t.Context(), "1")} {
		if err == nil || strings.Contains(err.Error(), "1-2-3-token") || !strings.Contains(err.Error(), "***") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
