// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/transport"
)

type change = *record.ChangeRequest

// changeStore keeps change requests as tickets.
type changeStore struct {
	*objects[change]
	items *itemStore
}

func newChangeStore(c *connection, items *itemStore) *changeStore {
	s := &changeStore{items: items}
	s.objects = &objects[change]{
		connection: c, object: ticket, list: ticketList, places: changePlaces(), outside: c.outsideQueue, complete: s.completed,
		within:  func() string { return "Queue = " + quoted(c.queue) },
		holding: " AND Status != " + quoted(c.states.to[string(record.ChangeClosed)]) + " AND Status != " + quoted(c.states.to[string(record.ChangeCanceled)]),
	}
	return s
}

func (c *connection) outsideQueue(r *row) error {
	if strings.EqualFold(r.Queue.Name, c.queue) && r.Type != approvalType {
		return nil
	}
	return record.Errorf(record.ErrInvalid, "ticket %s is in the queue %q, and change requests are in %q", r.ID, r.Queue, c.queue).
		Advise("Move the ticket back, or name its queue in the option queue of %s", name)
}

func (s *changeStore) completed(ctx context.Context, rows []row) ([]change, error) {
	changes, _, err := s.judged(ctx, rows)
	return changes, err
}

// judged adds to the tickets what was decided about them, and returns the approvals by change.
func (s *changeStore) judged(ctx context.Context, rows []row) ([]change, map[string][]*approval, error) {
	changes := make([]change, len(rows))
	var depending []string
	for i := range rows {
		changes[i] = s.decoded(&rows[i])
		if len(rows[i].linked("depends-on", ticket)) > 0 {
			depending = append(depending, changes[i].ID)
		}
	}
	approvals, err := s.approvals(ctx, depending)
	if err != nil {
		return nil, nil, err
	}
	for i, c := range changes {
		if waiting := asking(approvals[c.ID]); len(waiting) > 0 || len(approvals[c.ID]) == 0 {
			s.asked.Store(c.ID, waiting)
		} else {
			s.asked.Delete(c.ID) // Whatever it waits for is not seen.
		}
		standing(c, rows[i].Creator.String(), approvals[c.ID])
		c.Canonicalise()
		unfold(c)
	}
	return changes, approvals, nil
}

// decoded is the change as its ticket alone shows it. Its state is RT's.
func (s *changeStore) decoded(r *row) change {
	c := &record.ChangeRequest{
		Summary: r.Subject, Number: "#" + string(r.ID), State: record.ChangeState(s.states.ours(r.Status)),
		PlannedStart: r.Starts.Time, PlannedEnd: r.Due.Time, ConfigurationItemIDs: r.linked("refers-to", asset),
	}
	s.decode(c, r, s.places)
	if c.State == record.ChangeClosed {
		c.ClosedAt = r.Resolved.Time
	} else {
		c.Outcome, c.CloseNotes, c.Evidence = "", "", nil // The closing broke off.
	}
	c.URL = s.url + "/Ticket/Display.html?id=" + c.ID
	c.Canonicalise()
	return c
}

// moved are the fields that the change's life writes, and no update.
func moved() []string {
	return []string{"number", "state", "approval", "content_hash", "outcome", "close_notes", "evidence", "closed_at"}
}

// Create implements [record.Store].
func (s *changeStore) Create(ctx context.Context, c change) (change, error) {
	c = record.Clone(c)
	record.Apply(c, new(record.ChangeRequest), moved())
	c.Canonicalise()
	fields := slices.DeleteFunc(filled(c), func(path string) bool { return slices.Contains(moved(), path) })
	if err := s.check(ctx, c, fields); err != nil {
		return nil, err
	}
	custom := map[string]any{s.custom(stack): c.Stack, s.custom(correlation): folded(keyOf(c))}
	s.encode(custom, c, fields, s.places)
	body := map[string]any{
		"Queue": s.queue, "Subject": c.Summary, "CustomFields": custom, "Content": introduction(c), "ContentType": "text/plain",
		"Starts": sqlTime(c.PlannedStart), "Due": sqlTime(c.PlannedEnd), "RefersTo": assets(c.ConfigurationItemIDs),
	}
	if files := files(c.Attachments); len(files) > 0 {
		body["Attachments"] = files
	}
	return settled(s.create(ctx, c, body, fields, s.withdraw))
}

// introduction is the first message of the ticket, for those who read it.
func introduction(c change) string {
	parts := []string{c.Description}
	if c.Description == "" {
		parts[0] = c.Summary
	}
	for _, p := range []struct{ heading, text string }{
		{"Justification", c.Justification}, {"Implementation", c.ImplementationPlan}, {"Backout", c.BackoutPlan}, {"Test", c.TestPlan},
	} {
		if p.text != "" {
			parts = append(parts, p.heading+":\n"+p.text)
		}
	}
	return strings.Join(parts, "\n\n")
}

