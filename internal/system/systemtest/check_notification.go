// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import "github.com/infraops/terraform-provider-infraops/internal/record"

// checkMessageStays: what was sent is neither rewritten nor, by a repeated create, sent again.
func checkMessageStays(e *env) {
	k := messageCase()
	sent := e.create(e.record(k, 1))
	for field, set := range map[string]func(m *record.Message){
		"subject":    func(m *record.Message) { m.Subject = "Something else" },
		"recipients": func(m *record.Message) { m.Recipients = []string{"eve@example.com"} },
		"facts":      func(m *record.Message) { m.Facts = nil },
		"sent_at":    func(m *record.Message) { m.SentAt = m.SentAt.AddDate(-1, 0, 0) },
		"delivery":   func(m *record.Message) { m.Delivery = "" },
	} {
		edited := record.Clone(sent)
		set(edited.(*record.Message))
		if _, err := e.store(k.kind).Update(e.t.Context(), edited, []string{field}); err == nil {
			e.t.Errorf("Update of %s of a message that was sent succeeded", field)
		}
	}
	e.wantSame("Get after refused updates", e.get(k.kind, sent.Metadata().ID), sent)

	again := e.record(k, 1).(*record.Message)
	again.Subject, again.Recipients = "Another subject", []string{"eve@example.com"}
	_, err := e.store(k.kind).Create(e.t.Context(), again)
	e.wantHolder("Create of another text under the same triggers", err, sent.Metadata().ID)
	again.Triggers = map[string]string{"vm": "4712"}
	if other := e.create(again); other.Metadata().ID == sent.Metadata().ID {
		e.t.Errorf("other triggers did not send another message")
	}
}
