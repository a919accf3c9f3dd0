// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"encoding/json"
	"net/http"
	"slices"
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

// linked adds that a ticket depends on a ticket.
func linked(one map[string]any, ref, id string) map[string]any {
	one["_hyperlinks"] = []any{map[string]any{"ref": ref, "type": "ticket", "id": id}}
	return one
}

// An approval that stays linked would count for what the change says after the edit.
func TestApprovalThatCannotBeTakenBack(t *testing.T) {
	for what, status := range map[string]string{"it waits": "authorize", "an earlier update broke off": "new"} {
		t.Run(what, func(t *testing.T) {
			f, s := fakeChanges(t, linked(fakeTicket(status, record.ChangeTypeNormal), "depends-on", "8"))
			f.search = func(w http.ResponseWriter, r *http.Request) {
				items := []any{}
				if query := r.FormValue("query"); strings.Contains(query, approvalQueue) && !strings.Contains(query, "id > ") {
					items = append(items, linked(map[string]any{"id": "8", "Status": "open"}, "depended-on-by", "7"))
				}
				f.write(w, http.StatusOK, map[string]any{"items": items, "total": nil})
			}
			f.put = func(w http.ResponseWriter, _ *http.Request, body map[string]any) {
				if len(body) != 1 || body["Status"] != "new" {
					t.Errorf("it was edited: %v", body)
				}
				f.assets["7"]["Status"] = "new"
				f.write(w, http.StatusOK, []any{"Ticket 7: Status changed from 'authorize' to 'new'"})
			}
			c := &record.ChangeRequest{Meta: record.Meta{ID: "7"}, Justification: "another"}
			_, err := s.Update(t.Context(), c, []string{"justification"})
			if e := failure(t, err, record.ErrRefused); !strings.Contains(e.Advice, "scrip") || !strings.Contains(e.Answer, "#8") {
				t.Errorf("%s; %s", e.Answer, e.Advice)
			}
		})
	}
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

// Where the ticket cannot be read after a write, the outcome is unknown.
func TestTicketThatIsGoneAfterAWrite(t *testing.T) {
	for from, to := range map[string]record.ChangeState{"review": record.ChangeClosed, "authorize": record.ChangeCanceled} {
		t.Run(string(to), func(t *testing.T) {
			f, s := fakeChanges(t, fakeTicket(from, record.ChangeTypeNormal))
			f.search = func(w http.ResponseWriter, _ *http.Request) {
				f.write(w, http.StatusOK, map[string]any{"items": []any{}})
			}
			f.put = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
				delete(f.assets, "7")
				f.write(w, http.StatusOK, []any{})
			}
			_, err := s.Transition(t.Context(), "7", record.Transition{To: to, Outcome: "successful", Notes: "done"})
			_ = failure(t, err, record.ErrAmbiguous)
		})
	}
}

// Only the way that was asked for is success: somebody can cancel a change between two requests.
func TestTicketThatIsElsewhereAfterAMove(t *testing.T) {
	for after, moved := range map[string]bool{"review": true, "closed": true, "canceled": false, "rejected": false, "new": false, "implement": false} {
		t.Run(after, func(t *testing.T) {
			f, s := fakeChanges(t, fakeTicket("implement", record.ChangeTypeStandard))
			f.put = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
				f.assets["7"]["Status"] = after
				f.write(w, http.StatusOK, []any{"Ticket 7: You can't change status from '" + after + "' to 'review'."})
			}
			c, err := s.Transition(t.Context(), "7", record.Transition{To: record.ChangeReview})
			if moved {
				if err != nil || string(c.State) != after {
					t.Errorf("%+v, error %v", c, err)
				}
				return
			}
			if e := failure(t, err, record.ErrRefused); !strings.Contains(e.Answer, "is in status "+after) {
				t.Errorf("%s; %s", e.Answer, e.Advice)
			}
		})
	}
}

