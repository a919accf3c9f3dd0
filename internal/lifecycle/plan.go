// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Plan is a planned create or update as a [Type]'s hook sees it.
type Plan struct {
	// Prior is what is there now; nil for a create.
	Prior record.Record
	// Planned is what will be. Fields that are not known yet are empty: see Known.
	Planned record.Record
	// Changed names the fields that the configuration changes.
	Changed []string
	// Replacement says that this create takes the place of a record that is destroyed.
	Replacement bool
	// Existing is the record that a create will take over, as far as a listing can tell; nil where it will make a new one.
	Existing record.Record

	resource *Resource
	now      *decoded
	system   string
	replace  []string
	// private is the block's private data, in which a replacement has the record's id.
	private  string
	warnings []warning
}

// warning is a summary and a sentence without a full stop.
type warning struct{ summary, detail string }

// Known says whether all of the fields are known.
func (p *Plan) Known(fields ...string) bool { return !p.now.anyUnknown(fields) }

// Keep keeps a computed field known that this update does not change.
func (p *Plan) Keep(field string) {
	if p.Prior != nil && !p.now.values[field].IsKnown() {
		p.now.values[field] = p.was().values[field]
	}
}

// Replace makes a change of these fields replace the record instead of updating it.
func (p *Plan) Replace(fields ...string) { p.replace = append(p.replace, fields...) }

// Warn tells whoever reads the plan what would surprise them after the apply. The detail is a sentence without a full stop.
func (p *Plan) Warn(summary, detail string) {
	p.warnings = append(p.warnings, warning{summary, detail})
}

// Run is what the walk shares.
func (p *Plan) Run() *Run { return p.resource.run }

// Lookup reads a record of the same role by id; nil where there is none.
func (p *Plan) Lookup(ctx context.Context, kind record.Kind, id string) (record.Record, error) {
	b, err := p.resource.run.bind(kind)
	if err != nil {
		return nil, err
	}
	return b.reader.get(ctx, id)
}

// Elsewhere lists the live records of the type that other stacks own and whose field is the planned one. It asks the
// system once in a run for each value. What this stack owns is left out, since this very run may be about to end it.
func (p *Plan) Elsewhere(ctx context.Context, field string) ([]record.Record, error) {
	b, err := p.resource.run.bind(p.resource.Kind)
	if err != nil {
		return nil, err
	}
	value, _ := record.Text(p.Planned, field)
	found, err := p.resource.run.found(ctx, b, field, value)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(found), func(r record.Record) bool { return r.Metadata().Stack == p.resource.run.Stack }), nil
}

// Count adds one to a counter of this walk and returns it. It lets a hook see what the whole plan asks of one pool.
func (p *Plan) Count(topic string) int64 {
	r := p.resource.run
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[topic]++
	return r.counts[topic]
}

// ModifyPlan implements [resource.ResourceWithModifyPlan]. Whatever can be known before the apply is refused or filled in here.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	s := subject{verb: "plan", title: r.definition.Title}
	b, err := r.run.bind(r.Kind)
	if errors.Is(err, ErrNotConfigured) {
		r.planUnconfigured(ctx, s, req, resp)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.codec.failure(s, err))
		return
	}
	s.system = b.system.Name
	p, err := r.planOf(req, b.system.Name)
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	private, _ := req.Private.GetKey(ctx, privateID)
	p.Replacement = p.Prior == nil && private != nil
	s = s.about(p.Planned)
	if problems := slices.Concat(p.now.judge(), unsupported(b, p.now), r.run.linked(b, p.now)); len(problems) > 0 {
		resp.Diagnostics.Append(r.codec.problemDiagnostics(problems)...)
		return
	}
	if err := guarded(func() error { return r.plan(ctx, p, b, string(private), resp) }); err != nil {
		// An error that has been told has failed this walk already. A type without a hook plans without the system what it plans with it:
		// the plan that an apply makes again must come to the same.
		told := r.run.told(s.system, err)
		if !told {
			resp.Diagnostics.Append(r.codec.failure(s, err))
		} else if r.Type.Plan != nil {
			resp.Diagnostics.Append(notTried(s))
		}
		if !told || r.Type.Plan != nil {
			return
		}
	}
	p.answer(s, resp)
}

