// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// fakeTicket is a change, as a single read shows it.
func fakeTicket(status, typ string) map[string]any {
	return map[string]any{
		"id": 7, "Type": "ticket", "Subject": "Patch", "Status": status, "Queue": map[string]any{"type": "queue", "id": "3", "Name": defaultQueue},
		"Creator":      map[string]any{"type": "user", "id": "automation", "Name": "automation"},
		"CustomFields": []any{customField("Stack", "s"), customField("Correlation ID", "s/change_request/Patch"), customField("Change Type", typ), customField("Requested By", "alice")},
		"_hyperlinks":  []any{},
	}
}

func fakeChanges(t *testing.T, one map[string]any) (*fake, *changeStore) {
	t.Helper()
	f := &fake{t: t, assets: map[string]map[string]any{"7": one}}
	f.put = func(http.ResponseWriter, *http.Request, map[string]any) { t.Error("something was written") }
	c := f.connect()
	return f, newChangeStore(c, newItemStore(c))
}

// A type is a custom field: a standard change that RT has not scheduled is not approved, and waiting for it would be in vain.
func TestStandardChangeLeftInNew(t *testing.T) {
	_, s := fakeChanges(t, fakeTicket("new", record.ChangeTypeStandard))
	_, err := s.RequestApproval(t.Context(), "7")
	_, moved := s.Transition(t.Context(), "7", record.Transition{To: record.ChangeScheduled})
	for _, err := range []error{err, moved} {
		if e := failure(t, err, record.ErrRefused); !strings.Contains(e.Advice, "scrip") || !strings.Contains(e.Advice, `"Change Type"`) {
			t.Errorf("%s; %s", e.Answer, e.Advice)
		}
	}
	decisions, err := s.Approvals(t.Context(), []string{"7"})
	if err != nil || len(decisions["7"]) > 0 {
		t.Errorf("%+v, error %v", decisions, err)
	}
}
