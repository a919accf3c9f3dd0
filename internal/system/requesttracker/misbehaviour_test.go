// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func failure(t *testing.T, err, reason error) *record.Error {
	t.Helper()
	var e *record.Error
	if !errors.Is(err, reason) || !errors.As(err, &e) {
		t.Fatalf("error is %v, want %v", err, reason)
	}
	return e
}

func itemWith(id string, set func(item)) item {
	i := &record.ConfigurationItem{Meta: record.Meta{ID: id}}
	set(i)
	return i
}

// RT refuses with the status 200. The error names the field, RT's words, and the right.
func TestRefusalsOfAnUpdate(t *testing.T) {
	for what, c := range map[string]struct {
		field  string
		set    func(item)
		said   []any
		advice string
	}{
		"attribute": {"name", func(i item) { i.Name = "other" }, []any{"Asset one: Permission Denied"}, "ModifyAsset"},
		"status":    {"status", func(i item) { i.Status = "retired" }, []any{"Asset one: Status 'retired' isn't a valid status for this asset."}, "lifecycle"},
		"custom field": {
			"owner", func(i item) { i.Owner = "somebody" }, []any{"Could not add a new value to custom field 'Owned By': Permission Denied", nil}, "ModifyCustomField",
		},
		"no custom field": {"location", func(i item) { i.Location = "fra1" }, []any{}, `custom field "Location"`},
		"entry":           {"attributes.cpu", func(i item) { i.Attributes = map[string]string{"cpu": "4"} }, []any{"Invalid value for custom field"}, "ModifyCustomField"},
		"vendor field":    {"extensions.Nope", func(i item) { i.Extensions = map[string]string{"Nope": "x"} }, []any{}, `custom field "Nope"`},
	} {
		t.Run(what, func(t *testing.T) {
			f := &fake{t: t, assets: map[string]map[string]any{"1": fakeAsset(1, "one")}}
			f.put = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) { f.write(w, http.StatusOK, c.said) }
			_, err := newItemStore(f.connect()).Update(t.Context(), itemWith("1", c.set), []string{c.field})
			e := failure(t, err, record.ErrDropped)
			if e.Field != c.field || !strings.Contains(e.Advice, c.advice) {
				t.Errorf("field %q, advice %q", e.Field, e.Advice)
			}
			for _, words := range c.said {
				if words != nil && !strings.Contains(e.Answer, fmt.Sprintf("%q", words)) {
					t.Errorf("the answer %q does not say %q", e.Answer, words)
				}
			}
		})
	}
}

// A comment changes the ETag. What others have not touched is written all the same, and theirs stays.
func TestSomebodyElseWritesAtTheSameTime(t *testing.T) {
	f := &fake{t: t, assets: map[string]map[string]any{"1": fakeAsset(1, "one")}}
	f.put = func(w http.ResponseWriter, r *http.Request, body map[string]any) {
		if f.puts == 1 {
			f.assets["1"] = fakeAsset(1, "one", customField("Attributes", "theirs=1"))
			f.write(w, http.StatusPreconditionFailed, map[string]any{"message": "Precondition Failed"})
			return
		}
		if r.Header.Get("If-Match") != `"101"` {
			t.Errorf("If-Match is %s", r.Header.Get("If-Match"))
		}
		values := body["CustomFields"].(map[string]any)["Attributes"].([]any)
		f.assets["1"] = fakeAsset(1, "one", customField("Attributes", values...))
		f.write(w, http.StatusOK, []any{"mine=2 added as a value for Attributes"})
	}
	kept, err := newItemStore(f.connect()).Update(t.Context(), itemWith("1", func(i item) { i.Attributes = map[string]string{"mine": "2"} }), []string{"attributes.mine"})
	if err != nil || kept.Attributes["mine"] != "2" || kept.Attributes["theirs"] != "1" {
		t.Errorf("%+v, error %v", kept, err)
	}
	f.put = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		f.write(w, http.StatusPreconditionFailed, map[string]any{"message": "Precondition Failed"})
	}
	_, err = newItemStore(f.connect()).Update(t.Context(), itemWith("1", func(i item) { i.Owner = "x" }), []string{"owner"})
	_ = failure(t, err, record.ErrConflict)
}

// Searches show neither what was deleted nor what the account may not see; a single read tells them apart.
func TestWhatSearchesHide(t *testing.T) {
	gone := fakeAsset(2, "deleted")
	gone["Status"] = "deleted"
	elsewhere := fakeAsset(4, "elsewhere")
	elsewhere["Catalog"] = map[string]any{"type": "catalog", "id": "9", "Name": "Furniture"}
	f := &fake{
		t: t, hidden: map[string]bool{"2": true, "3": true, "4": true},
		assets: map[string]map[string]any{"1": fakeAsset(1, "one"), "2": gone, "3": fakeAsset(3, "hidden"), "4": elsewhere},
	}
	s := newItemStore(f.connect())
	found, err := s.Get(t.Context(), []string{"1", "2", "3", "5", "x"})
	if err != nil || len(found) != 2 || found["1"] == nil || found["3"] == nil {
		t.Errorf("found %v, error %v", found, err)
	}
	_, err = s.Get(t.Context(), []string{"4"})
	if e := failure(t, err, record.ErrInvalid); !strings.Contains(e.Answer, "Furniture") {
		t.Error(e)
	}
	if err := s.Retire(t.Context(), "2", record.Erase); err != nil || f.puts > 0 {
		t.Errorf("Retire of what was deleted: %v, %d writes", err, f.puts)
	}
}

