// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// What stands before RT says "404" too. Nothing is forgotten for that.
func TestNotFoundOfSomebodyElse(t *testing.T) {
	for what, foreign := range map[string]struct{ kind, body string }{
		"page":          {"text/html", "<html><title>404 Not Found</title></html>"},
		"nothing":       {"text/plain", ""},
		"text":          {"text/plain", "Not Found"},
		"other server":  {"application/json", `{"timestamp":"2026-01-01","status":404,"message":"Not Found"}`},
		"other gateway": {"application/json", `{"message":"no Route matched with those values"}`},
	} {
		t.Run(what, func(t *testing.T) {
			for _, status := range []int{http.StatusNotFound, http.StatusGone} {
				s := newItemStore(connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", foreign.kind)
					w.WriteHeader(status)
					_, _ = w.Write([]byte(foreign.body))
				})))
				e := failure(t, s.Retire(t.Context(), "1", record.Conclude), record.ErrUnavailable)
				if !strings.Contains(e.Advice, "option url") || errors.Is(e, record.ErrNotFound) {
					t.Errorf("advice %q of %v", e.Advice, e)
				}
				_ = failure(t, s.erase(t.Context(), "1"), record.ErrAmbiguous)
				_ = failure(t, s.Ready(t.Context()), record.ErrUnavailable)
			}
		})
	}
}

// A search that RT does not know answers as an object that is not there. It is no empty list.
func TestSearchThatIsNotFound(t *testing.T) {
	f := &fake{t: t}
	f.search = func(w http.ResponseWriter, _ *http.Request) {
		f.write(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
	s := newItemStore(f.connect())
	_, err := s.Find(t.Context(), record.Query{Stack: "s"})
	_ = failure(t, err, record.ErrUnavailable)
	// The object itself is read in RT's words: it is gone.
	if err := s.Retire(t.Context(), "1", record.Erase); err != nil {
		t.Error(err)
	}
}

// A ticket that was merged into another answers as the other one, which nobody may touch for it.
func TestMergedTicket(t *testing.T) {
	s := startRT(t)
	c := s.open(t)
	changes := c.stores[record.KindChangeRequest]
	var ids []string
	for _, summary := range []string{"one", "two"} {
		r := &record.ChangeRequest{Summary: summary}
		r.Stack = "merge"
		made, err := changes.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.Metadata().ID)
	}
	if status, said := as(t, "ROOT_TOKEN", http.MethodPut, "/ticket/"+ids[0], map[string]any{"MergeInto": ids[1]}); status != http.StatusOK || !strings.Contains(string(said), "erge") {
		t.Fatalf("merge: %d %s", status, said)
	}
	found, err := changes.Get(t.Context(), ids)
	if err != nil || len(found) != 1 || found[ids[1]] == nil {
		t.Errorf("found %v, error %v", found, err)
	}
	_, err = changes.Update(t.Context(), &record.ChangeRequest{Meta: record.Meta{ID: ids[0]}, Summary: "three"}, []string{"summary"})
	_ = failure(t, err, record.ErrNotFound)
	mover, _ := record.Capability[record.Transitioner](changes)
	_, err = mover.Transition(t.Context(), ids[0], record.Transition{To: record.ChangeAssess})
	_ = failure(t, err, record.ErrNotFound)
	if err := changes.Retire(t.Context(), ids[0], record.Conclude); err != nil {
		t.Error(err)
	}
	found, err = changes.Get(t.Context(), ids[1:])
	if err != nil || found[ids[1]] == nil {
		t.Fatalf("found %v, error %v", found, err)
	}
	if r := found[ids[1]].(change); r.State != record.ChangeNew || r.Summary != "two" {
		t.Errorf("the other ticket is %+v", r)
	}
}
