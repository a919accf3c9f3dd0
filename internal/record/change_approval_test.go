// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

var gateTime = time.Date(2030, 5, 1, 10, 0, 0, 0, time.UTC)

func newGate(t *testing.T, edit func(*ChangeRequest)) (*approvalGate, *fakeChanges) {
	t.Helper()
	f, s := newFakeChanges(edit)
	gate, err := newApprovalGate(s, func() time.Time { return gateTime })
	if err != nil {
		t.Fatal(err)
	}
	return gate, f
}

func unchanged(*ChangeRequest) {}

// TestGate lists all that can meet a gate. It must open for nothing else than a valid approval.
func TestGate(t *testing.T) {
	window := func(start, end time.Duration) func(*ChangeRequest) {
		return func(c *ChangeRequest) { c.PlannedStart, c.PlannedEnd = gateTime.Add(start), gateTime.Add(end) }
	}
	standing := func(state ChangeState, approval Approval) func(*ChangeRequest) {
		return func(c *ChangeRequest) { c.State, c.Approval = state, approval }
	}
	enforce := ChangeApproval{EnforceWindow: true}
	bob := []Decision{{Name: "bob", Decision: "approved"}}
	for name, c := range map[string]struct {
		edit      func(*ChangeRequest)
		decisions []Decision
		gate      ChangeApproval
		reason    error  // nil: the gate opens
		says      string // part of the error
	}{
		"approved":                  {unchanged, bob, ChangeApproval{}, nil, ""},
		"approved beside requester": {unchanged, []Decision{{Name: "alice", Decision: "approved"}, {Name: "bob", Decision: "approved"}}, ChangeApproval{}, nil, ""},
		"approved, hash matches":    {unchanged, bob, ChangeApproval{ContentHash: "match"}, nil, ""},
		"approved and at work":      {standing(ChangeImplement, ApprovalApproved), bob, ChangeApproval{}, nil, ""},
		"requester only":            {unchanged, []Decision{{Name: " ALICE ", Decision: "approved"}}, ChangeApproval{}, ErrPending, `requester "alice"`},
		"nobody":                    {unchanged, nil, ChangeApproval{}, ErrPending, "no approval"},
		"only undecided":            {unchanged, []Decision{{Name: "bob", Decision: "requested"}}, ChangeApproval{}, ErrPending, "no approval"},
		"nameless":                  {func(c *ChangeRequest) { c.RequestedBy = "" }, []Decision{{Decision: "approved"}}, ChangeApproval{}, ErrPending, "no approval"},
		"requested":                 {standing(ChangeAssess, ApprovalRequested), []Decision{{Name: "bob", Decision: "requested"}, {Name: "eve", Decision: "requested"}}, ChangeApproval{}, ErrPending, "waiting for bob, eve"},
		"approved by one of two":    {standing(ChangeAuthorize, ApprovalRequested), bob, ChangeApproval{}, ErrPending, "approval is requested"},
		"an unknown approval":       {standing(ChangeAssess, "not_required"), bob, ChangeApproval{}, ErrPending, "not_required"},
		"rejected":                  {standing(ChangeNew, ApprovalRejected), []Decision{{Name: "bob", Decision: "rejected", Comment: "not on a Friday"}}, ChangeApproval{}, ErrRefused, `by bob: "not on a Friday"`},
		"rejected, no comment":      {standing(ChangeNew, ApprovalRejected), []Decision{{Name: "bob", Decision: "rejected"}}, ChangeApproval{}, ErrRefused, "by bob, without a comment"},
		"rejected twice":            {standing(ChangeNew, ApprovalRejected), []Decision{{Name: "bob", Decision: "rejected"}, {Name: "eve", Decision: "rejected", Comment: "late"}, {Name: "x", Decision: "approved"}}, ChangeApproval{}, ErrRefused, "by eve"},
		"rejected by nobody":        {standing(ChangeNew, ApprovalRejected), nil, ChangeApproval{}, ErrRefused, "was rejected"},
		"canceled":                  {standing(ChangeCanceled, ApprovalApproved), bob, ChangeApproval{}, ErrRefused, "cancelled"},
		"closed":                    {standing(ChangeClosed, ApprovalApproved), bob, ChangeApproval{}, ErrRefused, "closed"},
		"other content":             {unchanged, bob, ChangeApproval{ContentHash: "other"}, ErrRefused, "content"},
		"before the window":         {window(time.Hour, 2*time.Hour), bob, enforce, ErrPending, "opens at 2030-05-01T11:00:00Z"},
		"at its start":              {window(0, time.Hour), bob, enforce, nil, ""},
		"in the window":             {window(-time.Hour, time.Hour), bob, enforce, nil, ""},
		"at its end":                {window(-time.Hour, 0), bob, enforce, nil, ""},
		"after the window":          {window(-2*time.Hour, -time.Hour), bob, enforce, ErrRefused, "ended at 2030-05-01T09:00:00Z"},
		"no window":                 {unchanged, bob, enforce, nil, ""},
		"window not enforced":       {window(time.Hour, 2*time.Hour), bob, ChangeApproval{}, nil, ""},
		"too early to start":        {window(time.Hour, 2*time.Hour), bob, ChangeApproval{EnforceWindow: true, StartImplementation: true}, ErrPending, ""},
		"rejected before window":    {func(c *ChangeRequest) { window(time.Hour, 2*time.Hour)(c); standing(ChangeNew, ApprovalRejected)(c) }, nil, enforce, ErrRefused, "rejected"},
		"missing":                   {unchanged, bob, ChangeApproval{ChangeRequestID: "2"}, ErrNotFound, "2"},
		"invalid":                   {unchanged, bob, ChangeApproval{MaxWait: -1}, ErrInvalid, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			gate, f := newGate(t, c.edit)
			f.decisions["1"] = c.decisions
			if c.gate.ChangeRequestID == "" {
				c.gate.ChangeRequestID = "1"
			}
			if c.gate.ContentHash == "match" {
				c.gate.ContentHash = f.records["1"].ContentHash
			}
			a, err := gate.Create(t.Context(), &c.gate)
			if c.reason == nil {
				if err != nil || a.ID != "1" || a.ChangeRequestID != "1" || a.ContentHash != f.records["1"].ContentHash {
					t.Errorf("the gate stays shut: %+v, error %v", a, err)
				}
				return
			}
			if wantReason(t, "the gate", err, c.reason); err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error reads %q, want %q in it", err, c.says)
			}
			if a != nil || len(f.steps) > 0 {
				t.Errorf("a refusal has an answer %v or moved the change to %v", a, f.steps)
			}
		})
	}
}

