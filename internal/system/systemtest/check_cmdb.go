// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// checkRevive does what a configuration does that wants a retired item back: adopt it, with its history.
func checkRevive(e *env) {
	k := itemCase()
	first := e.create(e.record(k, 1))
	e.retire(k.kind, first.Metadata().ID, record.Conclude)
	existing := e.get(k.kind, first.Metadata().ID)
	wanted := e.record(k, 1)
	fields, err := record.Define(k.kind).Adopt(existing, wanted)
	if err != nil {
		e.t.Fatalf("a retired item cannot be adopted: %v", err)
	}
	wanted.Metadata().ID = existing.Metadata().ID
	revived := e.update(wanted, fields...)
	e.wantSame("the revived item", revived, first)
	e.wantRecords("Find after the revival", e.find(k.kind, record.Query{Stack: e.stack}), revived)
	e.wantKey(k, first.Metadata().ID, false)
}

func checkStateView(e *env) {
	ctx, k := e.t.Context(), itemCase()
	item := e.create(e.record(k, 1))
	id := item.Metadata().ID
	view := e.store(record.KindConfigurationItemState)
	want := &record.ConfigurationItemState{ConfigurationItemID: id, Status: "operational", Attributes: map[string]string{"kernel": "6.12"}}
	want.Stack = e.stack
	if !e.expresses(k.kind, "attributes") {
		want.Attributes = nil
	}
	made, err := view.Create(ctx, record.Clone(want))
	if err != nil {
		e.t.Fatalf("Create of a state: %v", err)
	}
	// The item keeps the attributes that its own configuration wrote.
	after := record.Clone(item).(*record.ConfigurationItem)
	after.Status = "operational"
	record.Apply(after, &record.ConfigurationItem{Attributes: want.Attributes}, entriesOf("attributes", want.Attributes))
	e.wantSame("the item after its state was written", e.get(k.kind, id), after)
	found, err := view.Get(ctx, []string{id, absentID})
	if err != nil || len(found) != 1 {
		e.t.Fatalf("Get of a state: %d records, error %v", len(found), err)
	}
	e.wantSame("Get of a state", found[id], made)
	missing := &record.ConfigurationItemState{ConfigurationItemID: absentID, Status: "operational"}
	_, err = view.Create(ctx, missing)
	e.wantFailure("Create of a state of a missing item", err, record.ErrNotFound, "configuration_item_id")
	e.retire(k.kind, id, record.Conclude)
	if found, err = view.Get(ctx, []string{id}); err != nil || len(found) != 0 {
		e.t.Errorf("Get of a retired item's state: %d records, error %v", len(found), err)
	}
}

func entriesOf(field string, entries map[string]string) []string {
	paths := make([]string, 0, len(entries))
	for key := range entries {
		paths = append(paths, field+"."+key)
	}
	return paths
}

func checkDanglingRelationship(e *env) {
	k := relationshipCase()
	for field, detach := range map[string]func(*record.Relationship){
		"parent_id": func(r *record.Relationship) { r.ParentID = absentID },
		"child_id":  func(r *record.Relationship) { r.ChildID = absentID },
	} {
		r := e.record(k, 1).(*record.Relationship)
		detach(r)
		_, err := e.store(k.kind).Create(e.t.Context(), r)
		e.wantFailure("Create of a relationship to a missing item", err, record.ErrNotFound, field)
	}
	e.wantRecords("after refused creates", e.find(k.kind, record.Query{Stack: e.stack}))
}
