// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"net/http"
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
