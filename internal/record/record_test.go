// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestNaturalName(t *testing.T) {
	for want, r := range map[string]Record{
		"server/a/b":      &ConfigurationItem{Class: "server", Name: "a/b"},
		"1/runs_on/2":     &Relationship{ParentID: "1", Type: "runs_on", ChildID: "2"},
		"10.0.0.0/24":     &Prefix{CIDR: "10.0.0.0/24", Name: "n"},
		"web":             &IPAddress{Name: "web", Address: "10.0.0.1"},
		"u/1/aws/eu":      &ImageVersion{Family: "u", Version: "1", Platform: "aws", Region: "eu", ExternalID: "ami"},
		"u/1/aws":         &ImageVersion{Family: "u", Version: "1", Platform: "aws"},
		"u/production":    &ImageChannel{Family: "u", Name: "production", Version: "1"},
		"target":          &MonitoringTarget{Name: "target", Address: "10.0.0.1"},
		"name":            &ChangeRequest{Name: "name", Summary: "summary"},
		"summary":         &ChangeRequest{Summary: "summary", Triggers: map[string]string{}},
		"item":            &ConfigurationItemState{ConfigurationItemID: "item"},
		"change":          &ChangeApproval{ChangeRequestID: "change"},
		"change to close": &ChangeClosure{ChangeRequestID: "change to close"},
		// Written down, since a change of the hash would open every change request anew.
		"name#b6bbbc67b28f": &ChangeRequest{Name: "name", Triggers: map[string]string{"size": "4", "image": "v2"}},
	} {
		if got := r.NaturalName(); got != want {
			t.Errorf("%s: natural name is %q, want %q", r.Kind(), got, want)
		}
	}
	a, b := &ChangeRequest{Triggers: map[string]string{"k": "1"}}, &ChangeRequest{Triggers: map[string]string{"k": "2"}}
	if a.NaturalName() == b.NaturalName() {
		t.Error("other triggers do not make another name")
	}
	if got := CorrelationKey("payments/prod", "ipam_address", "web"); got != "payments/prod/ipam_address/web" {
		t.Errorf("correlation key is %q", got)
	}
}

