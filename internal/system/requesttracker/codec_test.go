// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func FuzzPair(f *testing.F) {
	for _, s := range []string{"", "a", "a=b", `"a`, " a ", "a\nb", `a"=`, "é=ü", "\\", `{"a":1}`} {
		f.Add(s, s)
		f.Add("key", s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" || !utf8.ValidString(key) || !utf8.ValidString(value) {
			return
		}
		line := pair(key, value)
		if k, v := unpair(line); k != key || v != value {
			t.Errorf("%q=%q comes back from %q as %q=%q", key, value, line, k, v)
		}
		if strings.ContainsAny(line, "\n\r") || strings.TrimSpace(line) != line {
			t.Errorf("%q is not one line that a form keeps", line)
		}
	})
}

func TestPairsArePlainWhereTheyCanBe(t *testing.T) {
	for line, want := range map[string][2]string{
		"cpu=4": {"cpu", "4"}, "memory=16 GiB": {"memory", "16 GiB"}, "url=a?b=c": {"url", "a?b=c"}, "empty=": {"empty", ""},
	} {
		if got := pair(want[0], want[1]); got != line {
			t.Errorf("%v is written %q", want, got)
		}
	}
	if key, value := unpair("written by hand"); key != "written by hand" || value != "" {
		t.Errorf("%q=%q", key, value)
	}
}

func TestLongKeysAreFolded(t *testing.T) {
	long := "stack/" + strings.Repeat("ü", 200)
	short := folded(long)
	if len(short) > maxSearched || !utf8.ValidString(short) || short == folded(long+"x") || folded("short") != "short" {
		t.Errorf("%d bytes: %q", len(short), short)
	}
	i := &record.ConfigurationItem{Class: "server", Name: strings.Repeat("n", 250)}
	i.Stack = "s"
	i.CorrelationID = folded(keyOf(i))
	if unfold(i); i.CorrelationID != keyOf(i) {
		t.Errorf("the key is shown as %q", i.CorrelationID)
	}
}

func TestSettings(t *testing.T) {
	good := record.Settings{"url": "https://rt.example.com/rt/", "token": "x", "catalogs.server": "Servers", "asset_statuses.operational": "in-use", "custom_fields.location": "Site"}
	conn, err := Open(good)
	if err != nil {
		t.Fatal(err)
	}
	c := conn.(*connection)
	if c.queue != defaultQueue || !reflect.DeepEqual(c.allCatalogs(), []string{defaultCatalog, "Servers"}) || c.items.ours("in-use") != "operational" ||
		c.items.ours("stolen") != "stolen" || c.custom(place{field: "location", custom: "Location"}) != "Site" || c.classIn("Servers") != "server" || c.classIn(defaultCatalog) != "" {
		t.Errorf("%+v", c.settings)
	}
	for what, bad := range map[string]record.Settings{
		"no credentials":   {"url": "https://rt.example.com"},
		"half of them":     {"url": "https://rt.example.com", "username": "x"},
		"no url":           {"token": "x"},
		"unknown field":    {"url": "https://rt.example.com", "token": "x", "custom_fields.colour": "Colour"},
		"one field twice":  {"url": "https://rt.example.com", "token": "x", "custom_fields.location": "Owned By"},
		"own field twice":  {"url": "https://rt.example.com", "token": "x", "custom_fields.risk": "Rating", "custom_fields.impact": "Rating"},
		"unknown status":   {"url": "https://rt.example.com", "token": "x", "asset_statuses.broken": "stolen"},
		"two for one":      {"url": "https://rt.example.com", "token": "x", "asset_statuses.planned": "in_build"},
		"unknown state":    {"url": "https://rt.example.com", "token": "x", "change_statuses.done": "resolved"},
		"two states alike": {"url": "https://rt.example.com", "token": "x", "change_statuses.closed": "review"},
	} {
		if _, err := Open(bad); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Every field of a kind is kept, or for the provider only.
func TestEveryFieldHasAPlace(t *testing.T) {
	for kind, support := range System().Kinds {
		for _, f := range record.Fields(record.Define(kind).New()) {
			if _, ok := support.Kept[f.Name]; !ok && !f.Input && !(kind == record.KindRelationship && f.Name == "extensions") {
				t.Errorf("%s says nothing about %s", kind, f.Name)
			}
		}
	}
}

func TestRefusedInPlans(t *testing.T) {
	for field, r := range map[string]record.Record{
		"name":                   &record.ConfigurationItem{Name: "1234"},
		"name ":                  &record.ConfigurationItem{Name: strings.Repeat("ü", 128)},
		"attributes.a":           &record.ConfigurationItem{Attributes: map[string]string{"a": "\uFFFE"}},
		"summary":                &record.ChangeRequest{Summary: strings.Repeat("ü", 101)},
		"planned_start":          &record.ChangeRequest{PlannedStart: time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)},
		"attachments":            &record.ChangeRequest{Attachments: map[string]string{"a": strings.Repeat("x", maxAttachments+1)}},
		"configuration_item_ids": &record.ChangeRequest{ConfigurationItemIDs: []string{"0815"}},
	} {
		problems := System().Kinds[r.Kind()].Refuses(r)
		if len(problems) != 1 || problems[0].Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, problems)
		}
	}
	for _, r := range []record.Record{&record.ConfigurationItem{Name: "web-1", Owner: "\uFFFD"}, &record.ChangeRequest{Summary: "x", ConfigurationItemIDs: []string{"12"}}} {
		if problems := System().Kinds[r.Kind()].Refuses(r); len(problems) > 0 {
			t.Error(problems)
		}
	}
}

