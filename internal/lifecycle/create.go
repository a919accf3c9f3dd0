// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Create implements [resource.Resource]. It adopts the record that holds the correlation key or creates one. An error
// saves nothing: saved, it would taint, and Terraform would replace what the next apply can find and complete.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	b, plan, s, ok := r.begin("create", req.Plan.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	if err := plan.takeSecrets(req.Config.Raw); err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	ctx, cancel := plan.deadline(ctx, "create")
	defer cancel()
	c := creation{resource: r, binding: b, plan: plan, subject: s}
	var kept record.Record
	if err := guarded(func() (err error) { kept, err = c.create(ctx); return err }); err != nil {
		resp.Diagnostics.Append(r.failure(s, err))
		return
	}
	resp.Diagnostics.Append(c.warnings...)
	r.run.kept(b, kept)
	r.run.take(r.Kind, kept.Metadata().ID, kept.NaturalName())
	raw, err := r.codec.encode(kept, encoding{base: plan, system: b.system.Name})
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.State.Raw = raw
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateID, privateValue(kept.Metadata().ID))...)
	setIdentity(resp.Identity, kept.Metadata().ID)
}

// creation is one create on its way.
type creation struct {
	resource *Resource
	binding  *binding
	plan     *decoded
	subject  subject
	warnings diag.Diagnostics
	// prepared are the fields that the type's hook has filled in, which an adoption writes as well.
	prepared []string
}

func (c *creation) create(ctx context.Context) (record.Record, error) {
	wanted := c.plan.record
	wanted.Metadata().Stack = c.resource.run.Stack
	if p, ok := wanted.(record.Preparer); ok {
		p.Prepare()
	}
	w := &Write{Record: wanted, Create: true}
	if err := c.resource.before(ctx, w); err != nil {
		return nil, err
	}
	c.prepared = w.Changed
	if c.binding.definition.Key == nil {
		return c.view(ctx, wanted)
	}
	existing, err := c.binding.reader.named(ctx, wanted.NaturalName())
	if err != nil {
		return nil, err
	}
	if existing == nil {
		return c.send(ctx, wanted)
	}
	// What the listing says may be as old as the run. The record itself says what is there now.
	existing, err = c.holder(ctx, existing.Metadata().ID)
	if err != nil {
		return nil, err
	}
	if existing == nil {
		return c.send(ctx, wanted)
	}
	return c.adopt(ctx, existing, true)
}

// view creates a record that is a view of another: writing it is idempotent, and a gate may have to be asked again.
func (c *creation) view(ctx context.Context, wanted record.Record) (record.Record, error) {
	kept, err := waiting(ctx, wanted, "create", func() (record.Record, error) {
		kept, err := c.binding.store.Create(ctx, record.Clone(wanted))
		if errors.Is(err, record.ErrAmbiguous) {
			// A view's write can be repeated: it finds what it did the first time.
			kept, err = c.binding.store.Create(ctx, record.Clone(wanted))
		}
		return kept, err
	})
	if err != nil {
		return nil, err
	}
	return kept, c.readBack(kept)
}

// maxSends bounds how often a create is sent whose earlier outcomes were unknown and left no record behind.
const maxSends = 3

// send creates the record. A failure whose outcome is unknown is looked up before anything is sent again.
func (c *creation) send(ctx context.Context, wanted record.Record) (record.Record, error) {
	for attempt := 1; ; attempt++ {
		kept, err := c.post(ctx, record.Clone(wanted))
		var e *record.Error
		switch {
		case err == nil:
			return kept, c.readBack(kept)
		case errors.Is(err, record.ErrConflict) && errors.As(err, &e) && e.ID != "" && e.Field == "":
			existing, lookErr := c.holder(ctx, e.ID)
			if lookErr != nil {
				return nil, lookErr
			}
			if existing == nil {
				return nil, err
			}
			// After an unknown outcome it is most likely our own.
			return c.adopt(ctx, existing, attempt == 1)
		case !errors.Is(err, record.ErrAmbiguous) || attempt == maxSends:
			return nil, err
		}
		existing, lookErr := c.lookUp(ctx)
		if lookErr != nil {
			return nil, notLookedUp(err, lookErr)
		}
		if existing != nil {
			return c.adopt(ctx, existing, false)
		}
	}
}