func TestCanonicalise(t *testing.T) {
	at := time.Date(2030, 5, 1, 10, 0, 0, 999, time.FixedZone("", 7200))
	utc := time.Date(2030, 5, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct{ r, want Record }{
		{&ConfigurationItem{Name: "Web", FQDN: "Web.Example.COM.", IPAddress: "2001:DB8:0::7"}, &ConfigurationItem{Name: "Web", FQDN: "web.example.com", IPAddress: "2001:db8::7"}},
		{&ConfigurationItem{IPAddress: "::ffff:10.0.0.1"}, &ConfigurationItem{IPAddress: "10.0.0.1"}},
		{&ConfigurationItem{IPAddress: "not one"}, &ConfigurationItem{IPAddress: "not one"}},
		{&Prefix{CIDR: "10.0.0.7/24", Gateway: "::ffff:10.0.0.1"}, &Prefix{CIDR: "10.0.0.7/24", Gateway: "10.0.0.1"}},
		{&Prefix{CIDR: "2001:DB8::/64"}, &Prefix{CIDR: "2001:db8::/64"}},
		{&Prefix{CIDR: "not one"}, &Prefix{CIDR: "not one"}},
		{&IPAddress{Address: "2001:DB8::7", Gateway: "2001:DB8::1", Hostname: "A.B."}, &IPAddress{Address: "2001:db8::7", Gateway: "2001:db8::1", Hostname: "a.b"}},
		{&Relationship{ParentID: "A"}, &Relationship{ParentID: "A"}},
		{&ConfigurationItemState{Status: "planned"}, &ConfigurationItemState{Status: "planned"}},
		{&ChangeClosure{ClosedAt: at}, &ChangeClosure{ClosedAt: utc}},
		{&ImageVersion{Version: "V1", RevokeAt: at, EndOfLifeAt: at, CreatedAt: at}, &ImageVersion{Version: "V1", RevokeAt: utc, EndOfLifeAt: utc, CreatedAt: utc}},
		{&MonitoringDowntime{Start: at, End: at}, &MonitoringDowntime{Start: utc, End: utc}},
		{
			&MonitoringTarget{Address: "Web.Example.COM.", Profiles: []string{"b", "a", "b"}, Groups: []string{}},
			&MonitoringTarget{Address: "web.example.com", Profiles: []string{"a", "b"}},
		},
		{
			&ChangeApproval{ApprovedAt: at, Approvers: []Decision{{DecidedAt: at}, {}}},
			&ChangeApproval{ApprovedAt: utc, Approvers: []Decision{{DecidedAt: utc}, {}}},
		},
	} {
		if c.r.Canonicalise(); !reflect.DeepEqual(c.r, c.want) {
			t.Errorf("canonical form is %+v, want %+v", c.r, c.want)
		}
	}
	change := &ChangeRequest{PlannedStart: at, PlannedEnd: at, ClosedAt: at, ConfigurationItemIDs: []string{"b", "a", "b"}}
	change.Canonicalise()
	want := &ChangeRequest{
		Type: "normal", PlannedStart: utc, PlannedEnd: utc, ClosedAt: utc, ConfigurationItemIDs: []string{"a", "b"}, ContentHash: change.contentHash(),
	}
	if !reflect.DeepEqual(change, want) {
		t.Errorf("canonical form is %+v, want %+v", change, want)
	}
}

func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		r           Record
		gone, holds bool
		end         Record
		endGone     bool
		endHolds    bool
	}{
		"item":            {&ConfigurationItem{Status: "operational"}, false, true, &ConfigurationItem{Status: "retired"}, true, true},
		"erased item":     {&ConfigurationItem{Meta: Meta{Retired: true}}, true, false, &ConfigurationItem{Meta: Meta{Retired: true}, Status: "retired"}, true, false},
		"address":         {&IPAddress{}, false, true, &IPAddress{Meta: Meta{Retired: true}}, true, false},
		"image":           {&ImageVersion{Status: "revoked"}, false, true, &ImageVersion{Meta: Meta{Retired: true}, Status: "revoked"}, true, false},
		"target":          {&MonitoringTarget{Enabled: true}, false, true, &MonitoringTarget{}, false, true},
		"deleted target":  {&MonitoringTarget{Meta: Meta{Retired: true}, Enabled: true}, true, false, &MonitoringTarget{Meta: Meta{Retired: true}}, true, false},
		"open change":     {&ChangeRequest{State: "new"}, false, true, &ChangeRequest{State: "canceled"}, false, false},
		"change at work":  {&ChangeRequest{State: "implement"}, false, true, &ChangeRequest{State: "canceled"}, false, false},
		"reviewed change": {&ChangeRequest{State: "review"}, false, true, &ChangeRequest{State: "review"}, false, true},
		"closed change":   {&ChangeRequest{State: "closed"}, false, false, &ChangeRequest{State: "closed"}, false, false},
		"retired change":  {&ChangeRequest{Meta: Meta{Retired: true}, State: "new"}, true, false, &ChangeRequest{Meta: Meta{Retired: true}, State: "canceled"}, true, false},
	} {
		if Gone(c.r) != c.gone || HoldsKey(c.r) != c.holds {
			t.Errorf("%s: gone %t, holds key %t", name, Gone(c.r), HoldsKey(c.r))
		}
		Retire(c.r)
		if !reflect.DeepEqual(c.r, c.end) || Gone(c.r) != c.endGone || HoldsKey(c.r) != c.endHolds {
			t.Errorf("%s: at its end it is %+v, gone %t, holds key %t", name, c.r, Gone(c.r), HoldsKey(c.r))
		}
	}
}

func TestPrepare(t *testing.T) {
	i := &ConfigurationItem{InitialStatus: "in_build"}
	i.Prepare()
	if i.Status != "in_build" {
		t.Errorf("status is %q", i.Status)
	}
}

