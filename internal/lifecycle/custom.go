// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"strings"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Store finds the store of a kind and the name of the system that serves it, for a data source that is more than one
// record or a list of records. The data source gets its run in Configure. A nil run has no store.
func (r *Run) Store(kind record.Kind) (record.Store[record.Record], string, error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, "", err
	}
	return b.store, b.system.Name, nil
}

// Reading is what such a data source reads: its errors are worded as all others are.
type Reading struct {
	// Title is what people call it, such as "image"; Name which one; System where from, once that is known.
	Title, Name, System string
	// Schema is the data source's, to which an error's field leads.
	Schema dschema.Schema
}

// Failure words an error.
func (r Reading) Failure(err error) diag.Diagnostic {
	c := codec{object: r.Schema.Type().TerraformType(context.Background()).(tftypes.Object)}
	return c.failure(subject{verb: "read", title: r.Title, name: r.Name, system: r.System}, err)
}

// Fill makes the value that a hook has given to a field of Planned the planned one.
func (p *Plan) Fill(field string) {
	for _, f := range p.resource.codec.fields {
		if f.Name == field {
			p.now.values[field] = encodeValue(f.wire, f.In(p.Planned), true)
			p.now.set[field] = true
			delete(p.now.unknown, field)
		}
	}
}

// Configured says whether a field has a value, which the field's zero can be too.
func (p *Plan) Configured(field string) bool { return p.now.set[field] }

// Unsettle leaves a computed field open in an update that there is anyway, since the field may change by itself before the apply.
func (p *Plan) Unsettle(field string) {
	if p.Prior == nil {
		return
	}
	for name, v := range p.now.values {
		if !v.Equal(p.was().values[name]) {
			p.now.values[field] = tftypes.NewValue(p.resource.codec.object.AttributeTypes[field], tftypes.UnknownValue)
			return
		}
	}
}

// Find lists the live records of a kind, whatever their stack, whose field has a value. It asks the system once in a run for each value.
func (p *Plan) Find(ctx context.Context, kind record.Kind, field, value string) ([]record.Record, error) {
	b, err := p.resource.run.bind(kind)
	if err != nil {
		return nil, err
	}
	return p.resource.run.found(ctx, b, field, value)
}

// Foreseen says whether a block that has been planned before this one stands for a record whose natural name begins like
// this. A block that refers to another is planned after it.
func (p *Plan) Foreseen(kind record.Kind, beginning string) bool {
	r := p.resource.run
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.claims {
		if strings.HasPrefix(key, record.CorrelationKey(r.Stack, kind, beginning)) {
			return true
		}
	}
	return false
}
