// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenow

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

// moved are the fields that the change's life writes, and no update.
var moved = []string{"number", "state", "approval", "content_hash", "outcome", "close_notes", "evidence", "closed_at"}

// Create implements [record.Store].
func (s *changeStore) Create(ctx context.Context, r *record.ChangeRequest) (*record.ChangeRequest, error) {
	r = record.Clone(r)
	r.Number, r.State, r.Approval, r.Outcome, r.CloseNotes, r.Evidence = "", "", "", "", "", nil
	r.ClosedAt = record.ChangeRequest{}.ClosedAt
	r.AssignmentGroup = cmp.Or(r.AssignmentGroup, s.setup.assignmentGroup)
	r.Canonicalise()
	if err := record.Check(r); err != nil {
		return nil, err
	}
	if err := holdable(r.Stack); err != nil {
		return nil, err
	}
	key := keyOf(r.Stack, s.kind, r.NaturalName())
	done, err := s.alone(ctx, key)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.free(ctx, r, key, ""); err != nil {
		return nil, err
	}
	paths := slices.DeleteFunc(all(r), func(path string) bool { return slices.Contains(moved, path) })
	if err := s.itemsExist(ctx, r); err != nil {
		return nil, err
	}
	id, values, err := s.open(ctx, r, key, paths)
	if err != nil {
		return nil, err
	}
	if err := s.made(ctx, r, id, key); err != nil {
		return nil, err
	}
	return s.finish(ctx, r, id, values, paths)
}

// open adds the change by the endpoint of its type.
func (s *changeStore) open(ctx context.Context, r *record.ChangeRequest, key string, paths []string) (id string, values map[string]string, err error) {
	// The column of attachments says which files there are, so it is written after them.
	if values, err = s.values(ctx, r, slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return strings.HasPrefix(p, "attachments.") })); err != nil {
		return "", nil, err
	}
	values[s.column(fieldCorrelation).name], values[s.column(fieldStack).name] = key, r.Stack
	if len(r.ConfigurationItemIDs) > 0 {
		values["cmdb_ci"] = r.ConfigurationItemIDs[0]
	}
	body := maps.Clone(values)
	path, err := s.endpoint(ctx, r, body)
	if err != nil {
		return "", nil, err
	}
	answer, err := s.do(ctx, transport.Request{Method: http.MethodPost, Path: path, Body: body})
	if err != nil {
		return "", nil, err
	}
	rows, err := results(answer)
	if err != nil || len(rows) != 1 || !isSysID(rows[0]["sys_id"]) {
		return "", nil, unread(answer, err)
	}
	return rows[0]["sys_id"], values, nil
}

// endpoint is where a change of this type is opened, by its model or its template where it has one.
func (s *changeStore) endpoint(ctx context.Context, r *record.ChangeRequest, body map[string]string) (string, error) {
	if r.Type == record.ChangeTypeStandard {
		template := cmp.Or(r.Template, s.setup.standardTemplate)
		if template == "" {
			return "", record.Errorf(record.ErrInvalid, "a standard change is approved in advance because of its template, and this one has none").On("template").
				Advise("Set template, or the option standard_template in the provider block, to the name of a standard change template, or use the type normal")
		}
		id, err := s.byName(ctx, column{field: "template", name: "template.name", table: "std_change_record_producer"}, template)
		return changePath + "/standard/" + id, err
	}
	if model := s.setup.models[r.Type]; model != "" {
		id, err := s.byName(ctx, column{field: "type", name: "chg_model.name", table: "chg_model"}, model)
		body["chg_model"], body["type"] = id, r.Type
		return changePath, err
	}
	return changePath + "/" + r.Type, nil
}

// byName takes a name, or a sys_id as it is.
func (s *changeStore) byName(ctx context.Context, c column, value string) (string, error) {
	if isSysID(value) {
		return value, nil
	}
	return s.references.resolve(ctx, s.connection, c, value)
}

// made makes sure that the change can be found again, and that no other process has opened the same one before.
func (s *changeStore) made(ctx context.Context, r *record.ChangeRequest, id, key string) error {
	rows, err := s.holders(ctx, key, r.Stack)
	if err != nil {
		return err
	}
	mine := slices.IndexFunc(rows, func(r row) bool { return r["sys_id"] == id })
	if mine < 0 {
		if err := s.withdraw(ctx, id); err != nil {
			return err
		}
		return record.Errorf(record.ErrDropped, "ServiceNow did not keep %[1]s.%[2]s and %[1]s.%[3]s, without which the change cannot be found again; it was cancelled",
			s.name, s.column(fieldCorrelation).name, s.column(fieldStack).name).
			On(fieldCorrelation).Advise("Give the account the right to write both columns: %s", roleFor[s.name])
	}
	if eldest(rows, "number"); rows[0]["sys_id"] == id {
		return nil
	}
	if err := s.withdraw(ctx, id); err != nil {
		return err
	}
	return held(r, rows[0]["sys_id"])
}