func TestAdopt(t *testing.T) {
	adopt := func(a, b Record) ([]string, error) { return Define(a.Kind()).Adopt(a, b) }
	approved := &ChangeRequest{Number: "C1", Summary: "s", Approval: ApprovalApproved}
	for name, c := range map[string]struct {
		existing, wanted Record
		fields           []string
		field            string
	}{
		"live item":              {&ConfigurationItem{Status: "operational"}, &ConfigurationItem{}, nil, ""},
		"retired item":           {&ConfigurationItem{Status: "retired"}, &ConfigurationItem{}, []string{"status"}, ""},
		"same prefix":            {&IPAddress{PrefixID: "1", Address: "10.0.0.1"}, &IPAddress{PrefixID: "1"}, nil, ""},
		"same address":           {&IPAddress{PrefixID: "1", Address: "10.0.0.1"}, &IPAddress{PrefixID: "1", Address: "10.0.0.1"}, nil, ""},
		"other prefix":           {&IPAddress{PrefixID: "1"}, &IPAddress{PrefixID: "2"}, nil, "name"},
		"other address":          {&IPAddress{Address: "10.0.0.1"}, &IPAddress{Address: "10.0.0.2"}, nil, "name"},
		"same image":             {&ImageVersion{ExternalID: "ami-1"}, &ImageVersion{ExternalID: "ami-1"}, nil, ""},
		"image to be read":       {&ImageVersion{ExternalID: "ami-1"}, &ImageVersion{}, nil, ""},
		"other image":            {&ImageVersion{ExternalID: "ami-1"}, &ImageVersion{ExternalID: "ami-2"}, nil, "version"},
		"open change":            {&ChangeRequest{Summary: "a"}, &ChangeRequest{Summary: "b"}, nil, ""},
		"approved change":        {approved, &ChangeRequest{Summary: "s", OnDestroy: "keep", Name: "n"}, nil, ""},
		"approved, other change": {approved, &ChangeRequest{Summary: "t"}, nil, "name"},
	} {
		fields, err := adopt(c.existing, c.wanted)
		var failure *Error
		errors.As(err, &failure)
		if !reflect.DeepEqual(fields, c.fields) || (err != nil) != (c.field != "") || err != nil && (failure.Field != c.field || !errors.Is(err, ErrConflict)) {
			t.Errorf("%s: fields %q, error %v", name, fields, err)
		}
	}
}

func TestQueryMatches(t *testing.T) {
	r := &ConfigurationItem{Meta: Meta{Stack: "s"}, Class: "server", Name: "a", Status: "operational", Attributes: map[string]string{"cpu": "4"}}
	retired := Clone(r)
	retired.Status = StatusRetired
	for name, c := range map[string]struct {
		q    Query
		r    Record
		want bool
	}{
		"everything":     {Query{}, r, true},
		"stack":          {Query{Stack: "s"}, r, true},
		"other stack":    {Query{Stack: "t"}, r, false},
		"name":           {Query{Names: []string{"x", "server/a"}}, r, true},
		"other name":     {Query{Names: []string{"a"}}, r, false},
		"where":          {Query{Where: map[string]string{"status": "operational", "attributes.cpu": "4"}}, r, true},
		"where not":      {Query{Where: map[string]string{"status": "operational", "attributes.cpu": "5"}}, r, false},
		"unknown field":  {Query{Where: map[string]string{"nope": ""}}, r, false},
		"missing entry":  {Query{Where: map[string]string{"attributes.mem": ""}}, r, false},
		"gone":           {Query{}, retired, false},
		"gone as well":   {Query{Gone: true}, retired, true},
		"gone elsewhere": {Query{Gone: true, Stack: "t"}, retired, false},
	} {
		if got := c.q.Matches(c.r); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

func TestSystem(t *testing.T) {
	s := System{Kinds: map[Kind]Support{"ipam_prefix": {}, "change_request": {Unsupported: []string{"risk"}}}}
	if got := s.Serves(); !reflect.DeepEqual(got, []Role{RoleChange, RoleIPAM}) {
		t.Errorf("serves %v", got)
	}
	for kind, want := range map[Kind]bool{"change_request": true, "change_closure": true, "ipam_address": false, "cmdb_configuration_item_state": false} {
		if support, ok := s.Supports(kind); ok != want || want && len(support.Unsupported) != 1 {
			t.Errorf("%s: %t, %+v", kind, ok, support)
		}
	}
}

func TestFormatTime(t *testing.T) {
	if got := FormatTime(time.Time{}); got != "" {
		t.Errorf("the zero time reads %q", got)
	}
	if got := FormatTime(time.Date(2030, 5, 1, 10, 0, 0, 5, time.FixedZone("", 7200))); got != "2030-05-01T08:00:00Z" {
		t.Errorf("a time reads %q", got)
	}
}
