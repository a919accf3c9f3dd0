// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package operator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// outbox fills the registry with a message to one person, one to many whose block is gone, and one of another stack.
func (s *shop) outbox() (first string) {
	first = s.add("payments-prod", &record.Message{
		Name: "web-01-ready", Channel: "smtp", Recipients: []string{"ada@example.com"}, Subject: "web-01 is ready", Body: "# Ready\n\n* `ssh web-01`\n", Severity: "info",
		Facts: map[string]string{"Address": "10.20.0.2", "Size": "4\ncores"}, Links: map[string]string{"Runbook": "https://wiki.example.com/web"}, Triggers: map[string]string{"vm": "4711"},
	})
	gone := s.add("payments-prod", &record.Message{
		Name: "sale", Channel: "slack", Recipients: []string{"#a-rather-long-name-of-a-channel", "#platform", "#shop"}, Subject: "The sale begins", Body: "Now", Severity: "critical",
	})
	if err := s.store(record.KindMessage).Retire(s.t.Context(), gone, record.Conclude); err != nil {
		s.t.Fatal(err)
	}
	s.add("lab", &record.Message{Name: "x", Channel: "teams", Recipients: []string{"Lab"}, Subject: "Try\u202eit", Body: "\rBoo"})
	return first
}

func TestNotificationList(t *testing.T) {
	s := newShop(t)
	s.golden("notification_list_none", run(t, "notification", "list", "--stack", "payments-prod", "--database", s.empty()).succeeds(t))
	s.outbox()
	s.golden("notification_list", run(t, "notification", "list").succeeds(t))
	s.golden("notification_list_stack", run(t, "notification", "list", "--stack", "payments-prod").succeeds(t))
	var all []struct {
		Fields map[string]any `json:"fields"`
	}
	if err := json.Unmarshal([]byte(run(t, "notification", "list", "--json").succeeds(t)), &all); err != nil || len(all) != 3 || all[1].Fields["body"] != "Now" {
		t.Errorf("%+v, %v", all, err)
	}
	run(t, "notification", "list", "--stack", "").fails(t, exitUsage, "--stack is empty")
}

// empty adds a record of another kind, so that there is a registry.
func (s *shop) empty() string {
	s.add("lab", &record.Prefix{CIDR: "10.0.0.0/24"})
	return s.database
}

func TestNotificationShow(t *testing.T) {
	s := newShop(t)
	first := s.outbox()
	s.golden("notification_show", run(t, "notification", "show", first).succeeds(t))
	s.golden("notification_show_json", run(t, "notification", "show", first, "--json").succeeds(t))
	item := s.add("lab", &record.ConfigurationItem{Class: "database", Name: "trial", InitialStatus: "planned"})
	for _, id := range []string{"4711", item, "", "outbox-1", "\x1b[2J", strings.Repeat("9", 5000)} {
		run(t, "notification", "show", id).fails(t, exitFailure, "reading message", "there is no message with that id", "notification list")
	}
	run(t, "notification", "show").fails(t, exitUsage, "needs the argument ID")
	// What a message says must not do more to the terminal than being read.
	if out := run(t, "notification", "show", "3").succeeds(t); !strings.Contains(out, `Try\u202eit`) || !strings.Contains(out, `\u000dBoo`) {
		t.Error(out)
	}
}
