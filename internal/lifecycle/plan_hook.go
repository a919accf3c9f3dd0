// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// What some hooks need of a plan, besides what [Plan] has for all.

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
