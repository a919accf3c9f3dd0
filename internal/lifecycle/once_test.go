// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"slices"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/systemtest"
)

const message = "notification_message"

func ready() attrs {
	return attrs{
		"name": "ready", "channel": "smtp", "recipients": []string{"ada@example.com"}, "subject": "Ready", "body": "It is.",
		"facts": map[string]string{"Address": "10.0.0.7"}, "triggers": map[string]string{"vm": "1"},
	}
}

func TestWhatIsSentOnceIsNotUpdated(t *testing.T) {
	w := newWorld(t)
	b := w.created(message, ready())
	sent := record.Clone(w.only(message))
	walk := w.walk()
	edited := ready().with(attrs{"subject": "Corrected", "facts": nil, "recipients": []string{"grace@example.com"}})
	p := walk.plan(b, edited).ok(t)
	p.wantWarning(t, "The message will not be sent again", `planning notification message "smtp/ready#`, "in memory", "recipients, subject, facts changed", "Change triggers")
	if len(p.replace) > 0 || textOf(p.state, "sent_at") != b.text("sent_at") || textOf(p.state, "message_id") != b.text("message_id") {
		t.Errorf("replaces %v; the plan is %s", p.replace, p.state)
	}
	w.walk().apply(b, edited).ok(t)
	if b.text("subject") != "Corrected" || len(b.entries("facts")) > 0 {
		t.Errorf("the state is %s", b.state)
	}
	w.walk().read(b).ok(t)
	if again := w.walk().plan(b, edited).ok(t); !again.empty || len(again.warnings()) > 0 {
		t.Errorf("the second plan is not empty, or warns: %v", again.warnings())
	}
	if kept := w.only(message); len(record.Changes(sent, kept)) > 0 || w.faulty.Count(message, systemtest.Update) > 0 {
		t.Errorf("what was sent has changed in %v", record.Changes(sent, kept))
	}
}

func TestOtherTriggersSendAnew(t *testing.T) {
	w := newWorld(t)
	b := w.created(message, ready())
	a := w.walk().apply(b, ready().with(attrs{"subject": "Corrected", "triggers": map[string]string{"vm": "2"}})).ok(t)
	a.wantWarning(t)
	subjects := []string{}
	for _, r := range w.all(message) {
		subjects = append(subjects, r.(*record.Message).Subject)
	}
	if slices.Sort(subjects); !slices.Equal(subjects, []string{"Corrected", "Ready"}) {
		t.Errorf("sent: %v", subjects)
	}
}

// A message whose sending had an unknown outcome, or that an earlier apply has sent, is not sent twice.
func TestAMessageIsNotSentTwice(t *testing.T) {
	w := newWorld(t, systemtest.Fault{Kind: message, Method: systemtest.Create, Times: 1, Committed: true, Err: record.Errorf(record.ErrAmbiguous, "timed out")})
	w.created(message, ready())
	walk := w.walk()
	a := walk.apply(walk.block(message), ready().with(attrs{"subject": "Corrected"})).ok(t)
	wantWords(t, "warning", a.warnings()[1:], []string{"Adopted an existing notification message", "stays as it was sent. Configured otherwise: subject"})
	if sent := w.only(message).(*record.Message); sent.Subject != "Ready" {
		t.Errorf("sent: %+v", sent)
	}
}