// planUnconfigured plans what needs no system, while it is not known yet which one serves. The apply plans again, with a
// system, and Terraform allows it to come to nothing else: not to a replacement, and not to another spelling.
func (r *Resource) planUnconfigured(ctx context.Context, s subject, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	p, err := r.planOf(req, "")
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	if p.Prior == nil {
		return
	}
	p.keepEquals()
	p.Changed = sentChanges(r.codec, p.was(), p.now)
	if r.Type.Plan != nil {
		if err := guarded(func() error { return r.Type.Plan(ctx, p) }); err != nil && !errors.Is(err, ErrNotConfigured) {
			resp.Diagnostics.Append(r.codec.failure(s.about(p.Planned), err))
			return
		}
	}
	p.answer(s.about(p.Planned), resp)
}

// answer fills in what has been planned.
func (p *Plan) answer(s subject, resp *resource.ModifyPlanResponse) {
	for _, w := range p.warnings {
		resp.Diagnostics.AddWarning(w.summary, fmt.Sprintf("%s: %s.", s, w.detail))
	}
	for _, name := range slices.Concat(p.resource.Immutable, p.replace) {
		if p.Prior != nil && !p.now.values[name].Equal(p.was().values[name]) {
			resp.RequiresReplace.Append(path.Root(name))
		}
	}
	resp.Plan.Raw = tftypes.NewValue(p.resource.codec.object, map[string]tftypes.Value(p.now.values))
}

// planOf reads the request.
func (r *Resource) planOf(req resource.ModifyPlanRequest, system string) (*Plan, error) {
	p := &Plan{resource: r, system: system}
	var err error
	if p.now, err = r.codec.decode(req.Plan.Raw, system); err != nil {
		return nil, err
	}
	// The map is the request's own, and the plan fills in values.
	p.now.values = maps.Clone(p.now.values)
	p.Planned = p.now.record
	if r.run != nil {
		p.Planned.Metadata().Stack = r.run.Stack
	}
	if req.State.Raw.IsNull() {
		return p, nil
	}
	was, err := r.codec.decode(req.State.Raw, system)
	if err != nil {
		return nil, err
	}
	p.now.was, p.Prior = was, was.record
	return p, nil
}

func (p *Plan) was() *decoded { return p.now.was }

func (r *Resource) plan(ctx context.Context, p *Plan, b *binding, private string, resp *resource.ModifyPlanResponse) error {
	if p.Prior != nil {
		p.keepEquals()
		p.Changed = sentChanges(r.codec, p.was(), p.now)
		p.keepComputed()
	}
	if err := p.claim(private); err != nil {
		return err
	}
	if p.Prior == nil {
		p.now.values[attrSystem] = tftypes.NewValue(tftypes.String, b.system.Name)
		p.foreseeKey()
		if err := r.run.checkReady(ctx, b); err != nil {
			return err
		}
		if err := p.foresee(ctx, b, resp); err != nil {
			return err
		}
	}
	if err := p.checkReferences(ctx); err != nil {
		return err
	}
	if r.Type.Plan != nil {
		return r.Type.Plan(ctx, p)
	}
	return nil
}

// checkReferences refuses ids that are new in the plan and under which there is nothing.
func (p *Plan) checkReferences(ctx context.Context) error {
	for _, field := range slices.Sorted(maps.Keys(p.resource.References)) {
		kind := p.resource.References[field]
		id, _ := record.Text(p.Planned, field)
		if id == "" || !p.Known(field) || p.Prior != nil && p.was().values[field].Equal(p.now.values[field]) {
			continue
		}
		found, err := p.Lookup(ctx, kind, id)
		if err != nil {
			return err
		}
		if found == nil || record.Gone(found) {
			return record.Errorf(record.ErrNotFound, "there is no live %s with id %q", record.Define(kind).Title, id).On(field).
				Advise("Refer to the id attribute of an infraops_%s", kind)
		}
	}
	return nil
}

