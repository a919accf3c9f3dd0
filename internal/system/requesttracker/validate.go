// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package requesttracker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// The lifecycles of the set-up.
const (
	changeLifecycle = "infraops_change"
	assetLifecycle  = "infraops_asset"
)

const setUp = "run the set-up script on the RT server"

// Validate implements [record.Validator]. RT shows an account which custom fields there are and whether it may make
// tickets and assets. It does not show its other rights nor scrips: those show in what has been made.
func (c *connection) Validate(ctx context.Context) ([]record.Finding, error) {
	var findings []record.Finding
	for _, look := range []func(context.Context) ([]record.Finding, error){c.validateQueue, c.validateApprovals, c.validateCatalogs} {
		found, err := look(ctx)
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// there makes a finding of a queue or catalog; what it finds is nil where it is not there.
func (c *connection) there(ctx context.Context, kind, named, lifecycle string, ownStatuses bool) (*row, []record.Finding, error) {
	r, err := c.container(ctx, kind, named)
	var e *record.Error
	what := fmt.Sprintf("the %s %q", kind, named)
	switch {
	case errors.Is(err, errNoContainer) && errors.As(err, &e):
		return nil, []record.Finding{{What: what, Problem: e.Error(), Advice: e.Advice}}, nil
	case err != nil:
		return nil, nil, err
	}
	findings := []record.Finding{{OK: true, What: what}}
	if lifecycle != "" && !ownStatuses {
		findings = append(findings, finding(r.Lifecycle == lifecycle, fmt.Sprintf("the lifecycle of %s", what), fmt.Sprintf("it is %q", r.Lifecycle),
			"Give it the lifecycle %s, or say in the option %s what the statuses of its own stand for", lifecycle, map[string]string{queue: "change_statuses", catalog: "asset_statuses"}[kind]))
	}
	if lifecycle != "" {
		findings = append(findings, finding(r.offers(), fmt.Sprintf("the right %s in %s", createRight(kind), what), "the account does not have it", "Give it to the account, or %s", setUp))
	}
	return r, findings, nil
}

func finding(ok bool, what, problem, advice string, args ...any) record.Finding {
	if ok {
		return record.Finding{OK: true, What: what}
	}
	return record.Finding{What: what, Problem: problem, Advice: fmt.Sprintf(advice, args...)}
}

func (c *connection) validateQueue(ctx context.Context) ([]record.Finding, error) {
	r, findings, err := c.there(ctx, queue, c.queue, changeLifecycle, c.states.own())
	if err != nil || r == nil {
		return findings, err
	}
	fields := map[string]string{}
	for _, f := range r.TicketCustomFields {
		fields[f.Name] = string(f.ID)
	}
	found, err := c.customFields(ctx, changePlaces(), fields, "on tickets of the queue "+c.queue)
	return append(findings, found...), err
}

func (c *connection) validateCatalogs(ctx context.Context) ([]record.Finding, error) {
	var findings []record.Finding
	for _, named := range c.allCatalogs() {
		r, found, err := c.there(ctx, catalog, named, assetLifecycle, c.items.own())
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
		if r == nil {
			continue
		}
		// RT lists the custom fields of a catalog on its assets only.
		rows, err := c.few(ctx, linkedList, "Catalog = "+quoted(named))
		if err != nil {
			return findings, err
		}
		if len(rows) == 0 {
			findings = append(findings, record.Finding{OK: true, What: fmt.Sprintf("custom fields on assets of the catalog %s (RT shows them once there is an asset)", named)})
			continue
		}
		fields := map[string]string{}
		for _, l := range rows[0].Links {
			if l.Ref == "customfield" {
				fields[l.Name] = string(l.ID)
			}
		}
		found, err = c.customFields(ctx, append(itemPlaces(), relationships), fields, "on assets of the catalog "+named)
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// customFields compares the custom fields that there are, by name, with those that places need.
func (c *connection) customFields(ctx context.Context, places []place, there map[string]string, where string) ([]record.Finding, error) {
	var findings []record.Finding
	for _, p := range places {
		if p.custom == "" {
			continue
		}
		named := c.custom(p)
		what := fmt.Sprintf("the custom field %q %s, for %s", named, where, p.field)
		id, ok := there[named]
		if !ok {
			findings = append(findings, finding(false, what, "it does not exist there, or the account may not see it",
				"Make the custom field and apply it %s, and give the account the rights SeeCustomField, ModifyCustomField and SetInitialCustomField there, or %s", where, setUp))
			continue
		}
		f, err := c.one(ctx, "customfield", id)
		if err != nil && !errors.Is(err, record.ErrUnauthorized) {
			return findings, err
		}
		problem := ""
		if f != nil {
			problem = p.unfit(f)
		}
		findings = append(findings, finding(problem == "", what, problem, "Make another custom field of the right type, and name it in the option custom_fields, or %s", setUp))
	}
	return findings, nil
}

// unfit says why a custom field cannot keep what belongs there; empty where it can.
func (p place) unfit(f *row) string {
	many := p.form == entries
	switch {
	case many && f.MaxValues != "0":
		return "it takes one value, and must take any number"
	case !many && f.MaxValues != "1":
		return "it takes several values, and must take one"
	case f.Type != "Freeform" && f.Type != "Text" && f.Type != "Select" && !(p.field == "ip_address" && f.Type == "IPAddress"):
		return fmt.Sprintf("it is of type %s, and must be free text", f.Type)
	}
	return ""
}

// own says that statuses are not those of the set-up.
func (s statuses) own() bool {
	for ours, theirs := range s.to {
		if ours != theirs {
			return true
		}
	}
	return false
}

// validateApprovals looks for changes that wait and for whose approval nobody was asked.
func (c *connection) validateApprovals(ctx context.Context) ([]record.Finding, error) {
	r, findings, err := c.there(ctx, queue, approvalQueue, "", false)
	if err != nil || r == nil {
		return findings, err
	}
	rows, err := c.search(ctx, ticketList, fmt.Sprintf("Queue = %s AND (Status = %s OR Status = %s)", quoted(c.queue),
		quoted(c.states.to[string(record.ChangeAssess)]), quoted(c.states.to[string(record.ChangeAuthorize)])))
	if err != nil {
		return findings, err
	}
	what := fmt.Sprintf("the scrip that asks for approvals in the queue %q", c.queue)
	var forgotten []string
	for i := range rows {
		if len(rows[i].linked("depends-on", ticket)) == 0 {
			forgotten = append(forgotten, "#"+string(rows[i].ID))
		}
	}
	if len(rows) == 0 {
		what += " (RT shows what it does once a change waits)"
	}
	advice := "To have the scrip, " + setUp
	if c.states.own() {
		advice = "The scrips of the set-up act on the lifecycle " + changeLifecycle + " only: one with statuses of its own needs scrips of its own that ask for approvals"
	}
	return append(findings, finding(len(forgotten) == 0, what, "these changes wait and depend on no approval: "+strings.Join(forgotten, ", "), "%s", advice)), nil
}
