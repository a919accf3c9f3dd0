// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func TestManyIDsStayUnderTheLimit(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, record.Settings{"extension_columns.cmdb_ci": "asset_tag,short_description,comments,category,subcategory,mac_address"})
	items := conn.stores[record.KindConfigurationItem]
	var ids []string
	for n := range 120 {
		kept, err := items.Create(t.Context(), server(n))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, kept.Metadata().ID)
	}
	found, err := items.Get(t.Context(), ids)
	if err != nil || len(found) != len(ids) {
		t.Errorf("Get found %d of %d: %v", len(found), len(ids), err)
	}
	for _, asked := range r.Requests() {
		if len(r.url)+len(asked.URL) > 2048 || asked.Status == http.StatusRequestURITooLong {
			t.Errorf("a URL has %d characters", len(asked.URL))
		}
	}
}

func TestTokenExpiresInTheMiddle(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.Change(func(b *servicenowtest.Behaviour) { b.TokenRequests = 7 })
	items := r.connect(t, nil).stores[record.KindConfigurationItem]
	for n := range 10 {
		if _, err := items.Create(t.Context(), server(n)); err != nil {
			t.Fatalf("item %d: %v", n, err)
		}
	}
}

func TestRevokedTokenIsOneError(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	if err := conn.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.RevokeClient(clientID)
	r.ResetCounts()
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			_, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(n))
			var e *record.Error
			if !errors.As(err, &e) || !errors.Is(err, record.ErrUnauthorized) || !e.Everything || strings.Contains(err.Error(), clientPW) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	wg.Wait()
	if asked := r.Counts()["POST /oauth_token.do"]; asked > 2 {
		t.Errorf("a token was asked for %d times after it was refused", asked)
	}
}

// TestConstantRequests counts what a plan without changes asks for.
func TestConstantRequests(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	const n = 40
	var item record.Record
	for i := range n {
		kept, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(i))
		if err != nil {
			t.Fatal(err)
		}
		if item != nil {
			rel := &record.Relationship{Meta: record.Meta{Stack: stack}, ParentID: item.Metadata().ID, ChildID: kept.Metadata().ID, Type: "runs_on"}
			if _, err := conn.stores[record.KindRelationship].Create(t.Context(), rel); err != nil {
				t.Fatal(err)
			}
		}
		item = kept
		c := normalChange(i)
		c.ConfigurationItemIDs = []string{kept.Metadata().ID}
		made, err := conn.stores[record.KindChangeRequest].Create(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		approver, _ := record.Capability[record.Approver](conn.stores[record.KindChangeRequest])
		waiting, err := approver.RequestApproval(t.Context(), made.Metadata().ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.decide(waiting, "bob", true, "fine"); err != nil {
			t.Fatal(err)
		}
	}
	plan := r.connect(t, nil)
	r.ResetCounts()
	for _, kind := range []record.Kind{record.KindConfigurationItem, record.KindConfigurationItemState, record.KindRelationship, record.KindChangeRequest, record.KindChangeApproval} {
		s, err := plan.stores.Of(kind)
		if err != nil {
			t.Fatal(err)
		}
		found, err := s.Find(t.Context(), record.Query{Stack: stack})
		if want := n - map[bool]int{true: 1}[kind == record.KindRelationship]; err != nil || len(found) != want {
			t.Errorf("%s: found %d of %d: %v", kind, len(found), want, err)
		}
	}
	total := 0
	for _, count := range r.Counts() {
		total += count
	}
	if total > 25 {
		t.Errorf("a plan over %d of each kind took %d requests: %v", n, total, r.Counts())
	}
}

func TestContextEndsWaiting(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	item, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(1))
	if err != nil {
		t.Fatal(err)
	}
	r.Change(func(b *servicenowtest.Behaviour) { b.WorkerPolls = 1000 })
	c := normalChange(1)
	c.ConfigurationItemIDs = []string{item.Metadata().ID}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err = conn.stores[record.KindChangeRequest].Create(ctx, c)
	_ = failure(t, err, record.ErrAmbiguous)
}