// withdraw cancels a change that should not have been opened, and names one that stays open. Only an administrator could delete it.
func (s *changeStore) withdraw(ctx context.Context, id string) error {
	err := s.patch(ctx, s.name, id, map[string]string{"state": states["canceled"], s.column(fieldCorrelation).name: ""})
	rows, unread := s.byID(ctx, []string{id})
	number := id
	if len(rows) > 0 {
		if number = cmp.Or(rows[0]["number"], id); rows[0]["state"] == states["canceled"] {
			return nil
		}
	}
	e := record.Errorf(record.ErrDropped, "ServiceNow has opened %s, which should not have been, and it could not be cancelled", number).On("state")
	if err = cmp.Or(err, unread); err != nil {
		e.Answer += ": " + err.Error() // As the cause it would let the change be opened once more.
	}
	return e.Advise("Cancel %s in ServiceNow: nothing else will, since it cannot be found again", number)
}

// finish writes what a new change cannot be given, and reads what has become of it.
func (s *changeStore) finish(ctx context.Context, r *record.ChangeRequest, id string, values map[string]string, paths []string) (*record.ChangeRequest, error) {
	standard := r.Type == record.ChangeTypeStandard
	if standard {
		// The endpoint ignores the plans and the description, which come from the template.
		if err := s.patch(ctx, s.name, id, values); err != nil {
			return nil, err
		}
	}
	c, err := s.one(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.affect(ctx, c, r.ConfigurationItemIDs); err != nil {
		return nil, err
	}
	if err := s.attach(ctx, c, r.Attachments, paths); err != nil {
		return nil, err
	}
	if len(r.ConfigurationItemIDs)+len(r.Attachments) > 0 || standard {
		if c, err = s.one(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := s.confirm(c.ChangeRequest, r, paths); err != nil {
		return nil, err
	}
	if standard {
		return s.step(ctx, c, record.ChangeScheduled, map[string]string{})
	}
	return c.ChangeRequest, nil
}

// holders are the open changes that hold a key.
func (s *changeStore) holders(ctx context.Context, key, stack string) ([]row, error) {
	correlation, stackColumn := s.column(fieldCorrelation).name, s.column(fieldStack).name
	l := s.listing(query{}.is(correlation, key))
	l.fields = append(l.fields, changeBesides...)
	rows, hidden, err := s.list(ctx, l)
	if err = cmp.Or(err, unseen(s.name, hidden)); err != nil {
		return nil, err
	}
	open := openStates()
	return slices.DeleteFunc(rows, func(r row) bool {
		return r[correlation] != key || r[stackColumn] != stack || !slices.Contains(open, r["state"])
	}), nil
}

func (s *changeStore) free(ctx context.Context, r *record.ChangeRequest, key, except string) error {
	rows, err := s.holders(ctx, key, r.Stack)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r["sys_id"] == except })
	if len(rows) == 0 {
		return nil
	}
	eldest(rows, "number")
	return held(r, rows[0]["sys_id"])
}

// Update implements [record.Store]. An edit of the content takes back what was decided about it; what was approved stays as it was.
func (s *changeStore) Update(ctx context.Context, r *record.ChangeRequest, paths []string) (*record.ChangeRequest, error) {
	was, err := s.one(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	next := record.Clone(was.ChangeRequest)
	record.Apply(next, record.Clone(r), paths)
	if named(paths)["assignment_group"] {
		next.AssignmentGroup = cmp.Or(next.AssignmentGroup, s.setup.assignmentGroup)
	}
	next.Canonicalise()
	if err := check(next, paths); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return was.ChangeRequest, nil
	}
	edited, err := s.edit(was, next)
	if err != nil {
		return nil, err
	}
	if err := s.write(ctx, was, next, paths, edited); err != nil {
		return nil, err
	}
	kept, err := s.one(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return kept.ChangeRequest, s.confirm(kept.ChangeRequest, next, paths)
}

// edit says whether an edit is legal, and whether it is one of the content.
func (s *changeStore) edit(was *change, next *record.ChangeRequest) (content bool, err error) {
	for _, field := range moved {
		if f, _ := record.FieldNamed(next, field); field != "content_hash" && !f.Equal(was.ChangeRequest, next) {
			return false, record.Errorf(record.ErrRefused, "%s of %s follows from what happens to the change and is not edited", field, was.Number).On(field).
				Advise("Submit, approve, implement or close the change instead")
		}
	}
	edited := record.ContentChanges(was.ChangeRequest, next)
	switch {
	case len(edited) == 0:
		return false, nil
	case !was.Open():
		return false, record.Errorf(record.ErrRefused, "%s is %s and is kept as evidence: %s cannot be edited", was.Number, was.State, strings.Join(edited, ", ")).On(edited[0]).
			Advise("Open a new change request: give it another name or other triggers")
	case was.Approval == record.ApprovalApproved, was.State != record.ChangeNew && was.State != record.ChangeAssess && was.State != record.ChangeAuthorize:
		return false, record.Errorf(record.ErrRefused, "%s is in state %s and its approval is %s: %s cannot be edited", was.Number, was.State, was.Approval, strings.Join(edited, ", ")).On(edited[0]).
			Advise("Open a new change request: give it another name or other triggers, and cancel %s", was.Number)
	case slices.Contains(edited, "type") || slices.Contains(edited, "template"):
		return false, record.Errorf(record.ErrRefused, "the type and the template of %s cannot be edited", was.Number).On("type").
			Advise("Replace the change request, which opens another")
	}
	return true, nil
}

// write sends an edit. Of the content, it first takes back what was decided and then writes the columns, in one write: anything else
// could be an approved content that nobody has seen.
func (s *changeStore) write(ctx context.Context, was *change, next *record.ChangeRequest, paths []string, content bool) error {
	values, err := s.values(ctx, next, slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return strings.HasPrefix(p, "attachments") }))
	if err != nil {
		return err
	}
	if next.NaturalName() != was.NaturalName() && was.Stack != "" {
		key := keyOf(was.Stack, s.kind, next.NaturalName())
		if err := s.free(ctx, next, key, was.ID); err != nil {
			return err
		}
		values[s.column(fieldCorrelation).name] = key
	}
	fields := named(paths)
	if fields["configuration_item_ids"] {
		if err := s.itemsExist(ctx, next); err != nil {
			return err
		}
		values["cmdb_ci"] = leading(was.row["cmdb_ci"], next.ConfigurationItemIDs)
	}
	if content {
		if err := s.reopen(ctx, was); err != nil {
			return err
		}
	}
	if len(values) > 0 {
		if err := s.patch(ctx, s.name, was.ID, values); err != nil {
			return err
		}
	}
	if fields["configuration_item_ids"] {
		if err := s.affect(ctx, was, next.ConfigurationItemIDs); err != nil {
			return err
		}
	}
	if fields["attachments"] {
		return s.attach(ctx, was, next.Attachments, paths)
	}
	return nil
}