// keepEquals keeps the state's spelling where the plan means the same: a time in another zone, another case of a host name. An
// object, too, is kept as a whole, with the nulls that it has in the state where the configuration has a default or a zero.
// Only as a whole: Terraform takes no null from the state for an attribute that is configured.
func (p *Plan) keepEquals() {
	for _, f := range p.resource.codec.fields {
		now, was := p.now.values[f.Name], p.was().values[f.Name]
		if now.IsFullyKnown() && !now.IsNull() && !was.IsNull() && f.Equal(p.Planned, p.Prior) {
			p.now.values[f.Name] = was
		}
	}
}

// keepComputed keeps computed attributes known that the update will not change.
func (p *Plan) keepComputed() {
	keep := slices.Concat(metaAttributes, p.resource.Stable)
	if len(p.Changed) == 0 && !p.now.unknownConfigured() {
		// Only what Terraform alone keeps has changed, such as on_destroy.
		for _, f := range p.resource.codec.fields {
			keep = append(keep, f.Name)
		}
	}
	for _, name := range keep {
		if !p.now.values[name].IsKnown() && !(name == attrCorrelationID && p.keyChanges()) {
			p.now.values[name] = p.was().values[name]
			delete(p.now.unknown, name)
		}
	}
	p.foreseeKey()
}

// unknownConfigured says whether a configured value is still unknown, so that it may turn out to be a change.
func (d *decoded) unknownConfigured() bool {
	for _, f := range d.codec.fields {
		if f.configurable && !f.computed && d.isUnknown(f.Name) {
			return true
		}
	}
	return !d.values[attrExtensions].IsFullyKnown()
}

func (p *Plan) keyChanges() bool {
	for _, field := range p.resource.definition.Key {
		if p.now.isUnknown(field) {
			return true
		}
	}
	return p.resource.definition.Key != nil && p.Prior.NaturalName() != p.Planned.NaturalName()
}

// foreseeKey fills in the correlation key, which follows from the configuration.
func (p *Plan) foreseeKey() {
	key := p.resource.definition.Key
	if key == nil || p.now.anyUnknown(key) || p.now.values[attrCorrelationID].IsKnown() {
		return
	}
	p.now.values[attrCorrelationID] = tftypes.NewValue(tftypes.String,
		record.CorrelationKey(p.resource.run.Stack, p.resource.Kind, p.Planned.NaturalName()))
}

// foresee says which existing record a create will take over.
func (p *Plan) foresee(ctx context.Context, b *binding, resp *resource.ModifyPlanResponse) error {
	if b.definition.Key == nil || p.Replacement || p.now.anyUnknown(b.definition.Key) {
		return nil
	}
	existing, err := b.reader.named(ctx, p.Planned.NaturalName())
	if err != nil || existing == nil {
		return err
	}
	p.Existing = existing
	if adopt := b.definition.Adopt; adopt != nil && !p.now.unknownConfigured() {
		if _, err := adopt(existing, p.Planned); err != nil {
			return err
		}
	}
	s := subject{verb: "plan", title: b.definition.Title, system: b.system.Name}.about(existing)
	resp.Diagnostics.AddWarning("An existing "+b.definition.Title+" will be adopted",
		fmt.Sprintf("%s: the stack %q already has this record, and no block of this configuration has it in state. The apply takes it over instead of creating a second one.", s, p.resource.run.Stack))
	return nil
}

// claim refuses two blocks of one configuration that stand for the same record.
func (p *Plan) claim(private string) error {
	d := p.resource.definition
	p.private = private
	if d.Key == nil || p.now.anyUnknown(d.Key) {
		return nil
	}
	if p.resource.run.claim(p.resource.Kind, p.Planned.NaturalName(), p.claimant(), p.Replacement) {
		return nil
	}
	return record.Errorf(record.ErrConflict, "another block of this configuration stands for the same %s, %q, in stack %q", d.Title, shortened(p.Planned.NaturalName()), p.resource.run.Stack).
		On(d.Key[0]).Advise("Of the two blocks Terraform names one here; the other one has the same %s. Give one of them another %s, or remove it",
		strings.Join(d.Key, ", "), strings.Join(d.Key, " or "))
}
