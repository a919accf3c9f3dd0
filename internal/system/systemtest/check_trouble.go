// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Trouble is a state of a system, or of the way to it, in which it does not serve.
type Trouble string

// The troubles that systems on a wire are held to.
const (
	Unauthorized  Trouble = "401"
	Forbidden     Trouble = "403"
	Expired       Trouble = "token expired"
	Throttled     Trouble = "429 with Retry-After"
	ServerError   Trouble = "500"
	Unreachable   Trouble = "unreachable"
	Malformed     Trouble = "malformed body"
	TimeoutBefore Trouble = "time-out before commit"
	TimeoutAfter  Trouble = "time-out after commit"
	ReadOnlyMode  Trouble = "read-only"
)

// troublePatience is how long a store may try again before it gives up.
const troublePatience = 30 * time.Second

// troubleReasons are the reasons of which a failed create must have one. [Expired] is absent: a new token may be had.
var troubleReasons = map[Trouble][]error{
	Unauthorized:  {record.ErrUnauthorized},
	Forbidden:     {record.ErrUnauthorized},
	Throttled:     {record.ErrUnavailable},
	ServerError:   {record.ErrAmbiguous, record.ErrUnavailable},
	Unreachable:   {record.ErrUnavailable, record.ErrAmbiguous},
	Malformed:     {record.ErrAmbiguous, record.ErrUnavailable},
	TimeoutBefore: {record.ErrAmbiguous, record.ErrUnavailable},
	TimeoutAfter:  {record.ErrAmbiguous},
	ReadOnlyMode:  {record.ErrUnavailable, record.ErrUnauthorized},
}

// checkTrouble holds a system in trouble to three things: what cannot be read is an error and not an absence, a write
// says truly whether it may have happened, and afterwards nothing is doubled.
func checkTrouble(e *env, trouble Trouble, begin func(t *testing.T) func()) {
	k := caseInTrouble(e.c)
	kept, wanted := e.create(e.record(k, 1)), e.record(k, 2)
	ctx, cancel := context.WithTimeout(e.t.Context(), troublePatience)
	defer cancel()
	heal := begin(e.owner)
	if trouble != ReadOnlyMode {
		checkReadsInTrouble(ctx, e, kept)
	}
	_, err := e.store(k.kind).Create(ctx, record.Clone(wanted))
	heal()
	if trouble == Unauthorized {
		e.conn = e.again() // Credentials that were refused are not sent again: the next run brings others.
	}

	e.wantReason(trouble, err)
	found := e.find(k.kind, e.named(wanted))
	switch {
	case err == nil && len(found) != 1, len(found) > 1:
		e.t.Errorf("%s: after Create with error %v there are %d records", trouble, err, len(found))
	case err != nil && !errors.Is(err, record.ErrAmbiguous) && len(found) > 0:
		e.t.Errorf("%s: Create failed with %q, which says that nothing was written, and the record exists", trouble, err)
	}
	again, err := e.store(k.kind).Create(e.t.Context(), record.Clone(wanted))
	if len(found) == 1 {
		e.wantHolder("Create after the trouble", err, found[0].Metadata().ID)
	} else if err != nil {
		e.t.Errorf("%s: Create after the trouble: %v", trouble, err)
	} else {
		e.wantRecords("after the trouble", e.find(k.kind, e.named(wanted)), again)
	}
}

func caseInTrouble(c Config) kindCase {
	for _, k := range cases() {
		if c.serves(k.kind) && k.kind != record.KindRelationship && k.kind != record.KindIPAddress {
			return k
		}
	}
	return cases()[0]
}

// checkReadsInTrouble accepts a right answer, which a system may have had in store or have got by asking again.
func checkReadsInTrouble(ctx context.Context, e *env, kept record.Record) {
	id := kept.Metadata().ID
	found, err := e.store(kept.Kind()).Get(ctx, []string{id})
	if _, ok := found[id]; err == nil && !ok {
		e.t.Errorf("Get in trouble answers that a record does not exist which exists")
	}
	listed, err := e.store(kept.Kind()).Find(ctx, e.named(kept))
	if err == nil && len(listed) != 1 {
		e.t.Errorf("Find in trouble answers %d records without an error, want 1", len(listed))
	}
	if err != nil && errors.Is(err, record.ErrNotFound) {
		e.t.Errorf("Find in trouble answers that nothing was found: %v", err)
	}
}

func (e *env) wantReason(trouble Trouble, err error) {
	e.t.Helper()
	if err == nil {
		return
	}
	var failure *record.Error
	if !errors.As(err, &failure) {
		e.t.Errorf("%s: error is a %T, want a *record.Error", trouble, err)
		return
	}
	reasons, judged := troubleReasons[trouble]
	for _, reason := range reasons {
		judged = judged && !errors.Is(err, reason)
	}
	if judged {
		e.t.Errorf("%s: error is %q, want one of the reasons %q", trouble, err, reasons)
	}
	if trouble == Throttled && failure.RetryAfter <= 0 {
		e.t.Errorf("%s: the error does not pass on when to ask again", trouble)
	}
}
