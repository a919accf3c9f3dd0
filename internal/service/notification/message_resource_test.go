// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package notification_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infraops/terraform-provider-infraops/internal/acctest"
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

const ready = "infraops_notification_message.ready"

func message(lines ...string) string {
	return acctest.Block(`resource "infraops_notification_message" "ready"`, append(lines, `name = "web-01-ready"`, `channel = "smtp"`)...)
}

const (
	toAda   = `recipients = ["ada@example.com"]`
	subject = `subject = "web-01 is ready"`
	body    = `body = "# Ready\n\n* ssh web-01"`
)

func outbox(t *testing.T, r *acctest.Registry) []*record.Message {
	t.Helper()
	found, err := r.Records(t.Context(), record.KindMessage, record.Query{Gone: true})
	if err != nil {
		t.Fatal(err)
	}
	var messages []*record.Message
	for _, m := range found {
		messages = append(messages, m.(*record.Message))
	}
	return messages
}

func TestAccMessage_life(t *testing.T) {
	acctest.EachDatabase(t, func(t *testing.T, r *acctest.Registry) {
		extras := `facts = { Address = "10.0.0.7" }` + "\n" + `links = { Runbook = "https://wiki.example.com" }`
		r.Test(
			resource.TestStep{
				Config: r.Config(message(toAda, subject, body, extras, `triggers = { vm = "1" }`)),
				ConfigStateChecks: acctest.Has(ready, acctest.Values{
					"severity": "info", "delivery": "outbox", "message_id": knownvalue.NotNull(), "sent_at": knownvalue.NotNull(),
					"correlation_id": "test/notification_message/smtp/web-01-ready#755b4365db5e",
				}),
			},
			resource.TestStep{ResourceName: ready, ImportState: true, ImportStateVerify: true},
			resource.TestStep{ResourceName: ready, ImportState: true, ImportStateVerify: true, ImportStateId: "name:smtp/web-01-ready"},
			resource.TestStep{ // the order of recipients is none, and a corrected text is not sent
				Config: r.Config(message(`recipients = ["grace@example.com", "ada@example.com"]`, `subject = "web-01 is READY"`, `body = "Other"`, `severity = "critical"`, `triggers = { vm = "1" }`)),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(ready, plancheck.ResourceActionUpdate)},
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
				ConfigStateChecks: acctest.Has(ready, acctest.Values{
					"subject": "web-01 is READY", "body": "Other", "severity": "critical", "facts": nil, "links": nil, "recipients": []string{"ada@example.com", "grace@example.com"},
					"correlation_id": "test/notification_message/smtp/web-01-ready#755b4365db5e",
				}),
			},
			resource.TestStep{
				PreConfig: func() {
					if sent := outbox(t, r); len(sent) != 1 || sent[0].Subject != "web-01 is ready" || len(sent[0].Recipients) != 1 || sent[0].Facts["Address"] != "10.0.0.7" {
						t.Errorf("after a corrected text the outbox has %+v", sent)
					}
				},
				Config:           r.Config(message(toAda, `subject = "web-01 is READY"`, body, `triggers = { vm = "2" }`)),
				ConfigPlanChecks: acctest.Plans(ready, plancheck.ResourceActionReplace),
			},
		)
		sent := outbox(t, r)
		if len(sent) != 2 || sent[1].Subject != "web-01 is READY" || sent[0].Subject != "web-01 is ready" || !sent[0].Retired || !sent[1].Retired {
			t.Fatalf("after other triggers and the destroy the outbox has %+v", sent)
		}
		if story := r.Story(sent[0]); story != "create pipeline, retire pipeline" {
			t.Errorf("history: %s", story)
		}
	})
}

// A message that was sent by an apply that lost its state is not sent again, whatever its text is by now.
func TestAccMessage_interrupted(t *testing.T) {
	r := acctest.NewRegistry(t)
	acctest.Put(r, &record.Message{Name: "web-01-ready", Channel: "smtp", Recipients: []string{"ada@example.com"}, Subject: "web-01 is ready", Body: "x"})
	r.Test(
		resource.TestStep{
			Config:            r.Config(message(toAda, `subject = "corrected"`, body)),
			ConfigStateChecks: acctest.Has(ready, acctest.Values{"subject": "corrected", "message_id": "outbox-1"}),
		},
		resource.TestStep{Config: r.Config(message(toAda, `subject = "corrected"`, body)), ConfigPlanChecks: acctest.PlansNothing()},
	)
	if sent := outbox(t, r); len(sent) != 1 || sent[0].Subject != "web-01 is ready" {
		t.Errorf("the outbox has %+v", sent)
	}
}

// Whoever destroys a message and creates it anew wants it sent.
func TestAccMessage_again(t *testing.T) {
	r := acctest.NewRegistry(t)
	config := r.Config(message(toAda, subject, body))
	r.Test(
		resource.TestStep{Config: config},
		resource.TestStep{Config: config, Taint: []string{ready}, ConfigPlanChecks: acctest.Plans(ready, plancheck.ResourceActionReplace)},
		resource.TestStep{Config: config, ConfigPlanChecks: acctest.PlansNothing()},
	)
	if sent := outbox(t, r); len(sent) != 2 || sent[0].NaturalName() != sent[1].NaturalName() {
		t.Errorf("the outbox has %+v", sent)
	}
}

// One subject on two channels, and twice on one, are messages of their own.
func TestAccMessage_sameSubject(t *testing.T) {
	r := acctest.NewRegistry(t)
	block := func(label, name, channel, to string) string {
		return acctest.Block(`resource "infraops_notification_message" "`+label+`"`, `name = "`+name+`"`, `channel = "`+channel+`"`, `recipients = ["`+to+`"]`, subject, body)
	}
	mail := block("mail", "ready", "smtp", "ada@example.com")
	r.Test(
		resource.TestStep{Config: r.Config(mail, block("chat", "ready", "slack", "#platform"), block("other", "ready-2", "smtp", "ada@example.com"))},
		resource.TestStep{Config: r.Config(mail, block("twin", "ready", "smtp", "ada@example.com")), ExpectError: acctest.Says("another block of this configuration stands for the same notification message")},
	)
	if sent := outbox(t, r); len(sent) != 3 {
		t.Errorf("the outbox has %d messages, want 3", len(sent))
	}
}
