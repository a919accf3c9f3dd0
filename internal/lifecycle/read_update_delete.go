// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// privateID is the private state's key for the record's id. A replacement is planned without state but with private
// state, which is how it is told from a second block that claims the same name.
const privateID = "id"

func privateValue(id string) []byte { return []byte(strconv.Quote(id)) }

// setIdentity fills the identity with the id. Clients without resource identity have none to fill.
func setIdentity(identity *tfsdk.ResourceIdentity, id string) {
	if identity == nil {
		return
	}
	object := identity.Schema.Type().TerraformType(context.Background())
	identity.Raw = tftypes.NewValue(object, map[string]tftypes.Value{attrID: tftypes.NewValue(tftypes.String, id)})
}

// begin finds who serves the type, and reads the object that the call is about: the plan of a create, the state of
// everything else. What it cannot do it words into diags, and it returns false.
func (r *Resource) begin(verb string, object tftypes.Value, diags *diag.Diagnostics) (*binding, *decoded, subject, bool) {
	s := subject{verb: verb, title: r.definition.Title}
	b, err := r.run.bind(r.Kind)
	if err != nil {
		diags.Append(r.codec.failure(s, err))
		return nil, nil, s, false
	}
	s.system = b.system.Name
	d, err := r.codec.decode(object, b.system.Name)
	if err != nil {
		diags.AddError(internalError(err))
		return nil, nil, s, false
	}
	if s.id = d.record.Metadata().ID; !d.imported() {
		s = s.about(d.record)
	}
	if err := keptBy(d, b); err != nil {
		diags.Append(r.codec.failure(s, err))
		return nil, nil, s, false
	}
	return b, d, s, true
}

// Read implements [resource.Resource]. It answers from the run's listing; a record that is gone leaves the state, and a system that cannot be asked is an error.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if _, err := r.run.bind(r.Kind); errors.Is(err, ErrNotConfigured) {
		r.keepUnread(ctx, subject{verb: "read", title: r.definition.Title}, resp)
		return
	}
	b, state, s, ok := r.begin("read", req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	id, imported := state.record.Metadata().ID, state.imported()
	ctx, cancel := state.deadline(ctx, "read")
	defer cancel()
	actual, err := r.actual(ctx, b, state)
	// The identity comes first: a state that is removed without one is an error of the framework's.
	setIdentity(resp.Identity, id)
	if err != nil {
		// The state stays as it is. An error that has been told has failed this plan already.
		if !r.run.told(s.system, err) {
			resp.Diagnostics.Append(r.codec.failure(s, err))
		}
		return
	}
	if actual == nil || record.Gone(actual) {
		resp.State.RemoveResource(ctx)
		return
	}
	raw, err := r.codec.encode(actual, encoding{base: state, everything: imported, system: b.system.Name})
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.State.Raw = raw
	if known, _ := req.Private.GetKey(ctx, privateID); known == nil {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateID, privateValue(id))...)
	}
}

// actual is what there is of the record that the state is about; nil where nothing is.
func (r *Resource) actual(ctx context.Context, b *binding, state *decoded) (record.Record, error) {
	if r.definition.StateOnly && !state.imported() {
		return state.record, nil
	}
	return b.reader.get(ctx, state.record.Metadata().ID)
}

// keepUnread leaves the state as it is while the provider's configuration depends on something that is still to be made.
func (r *Resource) keepUnread(ctx context.Context, s subject, resp *resource.ReadResponse) {
	var id types.String
	// A CLI without resource identity kept none, and the framework refuses a read that leaves it out.
	if diags := resp.State.GetAttribute(ctx, path.Root(attrID), &id); !diags.HasError() && id.ValueString() != "" {
		setIdentity(resp.Identity, id.ValueString())
	}
	if r.run == nil || r.run.once("unread") {
		resp.Diagnostics.AddWarning("Records were not refreshed",
			fmt.Sprintf("%s: %s, so the state was taken as it is. The apply will read what it needs.", s, ErrNotConfigured))
	}
}