func assets(ids []string) []string {
	links := make([]string, len(ids))
	for i, id := range ids {
		links[i] = asset + ":" + id
	}
	return links
}

// files are attachments as RT takes them. It has no empty ones.
func files(attachments map[string]string) []map[string]string {
	var all []map[string]string
	for _, name := range slices.Sorted(maps.Keys(attachments)) {
		if content := attachments[name]; content != "" {
			all = append(all, map[string]string{
				"FileName": name, "FileType": "text/plain; charset=utf-8", "FileContent": base64.StdEncoding.EncodeToString([]byte(content)),
			})
		}
	}
	return all
}

// check refuses what RT would not keep of the named fields, and configuration items that it does not have: it would leave the link
// out without a word.
func (s *changeStore) check(ctx context.Context, c change, fields []string) error {
	if err := s.ownField(c, s.places); err != nil {
		return err
	}
	if err := refusal(about(fields, append(c.Validate(), refusesChange(c)...))); err != nil {
		return err
	}
	if !slices.Contains(fields, "configuration_item_ids") || len(c.ConfigurationItemIDs) == 0 {
		return nil
	}
	found, err := s.items.Get(ctx, c.ConfigurationItemIDs)
	if err != nil {
		return err
	}
	for _, id := range c.ConfigurationItemIDs {
		if found[id] == nil {
			return record.Errorf(record.ErrNotFound, "there is no configuration item with id %q in %s", id, title).On("configuration_item_ids").
				Advise("Refer to the id attribute of an infraops_cmdb_configuration_item that %s keeps", title)
		}
	}
	return nil
}

// Update implements [record.Store]. An edit of the content takes the change back to new before anything is written, so that no
// approval that was asked for the old content counts for the new one.
func (s *changeStore) Update(ctx context.Context, c change, fields []string) (change, error) {
	return settled(s.update(ctx, c.ID, func(was change, r *row) (edit[change], error) {
		wanted := record.Clone(was)
		record.Apply(wanted, c, fields)
		wanted.Canonicalise()
		changed := slices.DeleteFunc(record.Changes(was, wanted), func(path string) bool { return path == "content_hash" })
		if len(changed) == 0 {
			return edit[change]{}, nil
		}
		edited := record.ContentChanges(was, wanted)
		if err := editable(was, wanted, changed, edited); err != nil {
			return edit[change]{}, err
		}
		if err := s.check(ctx, wanted, changed); err != nil {
			return edit[change]{}, err
		}
		e := edit[change]{body: s.difference(was, wanted, changed), wanted: wanted, fields: changed}
		if was.NaturalName() != wanted.NaturalName() {
			if err := s.holder(ctx, keyOf(wanted), was.ID); err != nil {
				return edit[change]{}, err
			}
		}
		// A ticket in new can still have approvals, if an update broke off.
		e.before = s.beforehand(was, wanted, changed, len(edited) > 0 && (s.states.ours(r.Status) != string(record.ChangeNew) || len(r.linked("depends-on", ticket)) > 0))
		return e, nil
	}))
}

// editable refuses what would falsify evidence.
func editable(was, wanted change, changed, edited []string) error {
	for _, path := range changed {
		if field, _, _ := strings.Cut(path, "."); slices.Contains(moved(), field) {
			return record.Errorf(record.ErrRefused, "%s of %s follows from what happens to the change and is not edited", field, was.Number).On(field).
				Advise("Submit, approve, implement or close the change instead")
		}
	}
	another := "Open a new change request: give it another name or other triggers"
	switch {
	case len(edited) == 0:
		return nil
	case !was.Open():
		return record.Errorf(record.ErrRefused, "%s is %s and is kept as evidence: %s cannot be edited", was.Number, was.State, strings.Join(edited, ", ")).On(edited[0]).
			Advise("%s", another)
	case was.Approval == record.ApprovalApproved:
		return record.Errorf(record.ErrRefused, "%s was approved as it is: %s cannot be edited", was.Number, strings.Join(edited, ", ")).On(edited[0]).
			Advise("%s, and cancel %s", another, was.Number)
	case wanted.Type == record.ChangeTypeStandard:
		return record.Errorf(record.ErrRefused, "%s was not opened as a standard change, so it was not approved in advance", was.Number).On("type").Advise("%s", another)
	}
	return nil
}