// reopen brings a change back to its beginning, where nothing is decided about it.
func (s *changeStore) reopen(ctx context.Context, c *change) error {
	if c.State == record.ChangeNew {
		return s.takeBack(ctx, c, "")
	}
	if err := s.reachable(ctx, c, record.ChangeNew); err != nil {
		return err
	}
	return s.takeBack(ctx, c, states[string(record.ChangeNew)])
}

// leading is the item that a change names itself: the one that it names already, if that is still among them.
func leading(current string, ids []string) string {
	if len(ids) == 0 || slices.Contains(ids, current) && current != "" {
		return map[bool]string{true: current}[len(ids) > 0]
	}
	return ids[0]
}

// itemsExist refuses items that are not there: the instance would keep a reference to nothing.
func (s *changeStore) itemsExist(ctx context.Context, r *record.ChangeRequest) error {
	found, err := s.items.Get(ctx, r.ConfigurationItemIDs)
	if err != nil {
		return err
	}
	for _, id := range r.ConfigurationItemIDs {
		if found[id] == nil {
			return record.Errorf(record.ErrNotFound, "there is no configuration item with sys_id %q in ServiceNow", id).On("configuration_item_ids").
				Advise("Refer to the id attributes of infraops_cmdb_configuration_item resources that ServiceNow keeps")
		}
	}
	return nil
}

// Retire implements [record.Store]. An open change is cancelled where that is legal. It is never erased: it is evidence.
func (s *changeStore) Retire(ctx context.Context, id string, _ record.Disposal) error {
	changes, err := s.load(ctx, []string{id})
	if err != nil || len(changes) == 0 || !changes[0].Cancelable() {
		return err
	}
	_, err = s.step(ctx, changes[0], record.ChangeCanceled, map[string]string{})
	return err
}