func TestGateHintsWhenToAsk(t *testing.T) {
	gate, _ := newGate(t, func(c *ChangeRequest) { c.PlannedStart = gateTime.Add(time.Hour) })
	_, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1", EnforceWindow: true})
	if failure := reasonOf(t, "before the window", err, ErrPending); failure.RetryAfter != time.Hour {
		t.Errorf("retry after %s, want 1h", failure.RetryAfter)
	}
	gate, f := newGate(t, unchanged)
	f.decisions = nil
	_, err = gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1"})
	if failure := reasonOf(t, "without an approver", err, ErrPending); failure.Advice != "Ask about C1. Then apply again" {
		t.Errorf("advice is %q", failure.Advice)
	}
}

func TestGateRequestsOnce(t *testing.T) {
	gate, f := newGate(t, func(c *ChangeRequest) { c.State, c.Approval = ChangeNew, ApprovalNotRequested })
	for range 3 {
		_, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1"})
		wantReason(t, "an undecided change", err, ErrPending)
	}
	if f.requests != 1 {
		t.Errorf("approval was requested %d times", f.requests)
	}
}

func TestGateStartsImplementation(t *testing.T) {
	for from, want := range map[ChangeState][]ChangeState{
		ChangeAuthorize: {ChangeScheduled, ChangeImplement}, ChangeScheduled: {ChangeImplement}, ChangeImplement: nil, ChangeReview: nil,
	} {
		gate, f := newGate(t, func(c *ChangeRequest) { c.State = from })
		for range 2 {
			if _, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1", StartImplementation: true}); err != nil {
				t.Errorf("from %s: %v", from, err)
			}
		}
		if !slices.Equal(f.steps, want) {
			t.Errorf("from %s: steps %v, want %v", from, f.steps, want)
		}
	}
}

