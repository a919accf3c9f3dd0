// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func notificationCases() []kindCase { return []kindCase{messageCase()} }

func messageCase() kindCase {
	type message = *record.Message
	return kindCase{
		kind: record.KindMessage,
		build: func(_ *env, n int) record.Record {
			return &record.Message{
				Name: fmt.Sprintf("ready-%04d", n), Channel: "smtp", Recipients: []string{"ops@example.com", "ada@example.com", "ops@example.com"},
				Subject: "✅ web-01 is ready", Body: "# Ready\n\n* `ssh web-01`", Severity: "warning", Triggers: map[string]string{"vm": "4711"},
				Facts: map[string]string{"Address": "10.0.0.7"}, Links: map[string]string{"Runbook": "https://wiki.example.com/web-01?a=b#c"},
			}
		},
		computed: []string{"message_id", "sent_at", "delivery"},
		where:    "name",
		invalid: []flaw{
			{"channel", as(func(m message) { m.Channel = "pigeon" }), true},
			{"recipients", as(func(m message) { m.Recipients = []string{"nobody"} }), true},
			{"recipients", as(func(m message) { m.Recipients = nil }), true},
			{"subject", as(func(m message) { m.Subject = "Ready\nBcc: everybody@example.com" }), true},
			{"links.Runbook", as(func(m message) { m.Links = map[string]string{"Runbook": "javascript:alert(1)"} }), true},
			{"severity", as(func(m message) { m.Severity = "fatal" }), true},
		},
		kept: true, ended: retired, freesKey: true,
	}
}