// difference is what RT is to change.
func (s *changeStore) difference(was, wanted change, changed []string) map[string]any {
	body, custom := map[string]any{}, map[string]any{}
	s.encode(custom, wanted, changed, s.places)
	if was.NaturalName() != wanted.NaturalName() {
		custom[s.custom(correlation)] = folded(keyOf(wanted))
	}
	if len(custom) > 0 {
		body["CustomFields"] = custom
	}
	for _, path := range changed {
		switch path {
		case "summary":
			body["Subject"] = wanted.Summary
		case "planned_start":
			body["Starts"] = sqlEdit(wanted.PlannedStart)
		case "planned_end":
			body["Due"] = sqlEdit(wanted.PlannedEnd)
		case "configuration_item_ids":
			// RT's own way to set all links takes those that are there for new ones.
			for action, ids := range map[string][]string{
				"AddRefersTo": without(wanted.ConfigurationItemIDs, was.ConfigurationItemIDs), "DeleteRefersTo": without(was.ConfigurationItemIDs, wanted.ConfigurationItemIDs),
			} {
				if len(ids) > 0 {
					body[action] = assets(ids)
				}
			}
		}
	}
	return body
}

func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
}

// beforehand takes the change back, and attaches files that have changed; nil where there is nothing to do.
func (s *changeStore) beforehand(was, wanted change, changed []string, takeBack bool) func(context.Context) error {
	fresh := map[string]string{}
	for _, path := range changed {
		if name, ok := strings.CutPrefix(path, "attachments."); ok {
			fresh[name] = wanted.Attachments[name]
		}
	}
	attached := files(fresh)
	if !takeBack && len(attached) == 0 {
		return nil
	}
	return func(ctx context.Context) error {
		if takeBack {
			if err := s.takeBack(ctx, was); err != nil {
				return err
			}
		}
		if len(attached) == 0 {
			return nil
		}
		return s.attach(ctx, was, attached)
	}
}

// attach adds files to the ticket.
func (s *changeStore) attach(ctx context.Context, c change, attached []map[string]string) error {
	_, err := s.do(ctx, transport.Request{Method: http.MethodPost, Path: "/" + ticket + "/" + c.ID + "/comment", Body: map[string]any{
		"Content": "The attachments have changed.", "ContentType": "text/plain", "Attachments": attached,
	}})
	var e *record.Error
	if !errors.Is(err, record.ErrUnauthorized) || !errors.As(err, &e) || e.Advice != "" {
		return err
	}
	worded := *e
	worded.Field, worded.Advice = "attachments", fmt.Sprintf("Give the account the right CommentOnTicket %s: files are attached with a comment", s.place(c))
	return &worded
}

// takeBack moves a change to new and sees whether a scrip has taken its approvals from it: one that stayed would count for the
// new content.
func (s *changeStore) takeBack(ctx context.Context, c change) error {
	if err := s.move(ctx, c, record.ChangeNew); err != nil {
		return err
	}
	left, err := s.approvals(ctx, []string{c.ID})
	if err != nil || len(left[c.ID]) == 0 {
		return err
	}
	var numbers []string
	for _, a := range left[c.ID] {
		numbers = append(numbers, "#"+a.id)
	}
	return record.Errorf(record.ErrRefused, "%s went back to %s and still depends on %s, approvals of what it said before: its content was not edited",
		c.Number, s.states.to[string(record.ChangeNew)], strings.Join(numbers, ", ")).
		Advise("The scrip that takes approvals from a change that goes back is missing in the queue %q, or %s refused it: have the administrator of %s run the set-up script for the queue "+
			"and remove those links of the ticket, then apply again: %s", s.queue, title, title, c.URL)
}

// Retire implements [record.Store]: an open change is cancelled where that is legal. RT erases no ticket, and evidence is not erased.
func (s *changeStore) Retire(ctx context.Context, id string, _ record.Disposal) error {
	release, err := s.lock(ctx, ticket, id)
	if err != nil {
		return err
	}
	defer release()
	r, err := s.single(ctx, id)
	if err != nil || r == nil {
		return err
	}
	changes, err := s.completed(ctx, []row{*r})
	if err != nil {
		return err
	}
	c := changes[0]
	if !c.Cancelable() {
		return nil
	}
	if len(r.linked("depends-on", ticket)) > 0 && c.Approval != record.ApprovalApproved {
		// RT ends nothing that waits for something else, such as an approval.
		if err := s.move(ctx, c, record.ChangeNew); err != nil {
			return err
		}
	}
	return s.move(ctx, c, record.ChangeCanceled)
}

// withdraw ends a ticket that was opened a moment ago.
func (s *changeStore) withdraw(ctx context.Context, id string) error {
	return s.move(ctx, &record.ChangeRequest{Meta: record.Meta{ID: id}, Number: "#" + id}, record.ChangeCanceled)
}

// Calendar implements [record.ConflictFinder]. RT keeps no freezes.
func (s *changeStore) Calendar(ctx context.Context, kinds ...record.ConflictKind) (record.Calendar, error) {
	kinds = slices.DeleteFunc(slices.Clone(kinds), func(k record.ConflictKind) bool { return k == record.ConflictFreeze })
	return record.CalendarOf(ctx, s.stores, kinds...)
}
