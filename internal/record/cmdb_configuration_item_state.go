// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"context"
	"slices"
)

// ConfigurationItemState is the part of a configuration item that is known only after the build: step 15 of a
// provisioning. It is a view of a [ConfigurationItem], with the item's id, so that two resources never fight over a field.
type ConfigurationItemState struct {
	Meta
	ConfigurationItemID string            `json:"configuration_item_id"`
	Status              string            `json:"status,omitempty"`
	Attributes          map[string]string `json:"attributes,omitempty"`
}

// KindConfigurationItemState is the kind of [ConfigurationItemState].
var KindConfigurationItemState = define(Definition{
	Kind: "cmdb_configuration_item_state", Role: RoleCMDB, Title: "configuration item state",
	New:  func() Record { return new(ConfigurationItemState) },
	From: "cmdb_configuration_item", NameForm: "<configuration_item_id>",
	// An item always has a status. What a block no longer asks for stays as it is.
	Lasting: []string{"status"},
	Derive: func(s Stores) (Store[Record], error) {
		items, err := s.Of("cmdb_configuration_item")
		if err != nil {
			return nil, err
		}
		return erased[*ConfigurationItemState]{itemStates{items}}, nil
	},
})

// Kind implements [Record].
func (*ConfigurationItemState) Kind() Kind { return "cmdb_configuration_item_state" }

// NaturalName implements [Record]: an item has one state.
func (s *ConfigurationItemState) NaturalName() string { return s.ConfigurationItemID }

// Canonicalise implements [Record].
func (s *ConfigurationItemState) Canonicalise() {}

// Validate implements [Record].
func (s *ConfigurationItemState) Validate() []FieldError {
	var v rules
	v.name("configuration_item_id", s.ConfigurationItemID)
	v.oneOf("status", s.Status, LiveStatuses())
	v.entries("attributes", s.Attributes, MaxValue)
	v.entries("extensions", s.Extensions, MaxValue)
	return v.problems
}

// itemStates is the store of states: every write is an update of the item.
type itemStates struct{ items Store[Record] }

func (s itemStates) Get(ctx context.Context, ids []string) (map[string]*ConfigurationItemState, error) {
	items, err := s.items.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	states := make(map[string]*ConfigurationItemState, len(items))
	for id, r := range items {
		if !Gone(r) {
			states[id] = stateOf(r)
		}
	}
	return states, nil
}

func (s itemStates) Find(ctx context.Context, q Query) ([]*ConfigurationItemState, error) {
	items, err := s.items.Find(ctx, Query{Stack: q.Stack})
	if err != nil {
		return nil, err
	}
	var states []*ConfigurationItemState
	for _, r := range items {
		if state := stateOf(r); q.Matches(state) {
			states = append(states, state)
		}
	}
	return states, nil
}

// Create writes the configured part to the item. It cannot make a second one: an item has one state.
func (s itemStates) Create(ctx context.Context, r *ConfigurationItemState) (*ConfigurationItemState, error) {
	fields := slices.Concat(entryPaths("attributes", r.Attributes), entryPaths("extensions", r.Extensions))
	if r.Status != "" {
		fields = append(fields, "status")
	}
	r.ID = r.ConfigurationItemID
	return s.Update(ctx, r, fields)
}

func (s itemStates) Update(ctx context.Context, r *ConfigurationItemState, fields []string) (*ConfigurationItemState, error) {
	if err := Check(r); err != nil {
		return nil, err
	}
	found, err := s.items.Get(ctx, []string{r.ID})
	if err != nil {
		return nil, err
	}
	item, ok := found[r.ID].(*ConfigurationItem)
	if !ok || Gone(item) {
		return nil, Errorf(ErrNotFound, "there is no live configuration item with id %q", r.ID).On("configuration_item_id").
			Advise("Refer to the item's own id attribute, and create the item in the same configuration or before it")
	}
	item.Extensions = r.Extensions
	item.Attributes = r.Attributes
	if r.Status != "" {
		item.Status = r.Status
	}
	kept, err := s.items.Update(ctx, item, fields)
	if err != nil {
		return nil, err
	}
	return stateOf(kept), nil
}

// Retire leaves the item as it is: the item's own end retires it.
func (s itemStates) Retire(context.Context, string, Disposal) error { return nil }

func stateOf(r Record) *ConfigurationItemState {
	item := r.(*ConfigurationItem)
	return &ConfigurationItemState{
		Meta: item.Meta, ConfigurationItemID: item.ID, Status: item.Status, Attributes: item.Attributes,
	}
}
