// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/servicenow/servicenowtest"
)

func TestWorkerThatFails(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.connect(t, nil)
	item, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(1))
	if err != nil {
		t.Fatal(err)
	}
	r.Change(func(b *servicenowtest.Behaviour) { b.FailWorkers = true })
	c := normalChange(1)
	c.ConfigurationItemIDs = []string{item.Metadata().ID}
	_, err = conn.stores[record.KindChangeRequest].Create(t.Context(), c)
	wantWords(t, failure(t, err, record.ErrUnavailable).Error(), "Unexpected error")
}

// TestWorkerThatIsGone: that a worker is not found does not mean that the change was removed.
func TestWorkerThatIsGone(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	conn := r.behind(t, func(req *http.Request) {
		if strings.HasPrefix(req.URL.Path, changePath+"/worker/") {
			req.URL.Path = changePath + "/worker/0123456789abcdef0123456789abcdef"
		}
	})
	item, err := conn.stores[record.KindConfigurationItem].Create(t.Context(), server(1))
	if err != nil {
		t.Fatal(err)
	}
	c := normalChange(1)
	c.ConfigurationItemIDs = []string{item.Metadata().ID}
	_, err = conn.stores[record.KindChangeRequest].Create(t.Context(), c)
	if _ = failure(t, err, record.ErrAmbiguous); errors.Is(err, record.ErrNotFound) {
		t.Errorf("the change seems to be removed: %v", err)
	}
}

// TestWithdrawalThatIsNotKept names the change that is left open.
func TestWithdrawalThatIsNotKept(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	r.drop("state")
	r.Change(func(b *servicenowtest.Behaviour) {
		b.DropColumns[tableChanges] = append(b.DropColumns[tableChanges], "correlation_display")
	})
	_, err := desk(t, r, nil).Create(t.Context(), normalChange(1))
	e := failure(t, err, record.ErrDropped)
	left := r.Records(tableChanges, "")
	if len(left) != 1 {
		t.Fatalf("%d changes are left", len(left))
	}
	wantWords(t, e.Error()+e.Advice, left[0]["number"], "could not be cancelled")
}

// TestTheFirstOfTwoProcessesWins lets another process open the same change right before.
func TestTheFirstOfTwoProcessesWins(t *testing.T) {
	t.Parallel()
	r := rehearse(t)
	key := keyOf(stack, record.KindChangeRequest, normalChange(1).NaturalName())
	var theirs string
	conn := r.behind(t, onCreate("/api/sn_chg_rest/change/normal", func() {
		theirs = r.AddRecord(tableChanges, map[string]string{"correlation_id": key, "correlation_display": stack, "state": "-5", "number": "CHG0000001", "sys_created_on": "2020-01-01 00:00:00"})
	}))
	_, err := conn.stores[record.KindChangeRequest].Create(t.Context(), normalChange(1))
	if e := failure(t, err, record.ErrConflict); e.ID != theirs {
		t.Errorf("the conflict names %q, want %q", e.ID, theirs)
	}
	if open := r.Records(tableChanges, "state=-5"); len(open) != 1 || open[0]["sys_id"] != theirs {
		t.Errorf("%d changes are open", len(open))
	}
	key = keyOf(stack, record.KindConfigurationItem, server(1).NaturalName())
	conn = r.behind(t, onCreate("/api/now/identifyreconcile", func() {
		theirs = r.AddRecord("cmdb_ci_server", map[string]string{"name": "x", "correlation_id": key, "u_infraops_stack": stack, "sys_class_name": "cmdb_ci_server", "sys_created_on": "2020-01-01 00:00:00"})
	}))
	_, err = conn.stores[record.KindConfigurationItem].Create(t.Context(), server(1))
	var e *record.Error
	if !errors.As(err, &e) || !errors.Is(err, record.ErrConflict) || e.ID != theirs {
		t.Errorf("the error is %v, want a conflict with %q", err, theirs)
	}
	if all := r.Records(tableItems, "correlation_id="+key); len(all) != 1 {
		t.Errorf("there are %d items", len(all))
	}
}
