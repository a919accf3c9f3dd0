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

// Store finds the store of a kind, for a data source that is more than one record or a list of records. The data source
// gets its run in Configure. A nil run has no store.
func (r *Run) Store(kind record.Kind) (record.Store[record.Record], error) {
	b, err := r.bind(kind)
	if err != nil {
		return nil, err
	}
	return b.store, nil
}

// Reading is what such a data source reads.
type Reading struct {
	// Title is what people call it, such as "image"; Name says which one, where it has a name.
	Title, Name string
	// Kind tells which system is asked.
	Kind record.Kind
	// Schema is the data source's, to which an error's field leads. It may be empty.
	Schema dschema.Schema
}

// ReadFailure words an error of a data source as all others are worded.
func (r *Run) ReadFailure(what Reading, err error) diag.Diagnostic {
	s := subject{verb: "read", title: what.Title, name: what.Name}
	if b, bindErr := r.bind(what.Kind); bindErr == nil {
		s.system = b.system.Name
	}
	c := codec{object: what.Schema.Type().TerraformType(context.Background()).(tftypes.Object)}
	return c.failure(s, err)
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