func TestStanding(t *testing.T) {
	yes, no, open := &approval{status: resolved, by: "bob"}, &approval{status: denied, by: "bob"}, &approval{status: "open"}
	own, unknown := &approval{status: resolved, by: "Alice"}, &approval{status: resolved}
	for what, c := range map[string]struct {
		typ       string
		status    record.ChangeState
		approvals []*approval
		state     record.ChangeState
		approval  record.Approval
	}{
		"new":                            {"normal", "new", nil, "new", "not_requested"},
		"new, with an old approval":      {"normal", "new", []*approval{yes}, "new", "not_requested"},
		"nobody asked":                   {"normal", "assess", nil, "assess", "requested"},
		"asked":                          {"normal", "assess", []*approval{open}, "assess", "requested"},
		"one of two":                     {"normal", "assess", []*approval{yes, open}, "assess", "requested"},
		"one of two against":             {"normal", "assess", []*approval{no, open}, "new", "rejected"},
		"approved":                       {"normal", "scheduled", []*approval{yes}, "scheduled", "approved"},
		"waits for one that is hidden":   {"normal", "authorize", []*approval{yes}, "authorize", "requested"},
		"and before that":                {"normal", "assess", []*approval{yes}, "assess", "requested"},
		"set by hand":                    {"normal", "scheduled", nil, "authorize", "requested"},
		"implemented by hand":            {"normal", "implement", nil, "implement", "requested"},
		"by the requester":               {"normal", "scheduled", []*approval{own}, "authorize", "requested"},
		"by nobody knows whom":           {"normal", "scheduled", []*approval{unknown}, "authorize", "requested"},
		"by the requester and another":   {"normal", "scheduled", []*approval{own, yes}, "scheduled", "approved"},
		"rejected":                       {"normal", "rejected", []*approval{no}, "new", "rejected"},
		"rejected by hand":               {"normal", "rejected", nil, "new", "rejected"},
		"standard":                       {"standard", "scheduled", nil, "scheduled", "approved"},
		"standard, under way":            {"standard", "implement", nil, "implement", "approved"},
		"standard, closed":               {"standard", "closed", nil, "closed", "approved"},
		"standard, left in new":          {"standard", "new", nil, "new", "not_requested"},
		"standard, by hand":              {"standard", "authorize", nil, "authorize", "requested"},
		"standard, canceled":             {"standard", "canceled", nil, "canceled", "not_requested"},
		"canceled before it was asked":   {"normal", "canceled", nil, "canceled", "not_requested"},
		"canceled after it was approved": {"normal", "canceled", []*approval{yes}, "canceled", "approved"},
		"closed":                         {"emergency", "closed", []*approval{yes}, "closed", "approved"},
	} {
		change := &record.ChangeRequest{Type: c.typ, State: c.status, RequestedBy: "alice"}
		standing(change, "automation", c.approvals)
		if change.State != c.state || change.Approval != c.approval {
			t.Errorf("%s: %s and %s, want %s and %s", what, change.State, change.Approval, c.state, c.approval)
		}
	}
	change := &record.ChangeRequest{State: "scheduled"}
	if standing(change, "bob", []*approval{yes}); change.Approval != record.ApprovalRequested {
		t.Errorf("who opened a change that names no requester has approved it")
	}
}

func TestHowToApprove(t *testing.T) {
	c := connect(t, nil)
	s := newChangeStore(c, newItemStore(c))
	change := &record.ChangeRequest{Number: "#7", Approval: record.ApprovalRequested}
	change.ID = "7"
	for what, want := range map[string]struct {
		asked []asked
		words string
	}{
		"one waits":    {[]asked{{"8", "CAB"}}, "Have CAB"},
		"no scrip":     {[]asked{}, "Nobody is asked"},
		"not read yet": {nil, "/Approvals/"},
	} {
		c.asked.Delete("7")
		if want.asked != nil {
			c.asked.Store("7", want.asked)
		}
		if how := s.HowToApprove(change); !strings.Contains(how, want.words) {
			t.Errorf("%s: %s", what, how)
		}
	}
}