// TestGateFailsClosed: no answer is no approval.
func TestGateFailsClosed(t *testing.T) {
	down := Errorf(ErrUnavailable, "down")
	for name, sabotage := range map[string]func(*fakeChanges){
		"changes":    func(f *fakeChanges) { f.failure = down },
		"decisions":  func(f *fakeChanges) { f.unread = down },
		"request":    func(f *fakeChanges) { f.records["1"].Approval, f.refuse = ApprovalNotRequested, down },
		"transition": func(f *fakeChanges) { f.refuse = down },
	} {
		gate, f := newGate(t, unchanged)
		sabotage(f)
		a, err := gate.Create(t.Context(), &ChangeApproval{ChangeRequestID: "1", StartImplementation: true})
		if a != nil || !errors.Is(err, ErrUnavailable) {
			t.Errorf("without %s the gate answers %v, %v", name, a, err)
		}
	}
}

func TestGateReads(t *testing.T) {
	for name, c := range map[string]struct {
		edit  func(*ChangeRequest)
		holds bool
	}{
		"approved":       {unchanged, true},
		"closed":         {func(c *ChangeRequest) { c.State = ChangeClosed }, true},
		"canceled":       {func(c *ChangeRequest) { c.State = ChangeCanceled }, false},
		"rejected":       {func(c *ChangeRequest) { c.Approval = ApprovalRejected }, false},
		"requester only": {func(c *ChangeRequest) { c.RequestedBy = "Bob" }, false},
	} {
		gate, f := newGate(t, c.edit)
		f.decisions["1"] = append(f.decisions["1"], Decision{Name: "eve", Decision: "requested"})
		f.decisions["1"][0].DecidedAt = gateTime.Add(5)
		found, err := gate.Get(t.Context(), []string{"1", "2"})
		listed, err2 := gate.Find(t.Context(), Query{Stack: "s", Names: []string{"1"}})
		if err != nil || err2 != nil || (len(found) == 1) != c.holds || (len(listed) == 1) != c.holds {
			t.Errorf("%s: got %v and listed %v, errors %v, %v", name, found, listed, err, err2)
		}
		kept, err := gate.Update(t.Context(), &ChangeApproval{Meta: Meta{ID: "1"}}, []string{"max_wait"})
		if c.holds {
			if err != nil || len(kept.Approvers) != 2 || !kept.ApprovedAt.Equal(gateTime) {
				t.Errorf("%s: update answers %+v, %v", name, kept, err)
			}
		} else {
			wantReason(t, name+": update", err, ErrNotFound)
		}
		if none, err := gate.Find(t.Context(), Query{Stack: "other"}); err != nil || len(none) > 0 {
			t.Errorf("%s: another stack has %v, %v", name, none, err)
		}
		if err := gate.Retire(t.Context(), "1", Erase); err != nil || f.records["1"] == nil {
			t.Errorf("%s: retiring an approval: %v", name, err)
		}
	}
	gate, f := newGate(t, unchanged)
	f.unread = Errorf(ErrUnavailable, "down")
	if _, err := gate.Get(t.Context(), []string{"1"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("unread decisions are an absence: %v", err)
	}
}

func TestViewsNeedCapabilities(t *testing.T) {
	for _, kind := range []Kind{KindChangeApproval, KindChangeClosure, KindConfigurationItemState} {
		_, err := Stores{}.Of(kind)
		wantReason(t, string(kind)+" of an empty system", err, ErrUnsupported)
	}
	s := Stores{}
	Serve(s, &fake[*ChangeRequest]{})
	for _, kind := range []Kind{KindChangeApproval, KindChangeClosure} {
		_, err := s.Of(kind)
		wantReason(t, string(kind)+" of a store that keeps changes only", err, ErrUnsupported)
	}
	_, full := newFakeChanges(unchanged)
	for _, kind := range []Kind{KindChangeApproval, KindChangeClosure, KindChangeRequest} {
		if _, err := full.Of(kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
