// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestRules tries every rule with values that keep it and values that break it.
func TestRules(t *testing.T) {
	long := strings.Repeat("ä", MaxName)
	label := strings.Repeat("a", 63)
	for name, c := range map[string]struct {
		rule func(v *rules, s string)
		good []string
		bad  []string
	}{
		"name": {
			func(v *rules, s string) { v.name("f", s) },
			[]string{"", "web-01", "Büro 3 (Süd)", "日本語", "a\u0301", "x/y:z~!", long, "½"},
			[]string{" a", "a ", "\ta", "a\nb", "a\x7fb", "a\u0085", "a\x00", "\xff", long + "ä", "🚀", "a\u200bb", "a\u00a0", "\u2028"},
		},
		"text": {
			func(v *rules, s string) { v.text("f", s) },
			[]string{"", "one\ntwo\r\n\tthree", "🚀", strings.Repeat("ä", MaxText), " a "},
			[]string{"\x00", "\x1b[31m", "\x7f", "\u0085", "\xff", strings.Repeat("ä", MaxText+1)},
		},
		"ip": {
			func(v *rules, s string) { v.ip("f", s) },
			[]string{"", "10.0.0.1", "2001:DB8::1", "::", "::ffff:10.0.0.1"},
			[]string{"10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/24", "host", "fe80::1%eth0", " 10.0.0.1", "::ffff:10.0.0.1%1"},
		},
		"cidr": {
			func(v *rules, s string) { v.cidr("f", s) },
			[]string{"", "10.0.0.0/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/64", "::/0", "::1/128"},
			[]string{"10.0.0.1/24", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/024", "10.0.0.0/-1", "2001:DB8::/64", "2001:db8:0::/64", "fe80::%1/64", "::ffff:10.0.0.0/120", "x"},
		},
		"host": {
			func(v *rules, s string) { v.host("f", s) },
			[]string{"", "web-01", "Web.Example.COM", "web.example.com.", "a_b.c", label + ".x", "1.2"},
			[]string{".", "..", "a..b", "a..", "-a", "a-", "a b", "ä.de", "a/b", label + "a", strings.Repeat("a.", 127), "_a"},
		},
		"endpoint": {
			func(v *rules, s string) { v.endpoint("f", s) },
			[]string{"", "10.0.0.1", "2001:DB8::1", "web-01", "Web.Example.COM.", "a_b.c", "1.x"},
			[]string{"10.0.0.256", "10.0.0", "1.2", "fe80::1%eth0", "web:22", "10.0.0.1:22", "[::1]", "-a", "a b", "a/b", "a@b"},
		},
		"oneOf": {
			func(v *rules, s string) { v.oneOf("f", s, []string{"a", "b"}) },
			[]string{"", "a", "b"},
			[]string{"c", "A", "a "},
		},
		"entries: keys": {
			func(v *rules, s string) { v.entries("f", map[string]string{s: "v"}, 3) },
			[]string{"a", "a.b", "a b", "ä"},
			[]string{"", " a", "a\n", "\xff", long + "a"},
		},
		"entries: values": {
			func(v *rules, s string) { v.entries("f", map[string]string{"k": s}, 3) },
			[]string{"", "abc", "äöü", "a\nb"},
			[]string{"abcd", "\x00", "\xff"},
		},
	} {
		for _, s := range c.good {
			var v rules
			if c.rule(&v, s); len(v.problems) > 0 {
				t.Errorf("%s refuses %.80q: %v", name, s, v.problems)
			}
		}
		for _, s := range c.bad {
			var v rules
			if c.rule(&v, s); len(v.problems) != 1 || !strings.HasPrefix(v.problems[0].Field, "f") || v.problems[0].Problem == "" {
				t.Errorf("%s has these problems with %.80q, want one: %v", name, s, v.problems)
			}
		}
	}
}

func TestEntriesNameTheKey(t *testing.T) {
	var v rules
	v.entries("labels", map[string]string{"b": "\x00", "a": "\x00", "c": "fine", " d": "x"}, 10)
	var fields []string
	for _, p := range v.problems {
		fields = append(fields, p.Field)
	}
	if got := strings.Join(fields, ","); got != "labels. d,labels.a,labels.b" {
		t.Errorf("problems are on %q", got)
	}
	if !strings.HasPrefix(v.problems[0].Problem, "the key ") {
		t.Errorf("a problem of a key reads %q", v.problems[0].Problem)
	}
}

func TestShownIsShort(t *testing.T) {
	if got := shown(strings.Repeat("ä", 100)); len([]rune(got)) > 64 {
		t.Errorf("shown did not shorten: %s", got)
	}
}

// problemCase is a record with the field that is wrong with it; empty where none is.
type problemCase struct {
	r     Record
	field string
}

func TestValidate(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	bad, control := " x", "\x00"
	badEntry, badKey := map[string]string{"k": control}, map[string]string{"": "v"}
	for _, c := range []problemCase{
		{&ConfigurationItem{}, ""},
		{&ConfigurationItem{Class: "cmdb_ci_linux_server", Name: "a/b", FQDN: "A.b.", IPAddress: "::1", Status: "retired", InitialStatus: "planned", OnDestroy: "delete"}, ""},
		{&ConfigurationItem{Class: "a/b"}, "class"},
		{&ConfigurationItem{Class: "a b"}, "class"},
		{&ConfigurationItem{Class: bad + "/"}, "class"},
		{&ConfigurationItem{Name: bad}, "name"},
		{&ConfigurationItem{Environment: bad}, "environment"},
		{&ConfigurationItem{Owner: bad}, "owner"},
		{&ConfigurationItem{SupportGroup: bad}, "support_group"},
		{&ConfigurationItem{Location: bad}, "location"},
		{&ConfigurationItem{SerialNumber: bad}, "serial_number"},
		{&ConfigurationItem{FQDN: "a b"}, "fqdn"},
		{&ConfigurationItem{IPAddress: "x"}, "ip_address"},
		{&ConfigurationItem{InitialStatus: "retired"}, "initial_status"},
		{&ConfigurationItem{Status: "x"}, "status"},
		{&ConfigurationItem{OnDestroy: "x"}, "on_destroy"},
		{&ConfigurationItem{Attributes: badEntry}, "attributes.k"},
		{&ConfigurationItem{Attributes: badKey}, "attributes"},
		{&ConfigurationItem{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&ConfigurationItemState{}, ""},
		{&ConfigurationItemState{ConfigurationItemID: "1", Status: "operational", Attributes: map[string]string{"a": "b"}}, ""},
		{&ConfigurationItemState{ConfigurationItemID: bad}, "configuration_item_id"},
		{&ConfigurationItemState{Status: "retired"}, "status"},
		{&ConfigurationItemState{Attributes: badEntry}, "attributes.k"},
		{&ConfigurationItemState{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&Relationship{}, ""},
		{&Relationship{ParentID: "1", ChildID: "2", Type: "Runs on::Runs"}, ""},
		{&Relationship{ParentID: bad}, "parent_id"},
		{&Relationship{ChildID: bad}, "child_id"},
		{&Relationship{Type: bad}, "type"},
		{&Relationship{ParentID: "1", ChildID: "1"}, "child_id"},
		{&Relationship{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&Prefix{}, ""},
		{&Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.0.254", Name: "n", Description: "a\nb"}, ""},
		{&Prefix{CIDR: "10.0.0.0/31", Gateway: "10.0.0.0"}, ""},
		{&Prefix{Gateway: "10.0.0.1"}, ""},
		{&Prefix{CIDR: "10.0.0.1/24"}, "cidr"},
		{&Prefix{Name: bad}, "name"},
		{&Prefix{Description: control}, "description"},
		{&Prefix{Environment: bad}, "environment"},
		{&Prefix{Gateway: "x"}, "gateway"},
		{&Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.0.0"}, "gateway"},
		{&Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.0.255"}, "gateway"},
		{&Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.1.1"}, "gateway"},
		{&Prefix{CIDR: "10.0.0.0/24", Gateway: "2001:db8::1"}, "gateway"},
		{&Prefix{CIDR: "2001:db8::/64", Gateway: "2001:db8::"}, "gateway"},
		{&Prefix{CIDR: "2001:db8::/64", Gateway: "10.0.0.1"}, "gateway"},
		{&Prefix{Labels: badEntry}, "labels.k"},
		{&Prefix{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&IPAddress{}, ""},
		{&IPAddress{Name: "a", PrefixID: "1", Address: "10.0.0.1", Hostname: "A.b"}, ""},
		{&IPAddress{Name: bad}, "name"},
		{&IPAddress{PrefixID: bad}, "prefix_id"},
		{&IPAddress{Address: "10.0.0.1/24"}, "address"},
		{&IPAddress{Hostname: "a b"}, "hostname"},
		{&IPAddress{Description: control}, "description"},
		{&IPAddress{ConfigurationItemID: bad}, "configuration_item_id"},
		{&IPAddress{Labels: badEntry}, "labels.k"},
		{&IPAddress{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&ChangeRequest{}, ""},
		{&ChangeRequest{Name: "n", Summary: "s", Type: "standard", Template: "t", Risk: "low", Impact: "high", OnDestroy: "keep", PlannedStart: at, PlannedEnd: at.Add(1)}, ""},
		{&ChangeRequest{Template: "t"}, ""},
		{&ChangeRequest{PlannedEnd: at}, ""},
		{&ChangeRequest{Name: bad}, "name"},
		{&ChangeRequest{Summary: "two\nlines"}, "summary"},
		{&ChangeRequest{Description: control}, "description"},
		{&ChangeRequest{Justification: control}, "justification"},
		{&ChangeRequest{ImplementationPlan: control}, "implementation_plan"},
		{&ChangeRequest{BackoutPlan: control}, "backout_plan"},
		{&ChangeRequest{TestPlan: control}, "test_plan"},
		{&ChangeRequest{CloseNotes: control}, "close_notes"},
		{&ChangeRequest{Template: bad}, "template"},
		{&ChangeRequest{Category: bad}, "category"},
		{&ChangeRequest{AssignmentGroup: bad}, "assignment_group"},
		{&ChangeRequest{RequestedBy: bad}, "requested_by"},
		{&ChangeRequest{Type: "x"}, "type"},
		{&ChangeRequest{Risk: "x"}, "risk"},
		{&ChangeRequest{Impact: "x"}, "impact"},
		{&ChangeRequest{OnDestroy: "x"}, "on_destroy"},
		{&ChangeRequest{Type: "normal", Template: "t"}, "template"},
		{&ChangeRequest{PlannedStart: at, PlannedEnd: at}, "planned_end"},
		{&ChangeRequest{PlannedStart: at, PlannedEnd: at.Add(-1)}, "planned_end"},
		{&ChangeRequest{PlannedStart: time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))}, "planned_start"},
		{&ChangeRequest{PlannedEnd: time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7200))}, "planned_end"},
		{&ChangeRequest{ConfigurationItemIDs: []string{"a", bad}}, "configuration_item_ids"},
		{&ChangeRequest{Attachments: badEntry}, "attachments.k"},
		{&ChangeRequest{Triggers: badEntry}, "triggers.k"},
		{&ChangeRequest{Meta: Meta{Extensions: badEntry}}, "extensions.k"},

		{&ChangeApproval{}, ""},
		{&ChangeApproval{ChangeRequestID: "1", ContentHash: "h", MaxWait: time.Hour, PollInterval: time.Second}, ""},
		{&ChangeApproval{ChangeRequestID: bad}, "change_request_id"},
		{&ChangeApproval{ContentHash: bad}, "content_hash"},
		{&ChangeApproval{MaxWait: -1}, "max_wait"},
		{&ChangeApproval{PollInterval: time.Second - 1}, "poll_interval"},
		{&ChangeApproval{PollInterval: -time.Hour}, "poll_interval"},

		{&ChangeClosure{}, ""},
		{&ChangeClosure{ChangeRequestID: "1", Outcome: "unsuccessful", Notes: "a\nb", Evidence: map[string]string{"log": "x"}}, ""},
		{&ChangeClosure{ChangeRequestID: bad}, "change_request_id"},
		{&ChangeClosure{Outcome: "failed"}, "outcome"},
		{&ChangeClosure{Notes: control}, "notes"},
		{&ChangeClosure{Evidence: badEntry}, "evidence.k"},
	} {
		checkProblem(t, c)
	}
}

func checkProblem(t *testing.T, c problemCase) {
	t.Helper()
	problems, err := c.r.Validate(), Check(c.r)
	if c.field == "" {
		if len(problems) > 0 || err != nil {
			t.Errorf("%s %+v is valid, and has problems %v", c.r.Kind(), c.r, problems)
		}
		return
	}
	for _, p := range problems {
		if p.Field != c.field || p.Problem == "" || strings.HasSuffix(p.Problem, ".") {
			t.Errorf("%s: problem is %q, want one on %s", c.r.Kind(), p.Error(), c.field)
		}
	}
	var failure *Error
	if len(problems) == 0 || !errors.Is(err, ErrInvalid) || !errors.As(err, &failure) || failure.Field != c.field {
		t.Errorf("%s: Check of %+v answers %v, want an invalid %s", c.r.Kind(), c.r, err, c.field)
	}
}

// TestRulesAcrossFields: a rule on two fields names the other one, so that it is not judged while that is unknown.
func TestRulesAcrossFields(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for other, r := range map[string]Record{
		"cidr":          &Prefix{CIDR: "10.0.0.0/24", Gateway: "10.0.1.1"},
		"parent_id":     &Relationship{ParentID: "1", ChildID: "1"},
		"type":          &ChangeRequest{Type: "normal", Template: "t"},
		"planned_start": &ChangeRequest{PlannedStart: at, PlannedEnd: at},
	} {
		if p := r.Validate(); len(p) != 1 || len(p[0].Others) != 1 || p[0].Others[0] != other {
			t.Errorf("%s: problems are %+v, want one that depends on %s", r.Kind(), p, other)
		}
	}
}

func TestProblemsAreSorted(t *testing.T) {
	r := &ConfigurationItem{SupportGroup: " ", Owner: " ", Location: " ", Environment: " ", Class: "a/b"}
	want := "class environment location owner support_group"
	for range 20 {
		var fields []string
		for _, p := range r.Validate() {
			fields = append(fields, p.Field)
		}
		if got := strings.Join(fields, " "); got != want {
			t.Fatalf("problems are on %q, want %q", got, want)
		}
	}
}

func TestError(t *testing.T) {
	cause := errors.New("cause")
	e := Errorf(ErrConflict, "%s is taken", "x").On("name").Advise("Choose %s", "y").Because(cause)
	if e.Error() != "x is taken: cause" || e.Field != "name" || e.Advice != "Choose y" || !errors.Is(e, ErrConflict) || !errors.Is(e, cause) {
		t.Errorf("error is %+v", e)
	}
	for want, e := range map[string]*Error{"conflict": {Reason: ErrConflict}, "": {}, "cause": {Err: cause}, "conflict: cause": {Reason: ErrConflict, Err: cause}} {
		if e.Error() != want {
			t.Errorf("error reads %q, want %q", e, want)
		}
	}
}