func (c *creation) post(ctx context.Context, wanted record.Record) (record.Record, error) {
	if p, ok := wanted.(record.Pooled); ok && p.NeedsAllocation() {
		a, can := record.Capability[record.Allocator[record.Record]](c.binding.store)
		if !can {
			return nil, record.Errorf(record.ErrUnsupported, "%s cannot choose a free value itself", c.binding.system.Name).Advise("Configure a particular value")
		}
		return a.Allocate(ctx, wanted)
	}
	return c.binding.store.Create(ctx, wanted)
}

// lookUp finds the holder of the correlation key, past the run's listing.
func (c *creation) lookUp(ctx context.Context) (record.Record, error) {
	found, err := c.binding.store.Find(ctx, record.Query{
		Stack: c.resource.run.Stack, Names: []string{c.plan.record.NaturalName()}, Gone: true,
	})
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if record.HoldsKey(f) {
			return f, nil
		}
	}
	return nil, nil
}

// holder reads the record that is said to hold the key; nil where it no longer does.
func (c *creation) holder(ctx context.Context, id string) (record.Record, error) {
	found, err := c.binding.store.Get(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	existing, ok := found[id]
	if !ok || !record.HoldsKey(existing) || existing.NaturalName() != c.plan.record.NaturalName() || existing.Metadata().Stack != c.resource.run.Stack {
		return nil, nil
	}
	return existing, nil
}

// adopt takes over the record that holds the key, and completes it in place.
func (c *creation) adopt(ctx context.Context, existing record.Record, warn bool) (record.Record, error) {
	wanted := c.plan.record
	var fields []string
	if rule := c.binding.definition.Adopt; rule != nil {
		extra, err := rule(existing, wanted)
		if err != nil {
			return nil, err
		}
		fields = extra
	}
	// Which secret it has nobody can tell, so it gets the one that is configured.
	more := append(secretsIn(wanted), c.prepared...)
	owned := c.plan.owned()
	for _, f := range record.Changes(existing, wanted) {
		if owned[f] {
			more = append(more, f)
		}
	}
	for _, f := range more {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	kept := existing
	if len(fields) > 0 {
		change := record.Clone(wanted)
		change.Metadata().ID = existing.Metadata().ID
		var err error
		if kept, err = update(ctx, c.binding, change, fields); err != nil {
			return nil, err
		}
	}
	if warn {
		c.warnings.AddWarning("Adopted an existing "+c.subject.title, adoptionText(c.subject, existing, fields, c.plan.outdated(existing)))
	}
	return kept, c.readBack(kept)
}

func adoptionText(s subject, existing record.Record, fields, outdated []string) string {
	what := "It already had everything that is configured."
	if len(fields) > 0 {
		what = "Written to it: " + strings.Join(fields, ", ") + "."
	} else if len(outdated) > 0 {
		what = "It stays as it was sent. Configured otherwise: " + strings.Join(outdated, ", ") + "."
	}
	return fmt.Sprintf("%s: the record already existed and was taken over instead of being created a second time, "+
		"as happens after an interrupted apply or where a state was lost. %s", s.about(existing), what)
}

// outdated names the fields that are sent only once and that existing has otherwise than the configuration.
func (d *decoded) outdated(existing record.Record) []string {
	var fields []string
	for _, f := range d.codec.fields {
		if f.Once && d.set[f.Name] && !f.Equal(existing, d.record) {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// readBack compares what the system kept with what was sent.
func (c *creation) readBack(kept record.Record) error {
	owned := c.plan.owned()
	return dropped(c.plan.record, kept, func(field string) bool { return owned[field] })
}

// dropped is an error that names the fields that differ although they were sent.
func dropped(sent, kept record.Record, mine func(string) bool) error {
	var lost []string
	for _, f := range record.Changes(sent, kept) {
		if mine(f) {
			lost = append(lost, f)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return record.Errorf(record.ErrDropped, "record %s did not keep %s", kept.Metadata().ID, strings.Join(lost, ", ")).On(lost[0])
}

// update writes fields; after an unknown outcome it looks first whether they have arrived.
func update(ctx context.Context, b *binding, change record.Record, fields []string) (record.Record, error) {
	kept, err := b.store.Update(ctx, record.Clone(change), fields)
	if !errors.Is(err, record.ErrAmbiguous) {
		return kept, err
	}
	found, lookErr := b.store.Get(ctx, []string{change.Metadata().ID})
	if lookErr != nil {
		return nil, notLookedUp(err, lookErr)
	}
	secret := slices.ContainsFunc(fields, func(name string) bool { f, _ := record.FieldNamed(change, name); return f.Secret })
	if now, ok := found[change.Metadata().ID]; ok && !secret {
		named := func(f string) bool { return slices.Contains(fields, f) }
		if dropped(change, now, named) == nil {
			return now, nil
		}
	}
	return b.store.Update(ctx, record.Clone(change), fields)
}

// notLookedUp words a write of which not even the look-up could tell the outcome.
func notLookedUp(err, lookErr error) error {
	return fmt.Errorf("%w; looking it up failed: %w", err, lookErr)
}

// gate is a record whose creation may have to wait for a decision: for how long, and how often to ask.
type gate interface {
	Wait() (limit, interval time.Duration)
}

// exit is a record whose end may have to.
type exit interface {
	WaitToEnd() (limit, interval time.Duration)
}

// patience is how long an operation may wait for a decision, and how often it asks; zero where there is none to wait for.
func patience(r record.Record, operation string) (limit, interval time.Duration) {
	if g, ok := r.(gate); ok && operation == "create" {
		return g.Wait()
	}
	if e, ok := r.(exit); ok && operation == "delete" {
		return e.WaitToEnd()
	}
	return 0, 0
}

// waiting asks a gate until it has been decided, for as long as the record says it may wait. It returns within a
// moment when the context ends.
func waiting(ctx context.Context, r record.Record, operation string, ask func() (record.Record, error)) (record.Record, error) {
	limit, interval := patience(r, operation)
	until := time.Now().Add(limit)
	var undecided error
	for {
		kept, err := ask()
		if undecided != nil && ctx.Err() != nil {
			return nil, fmt.Errorf("%w; the wait for it was broken off (%w)", undecided, ctx.Err())
		}
		// A system that is away for a moment has not decided either.
		if !errors.Is(err, record.ErrPending) && !errors.Is(err, record.ErrUnavailable) {
			return kept, err
		}
		undecided = err
		pause := interval
		var e *record.Error
		if errors.As(err, &e) && e.RetryAfter > 0 {
			pause = min(max(e.RetryAfter, time.Second), max(interval, time.Minute))
		}
		left := time.Until(until)
		if left <= 0 || (e != nil && e.RetryAfter > left) {
			return nil, err
		}
		tflog.Info(ctx, "waiting: "+err.Error(), map[string]any{"next": min(pause, left).String()})
		select {
		case <-time.After(min(pause, left)):
		case <-ctx.Done(): // which asking again finds out
		}
	}
}

// The default of every timeouts attribute. Systems answer in seconds; a gate's own max_wait comes on top.
const defaultTimeout = 10 * time.Minute

// deadline bounds an operation by the block's timeouts.
func (d *decoded) deadline(ctx context.Context, operation string) (context.Context, context.CancelFunc) {
	limit := defaultTimeout
	var operations map[string]tftypes.Value
	if v, ok := d.values[attrTimeouts]; ok && v.IsKnown() && !v.IsNull() && v.As(&operations) == nil {
		var s string
		if o := operations[operation]; o.IsKnown() && !o.IsNull() && o.As(&s) == nil {
			// The attribute's own validator has refused what cannot be parsed.
			if span, err := time.ParseDuration(s); err == nil {
				limit = span
			}
		}
	}
	wait, _ := patience(d.record, operation)
	return context.WithTimeout(ctx, limit+wait)
}