// The requester's own approval does not count, by whatever name the change has them. Pages can be short: the end is an empty one.
func TestApprovalOfTheRequester(t *testing.T) {
	for by, want := range map[string]record.Approval{
		"carol": record.ApprovalApproved, "bob": record.ApprovalRequested, "Bob@Example.test ": record.ApprovalRequested, "robert ray": record.ApprovalRequested,
	} {
		t.Run(by, func(t *testing.T) {
			one := linked(fakeTicket("scheduled", record.ChangeTypeNormal), "depends-on", "8")
			one["CustomFields"] = append(slices.Clone(one["CustomFields"].([]any)[:3]), customField("Requested By", by))
			f, s := fakeChanges(t, one)
			f.search = func(w http.ResponseWriter, r *http.Request) {
				items, query := []any{}, r.FormValue("query")
				person := map[string]any{"type": "user", "id": "bob", "Name": "bob", "EmailAddress": "bob@example.test", "RealName": "Robert Ray"}
				switch {
				case strings.HasSuffix(r.URL.Path, "/transactions") && strings.Contains(query, "Type = 'Status'"):
					if strings.HasSuffix(query, "id > 0") {
						items = append(items, map[string]any{"id": "20", "ObjectId": "8", "NewValue": "open", "Creator": person})
					} else if strings.HasSuffix(query, "id > 20") {
						items = append(items, map[string]any{"id": "21", "ObjectId": "8", "NewValue": "resolved", "Creator": person})
					}
				case strings.HasSuffix(r.URL.Path, "/tickets") && !strings.Contains(query, "id > "):
					items = append(items, linked(map[string]any{"id": "8", "Status": "resolved"}, "depended-on-by", "7"))
				}
				f.write(w, http.StatusOK, map[string]any{"items": items, "total": nil})
			}
			found, err := s.Get(t.Context(), []string{"7"})
			if err != nil || found["7"] == nil || found["7"].Approval != want {
				t.Fatalf("%+v, error %v", found["7"], err)
			}
			decisions, err := s.Approvals(t.Context(), []string{"7"})
			if d := decisions["7"]; err != nil || len(d) != 1 || d[0].Name != "bob" {
				t.Errorf("%+v, error %v", d, err)
			}
		})
	}
}

// Files are attached with a comment, which takes a right of its own.
func TestNoRightToAttach(t *testing.T) {
	c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := &fake{t: t}
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/ticket/7/comment") {
			f.write(w, http.StatusForbidden, map[string]any{"message": "Permission Denied"})
			return
		}
		f.write(w, http.StatusOK, fakeTicket("new", record.ChangeTypeNormal))
	}))
	wanted := &record.ChangeRequest{Meta: record.Meta{ID: "7"}, Attachments: map[string]string{"plan": "+ vm"}}
	_, err := newChangeStore(c, newItemStore(c)).Update(t.Context(), wanted, []string{"attachments.plan"})
	if e := failure(t, err, record.ErrUnauthorized); !strings.Contains(e.Advice, "CommentOnTicket") || e.Field != "attachments" {
		t.Errorf("%s; %s", e.Answer, e.Advice)
	}
}

// RT ends nothing that waits for something: the ticket goes back first.
func TestRetireOfAChangeThatWaits(t *testing.T) {
	f, s := fakeChanges(t, linked(fakeTicket("authorize", record.ChangeTypeNormal), "depends-on", "8"))
	f.search = func(w http.ResponseWriter, _ *http.Request) {
		f.write(w, http.StatusOK, map[string]any{"items": []any{}})
	}
	var went []any
	f.put = func(w http.ResponseWriter, _ *http.Request, body map[string]any) {
		went = append(went, body["Status"])
		f.assets["7"]["Status"] = body["Status"]
		f.write(w, http.StatusOK, []any{})
	}
	if err := s.Retire(t.Context(), "7", record.Conclude); err != nil || !slices.Equal(went, []any{"new", "canceled"}) {
		t.Errorf("it went %v, error %v", went, err)
	}
	delete(f.assets, "7")
	if err := s.Retire(t.Context(), "7", record.Conclude); err != nil {
		t.Errorf("one that is gone: %v", err)
	}
}

// A page with few rows is not the end: RT takes rows out that the account may not see.
func TestShortPagesOfAttachments(t *testing.T) {
	pages := map[string]any{
		"0": []any{map[string]any{"id": "3", "TransactionId": "1", "Content": "a"}}, "3": []any{map[string]any{"id": "9", "TransactionId": "2", "Content": "b"}}, "9": []any{},
	}
	c := connect(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var conditions []struct{ Field, Operator, Value string }
		if err := json.NewDecoder(r.Body).Decode(&conditions); err != nil || len(conditions) != 3 {
			t.Errorf("%v, error %v", conditions, err)
		}
		after := conditions[len(conditions)-1]
		if after.Field != "id" || after.Operator != ">" {
			t.Errorf("it asks for %v", after)
		}
		(&fake{t: t}).write(w, http.StatusOK, map[string]any{"items": pages[after.Value], "page": 1, "total": nil})
	}))
	found, err := c.attachments(t.Context(), []string{"1", "2"})
	if err != nil || len(found) != 2 || found[1].Content != "b" {
		t.Errorf("%+v, error %v", found, err)
	}
}