// keptBy refuses a state whose record another system keeps: under its id the serving system has nothing, or something else.
func keptBy(state *decoded, b *binding) error {
	keeper := state.record.Metadata().System
	if keeper == "" || keeper == b.system.Name {
		return nil
	}
	return record.Errorf(record.ErrConflict, "the state's record is kept by %s, and in this configuration %s serves it", keeper, b.system.Name).
		Advise("Let %s serve it again, use another state for this configuration, or drop the record from the state with terraform state rm", keeper)
}

// imported says that the state holds nothing but the id, as it does after an import.
func (d *decoded) imported() bool {
	for _, f := range d.codec.fields {
		if f.required && d.set[f.Name] {
			return false
		}
	}
	return true
}

// Update implements [resource.Resource]. It sends what changed, and nothing else.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	b, state, s, ok := r.begin("update", req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	plan, err := r.codec.decode(req.Plan.Raw, b.system.Name)
	if err == nil {
		err = plan.takeSecrets(req.Config.Raw)
	}
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	ctx, cancel := plan.deadline(ctx, "update")
	defer cancel()
	var kept record.Record
	if err := guarded(func() (err error) { kept, err = r.updateRecord(ctx, b, state, plan); return err }); err != nil {
		resp.Diagnostics.Append(r.failure(s, err))
		return
	}
	r.run.kept(b, kept)
	raw, err := r.codec.encode(kept, encoding{base: plan, system: b.system.Name})
	if err != nil {
		resp.Diagnostics.AddError(internalError(err))
		return
	}
	resp.State.Raw = raw
	setIdentity(resp.Identity, kept.Metadata().ID)
}

func (r *Resource) updateRecord(ctx context.Context, b *binding, state, plan *decoded) (record.Record, error) {
	id := state.record.Metadata().ID
	if r.run.wasTaken(r.Kind, id) {
		return nil, record.Errorf(record.ErrConflict, "another block, which is new in this run, has taken over this record under its old name").
			Advise("Rename in two applies, or use a moved block")
	}
	if r.definition.StateOnly {
		return plan.record, nil
	}
	change := plan.record
	change.Metadata().ID, change.Metadata().Stack = id, r.run.Stack
	w := &Write{Record: change, Prior: state.record, Changed: sentChanges(r.codec, state, plan)}
	if err := r.before(ctx, w); err != nil {
		return nil, err
	}
	if len(w.Changed) == 0 {
		found, err := b.store.Get(ctx, []string{id})
		if err != nil {
			return nil, err
		}
		if kept, ok := found[id]; ok && !record.Gone(kept) {
			return kept, nil
		}
		return nil, record.Errorf(record.ErrNotFound, "the record no longer exists")
	}
	kept, err := update(ctx, b, change, w.Changed)
	if err != nil {
		return nil, err
	}
	return kept, dropped(change, kept, func(path string) bool {
		name, _, _ := strings.Cut(path, ".")
		f, _ := record.FieldNamed(change, name)
		return slices.Contains(w.Changed, path) && !f.Unread()
	})
}

// sentChanges names the fields that differ and that systems keep.
func sentChanges(c *codec, was, now *decoded) []string {
	sendable := map[string]bool{attrExtensions: true}
	for _, f := range c.fields {
		sendable[f.Name] = f.configurable && (!f.Unread() || isVersion(now.record, f.Name))
	}
	for _, name := range c.definition.Lasting {
		sendable[name] = now.set[name]
	}
	var fields []string
	for _, path := range record.Changes(was.record, now.record) {
		name, _, _ := strings.Cut(path, ".")
		if sendable[name] && !now.unknown[name] {
			fields = append(fields, path)
		}
	}
	return append(fields, now.changedSecrets(fields)...)
}