// Some conditions RT drops, and answers everything.
func TestRowsThatNobodyAskedFor(t *testing.T) {
	f := &fake{t: t, assets: map[string]map[string]any{}}
	for n := 1; n <= 230; n++ {
		f.assets[strconv.Itoa(n)] = fakeAsset(n, "asset-"+strconv.Itoa(n))
	}
	s := newItemStore(f.connect())
	if found, err := s.Get(t.Context(), []string{"7", "9"}); err != nil || len(found) != 2 {
		t.Errorf("Get: %d records, error %v", len(found), err)
	}
	found, err := s.Find(t.Context(), record.Query{Stack: "s", Where: map[string]string{"name": "asset-77"}})
	if err != nil || len(found) != 1 {
		t.Errorf("Find: %d records, error %v", len(found), err)
	}
	if found, err = s.Find(t.Context(), record.Query{Stack: "s"}); err != nil || len(found) != 230 {
		t.Errorf("Find without totals: %d records, error %v", len(found), err)
	}
	if found, err = s.Find(t.Context(), record.Query{Stack: "other"}); err != nil || len(found) != 0 {
		t.Errorf("Find of another stack: %d records, error %v", len(found), err)
	}
}

// A page past the end is the last page again. Lists must end all the same.
func TestClampedPages(t *testing.T) {
	f := &fake{t: t, assets: map[string]map[string]any{"1": fakeAsset(1, "one")}}
	f.search = func(w http.ResponseWriter, _ *http.Request) {
		f.write(w, http.StatusOK, map[string]any{"items": []any{f.assets["1"]}, "total": nil})
	}
	_, err := newItemStore(f.connect()).Find(t.Context(), record.Query{})
	_ = failure(t, err, record.ErrUnavailable)
	f.search = func(w http.ResponseWriter, _ *http.Request) {
		f.write(w, http.StatusOK, map[string]any{"items": []any{f.assets["1"]}, "total": 1})
	}
	if found, err := newItemStore(f.connect()).Find(t.Context(), record.Query{}); err != nil || len(found) != 1 {
		t.Errorf("%d records, error %v", len(found), err)
	}
}

// Later versions of RT leave out a custom field that they do not know, and make the ticket.
func TestSilentDropOnCreate(t *testing.T) {
	for missing, wanted := range map[string]struct {
		field string
		puts  int
	}{"Correlation ID": {"", 1}, "Environment": {"environment", 0}} {
		t.Run(missing, func(t *testing.T) {
			f := &fake{t: t, assets: map[string]map[string]any{}}
			ticket := map[string]any{
				"id": "12", "Subject": "Deploy", "Status": "new", "Type": "ticket", "Queue": map[string]any{"id": "3", "Name": defaultQueue},
				"CustomFields": []any{customField("Stack", "s"), customField("Change Type", "normal")},
			}
			if missing != "Correlation ID" {
				ticket["CustomFields"] = append(ticket["CustomFields"].([]any), customField("Correlation ID", "s/change_request/Deploy"))
			}
			made := false
			f.put = func(w http.ResponseWriter, _ *http.Request, body map[string]any) {
				ticket["Status"] = body["Status"]
				f.write(w, http.StatusOK, []any{"Ticket 12: Status changed from 'new' to 'canceled'"})
			}
			f.search = func(w http.ResponseWriter, _ *http.Request) {
				items := []any{}
				if made {
					items = append(items, ticket)
				}
				f.write(w, http.StatusOK, map[string]any{"items": items})
			}
			create := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/ticket") {
					made, f.assets["12"] = true, ticket
					f.write(w, http.StatusCreated, map[string]any{"type": "ticket", "id": "12"})
					return
				}
				f.ServeHTTP(w, r)
			})
			c := connect(t, create)
			r := &record.ChangeRequest{Summary: "Deploy", Environment: "prod"}
			r.Stack = "s"
			_, err := newChangeStore(c, newItemStore(c)).Create(t.Context(), r)
			e := failure(t, err, record.ErrDropped)
			if e.Field != wanted.field || !strings.Contains(e.Advice, missing) || f.puts != wanted.puts {
				t.Errorf("field %q, advice %q, %d writes after the create", e.Field, e.Advice, f.puts)
			}
		})
	}
}
