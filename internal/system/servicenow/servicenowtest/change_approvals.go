// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package servicenowtest

import (
	"fmt"
	"slices"
)

// SetCAB says which group authorises changes, by sys_id. Without one, what the assignment group approves is authorised.
func (i *Instance) SetCAB(group string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cab = group
}

// Decide is what a person does in the user interface: user approves or rejects a change, by sys_id, that waits for that user.
func (i *Instance) Decide(change, user string, approve bool, comment string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	account := i.accounts[user]
	if account == nil {
		return fmt.Errorf("there is no user %q", user)
	}
	r := i.pending(change, account.id)
	if r == nil {
		return fmt.Errorf("change %s does not wait for %s", change, user)
	}
	actor := i.store.actor
	i.store.actor = user
	defer func() { i.store.actor = actor }()
	return i.modify(r, decision(approve, comment))
}

func decision(approve bool, comment string) map[string]string {
	values := map[string]string{"state": "rejected", "comments": comment}
	if approve {
		values["state"] = "approved"
	}
	return values
}

// pending is the approval of a change that a user has to decide.
func (i *Instance) pending(change, user string) *row {
	for _, r := range i.approvals(change) {
		if r.get("approver") == user && r.get("state") == "requested" {
			return r
		}
	}
	return nil
}

// approvals are those of the current round: earlier ones stay as history.
func (i *Instance) approvals(change string) []*row {
	all := i.store.where("sysapproval_approver", "sysapproval", change)
	return all[min(i.rounds[change], len(all)):]
}

// requestApproval asks the members of a group, and begins a round.
func (i *Instance) requestApproval(change *row, group string) {
	i.rounds[change.id()] = len(i.store.where("sysapproval_approver", "sysapproval", change.id()))
	if i.behaviour.NoApprovals {
		return
	}
	var approvalGroup string
	if group != "" {
		approvalGroup = i.store.insert("sysapproval_group", map[string]string{
			"parent": change.id(), "assignment_group": group, "approval": "requested", "short_description": change.get("short_description"),
		}).id()
	}
	for _, member := range i.store.where("sys_user_grmember", "group", group) {
		i.store.insert("sysapproval_approver", map[string]string{
			"sysapproval": change.id(), "document_id": change.id(), "source_table": change.table.name, "approver": member.get("user"),
			"state": "requested", "group": approvalGroup,
		})
	}
	i.rollUp(change)
}

// requestAuthorization asks the group that authorises changes. Without one, what was approved before counts; an emergency change, which
// was not assessed, is then approved by its assignment group.
func (i *Instance) requestAuthorization(change *row) {
	switch {
	case i.cab != "":
		i.requestApproval(change, i.cab)
	case change.get("approval") != "approved":
		i.requestApproval(change, change.get("assignment_group"))
	}
}

// rollUp derives the approval of a change from those of its approvers. SND: build-workflows/approvals/c_ApprovalStatus.md.
func (i *Instance) rollUp(change *row) {
	count := make(map[string]int)
	for _, r := range i.approvals(change.id()) {
		count[r.get("state")]++
	}
	approval := "requested"
	switch {
	case count["rejected"] > 0:
		approval = "rejected"
	case count["requested"] == 0 && count["approved"] > 0:
		approval = "approved"
	case count["requested"] == 0:
		approval = "not requested"
	}
	i.store.update(change, map[string]string{"approval": approval, "approval_set": i.store.stamp()})
}

func (i *Instance) beforeApproval(next, was *row) error {
	if was != nil && was.get("state") != next.get("state") && was.get("state") != "requested" && !i.isAdmin() {
		return &abort{table: "sysapproval_approver", rule: "Approval: Prevent change of decision"}
	}
	return nil
}

// isAdmin tells whether who acts is an administrator.
func (i *Instance) isAdmin() bool {
	a := i.accounts[i.store.actor]
	return a != nil && a.has("admin")
}

// afterApproval follows a decision.
func (i *Instance) afterApproval(r, was *row) {
	change := i.store.find("change_request", r.get("sysapproval"))
	if change == nil || (was != nil && was.get("state") == r.get("state")) {
		return
	}
	current := i.approvals(change.id())
	if !slices.Contains(current, r) {
		return
	}
	if r.get("state") == "approved" && i.behaviour.AnyApprover {
		for _, other := range current {
			if other.get("state") == "requested" {
				i.store.update(other, map[string]string{"state": "not_required"})
			}
		}
	}
	i.rollUp(change)
	if change.get("approval") == "rejected" && change.get("state") != stateNew {
		// A rejected change goes back to New.
		before := change.copy()
		i.store.update(change, map[string]string{"state": stateNew})
		i.revert(change, before)
		return
	}
	i.advance(change)
}

// revert cancels what a change that is back at New waited for. A rejection stays visible in its approval.
func (i *Instance) revert(change, was *row) {
	i.cancelApprovals(change)
	if was.get("approval") != "rejected" {
		i.store.update(change, map[string]string{"approval": "not requested"})
	}
}

func (i *Instance) cancelApprovals(change *row) {
	for _, r := range i.store.where("sysapproval_approver", "sysapproval", change.id()) {
		if r.get("state") == "requested" || r.get("state") == "not requested" {
			i.store.update(r, map[string]string{"state": "cancelled"})
		}
	}
}