// Delete implements [resource.Resource]: the end that the kind and on_destroy ask for, which never erases evidence by itself.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	b, state, s, ok := r.begin("destroy", req.State.Raw, &resp.Diagnostics)
	if !ok {
		return
	}
	id := state.record.Metadata().ID
	if r.run.wasTaken(r.Kind, id) {
		resp.Diagnostics.AddWarning("The record stays",
			fmt.Sprintf("%s: another block, which is new in this run, has taken the record over. Next time say so with a moved block.", s))
		return
	}
	disposal, ends := disposals[onDestroy(state.record)]
	if !ends {
		return
	}
	ctx, cancel := state.deadline(ctx, "delete")
	defer cancel()
	state.record.Metadata().Stack = r.run.Stack
	if r.BeforeEnd != nil {
		if err := guarded(func() error { return r.BeforeEnd(ctx, &Write{Record: state.record, Prior: state.record, run: r.run}) }); err != nil {
			resp.Diagnostics.Append(r.failure(s, err))
			return
		}
	}
	_, err := waiting(ctx, state.record, "delete", func() (record.Record, error) {
		return nil, guarded(func() error { return b.end(ctx, state.record, disposal) })
	})
	if err != nil {
		resp.Diagnostics.Append(r.failure(s, err))
		return
	}
	r.run.ended(b, id)
}

// end ends a record, again where the outcome is unknown: ending it twice is ending it once.
func (b *binding) end(ctx context.Context, r record.Record, d record.Disposal) error {
	err := b.endOnce(ctx, r, d)
	if errors.Is(err, record.ErrAmbiguous) {
		return b.endOnce(ctx, r, d)
	}
	return err
}

// endOnce sends the end. What does not exist has ended, unless the end takes a permission: nobody has given that.
func (b *binding) endOnce(ctx context.Context, r record.Record, d record.Disposal) error {
	if e, ok := record.Capability[record.Ender](b.store); ok {
		return e.End(ctx, record.Clone(r))
	}
	if err := b.store.Retire(ctx, r.Metadata().ID, d); !errors.Is(err, record.ErrNotFound) {
		return err
	}
	return nil
}

// disposals are the values of on_destroy that end the record; "keep" does not. A kind without the attribute ends in its own way.
var disposals = map[string]record.Disposal{
	"": record.Conclude, "retire": record.Conclude, "cancel": record.Conclude, "disable": record.Conclude, "retain": record.Conclude,
	"delete": record.Erase, "expire": record.Erase, "remove": record.Erase,
}

func onDestroy(r record.Record) string {
	value, _ := record.Text(r, "on_destroy")
	return value
}

// namePrefix begins an import id that is a natural name.
const namePrefix = "name:"

// ImportState implements [resource.ResourceWithImportState]: by id, by identity, or by "name:<natural name>".
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	s := subject{verb: "import", title: r.definition.Title, id: req.ID}
	b, err := r.run.bind(r.Kind)
	if err != nil {
		resp.Diagnostics.Append(r.codec.failure(s, err))
		return
	}
	s.system = b.system.Name
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(attrID), &s.id)...)
	}
	found, err := r.findImport(ctx, b, s.id)
	if err != nil {
		resp.Diagnostics.Append(r.codec.failure(s, err))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attrID), found.Metadata().ID)...)
	setIdentity(resp.Identity, found.Metadata().ID)
}

func (r *Resource) findImport(ctx context.Context, b *binding, id string) (record.Record, error) {
	name, byName := strings.CutPrefix(id, namePrefix)
	if !byName {
		found, err := b.reader.get(ctx, id)
		if err == nil && (found == nil || record.Gone(found)) {
			err = record.Errorf(record.ErrNotFound, "there is no live record with that id").
				Advise("Give the system's id, or name:<natural name>, which is %s", b.definition.NameForm)
		}
		return found, err
	}
	matches, err := b.store.Find(ctx, record.Query{Stack: r.run.Stack})
	if err != nil {
		return nil, err
	}
	var found []record.Record
	for _, m := range matches {
		// Triggers are a part of the natural name that nobody can write by hand.
		plain, _, _ := strings.Cut(m.NaturalName(), "#")
		if own, _ := record.Text(m, "name"); name == m.NaturalName() || name == plain || name == own {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, record.Errorf(record.ErrNotFound, "stack %q has no live record of that name", r.run.Stack).
			Advise("The natural name is %s", b.definition.NameForm)
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.Metadata().ID
	}
	return nil, record.Errorf(record.ErrConflict, "stack %q has several records of that name", r.run.Stack).Advise("Import one by its id: %s", strings.Join(ids, ", "))
}
