//go:build linux

// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package chaostest

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
	"github.com/infraops/terraform-provider-infraops/internal/system/registry"
)

// The guarantees that hold whatever is killed, and whenever:
//
//  1. No correlation key is held by two records, and no address is given to two.
//  2. A record that was written is found again and keeps its id; an address that was given out stays with its VM.
//  3. The next apply finishes what was begun. After it the plan is empty and every VM has exactly one of each
//     record, and no open change. What was delivered can be opened by the requestor, and lies nowhere else.
//  4. A VM has one change request, with one exception. A closed change permits nothing, so it is never adopted:
//     where the *state* is lost after a change was closed, the next apply opens another. A state is lost in part
//     or as a whole when the CLI is killed: OpenTofu then writes none, and Terraform, which truncates and
//     rewrites the file after every resource, leaves an empty or torn one at every second kill. Where only the provider is killed the CLI writes its state, and
//     the exception does not occur.
//  5. A message is sent once for each change that was closed, and never again: a change that was opened anew has one
//     of its own.
//  6. A destroy leaves nothing live, only evidence: closed changes, retired configuration items, messages. Where its state is
//     lost half way, an apply comes first, which finds again what there is to destroy.

// snapshot is what the registry holds of one stack.
type snapshot struct {
	// standing is the id of each live record, and its address if it has one, by correlation key. Change requests and
	// messages are apart.
	standing map[string]string
	// changes are by name, oldest first.
	changes map[string][]*record.ChangeRequest
	// messages is the id of each message, by the id of the change that it tells of.
	messages map[string]string
}

// look reads the registry and checks what must hold at any moment.
func (w *world) look() snapshot {
	w.t.Helper()
	var all []record.Record
	w.with(func(r *registry.Registry) (err error) {
		all, err = r.Records(w.t.Context(), "", record.Query{Gone: true})
		return err
	})
	s := snapshot{standing: map[string]string{}, changes: map[string][]*record.ChangeRequest{}, messages: map[string]string{}}
	keys, addresses := map[string]string{}, map[string]string{}
	for _, r := range all {
		m := r.Metadata()
		key := record.CorrelationKey(m.Stack, r.Kind(), r.NaturalName())
		once(w.t, record.HoldsKey(r), "correlation key", keys, key, m.ID)
		mark := m.ID
		if a, ok := r.(*record.IPAddress); ok {
			once(w.t, !record.Gone(a), "address", addresses, a.Address, key)
			mark += " " + a.Address
		}
		if m.Stack != w.stack {
			continue
		}
		switch r := r.(type) {
		case *record.ChangeRequest:
			s.changes[r.Name] = append(s.changes[r.Name], r)
		case *record.Message:
			once(w.t, true, "a message for change", s.messages, r.Triggers["change"], m.ID)
		default:
			if !record.Gone(r) {
				s.standing[key] = mark
			}
		}
	}
	for _, changes := range s.changes {
		slices.SortFunc(changes, func(a, b *record.ChangeRequest) int { return cmp.Compare(a.Number, b.Number) })
	}
	return s
}

func once(t *testing.T, counts bool, what string, seen map[string]string, value, by string) {
	t.Helper()
	if !counts {
		return
	}
	if other, twice := seen[value]; twice {
		t.Errorf("%s %q is held twice: by %s and by %s", what, value, other, by)
	}
	seen[value] = by
}

// sound checks the SQLite file itself.
func (w *world) sound() {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.database+"?mode=rw")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		w.t.Errorf("integrity_check: %q, %v", verdict, err)
	}
	var violations int
	if err := db.QueryRow("SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&violations); err != nil || violations > 0 {
		w.t.Errorf("%d rows break a reference, %v", violations, err)
	}
}

// ledger follows a stack from trouble to trouble.
type ledger struct {
	w        *world
	standing map[string]string
	// due is how many change requests each VM will have once an apply has succeeded; see guarantee 4.
	due map[string]int
	// reopened counts the changes that are due a second time, and torn the state files that a kill left unreadable.
	reopened, torn int
}

func newLedger(w *world) *ledger {
	l := &ledger{w: w, standing: map[string]string{}, due: map[string]int{}}
	for _, name := range w.changeNames() {
		l.due[name] = 1
	}
	return l
}

func (w *world) changeNames() []string {
	names := make([]string, w.vms)
	for i := range names {
		names[i] = "Build " + vmName(i)
	}
	return names
}

func vmName(i int) string { return fmt.Sprintf("vm-%03d", i) }

// note is called after trouble in an apply, once nothing of it runs any more.
func (l *ledger) note(keptState state) snapshot {
	l.w.t.Helper()
	now := l.w.look()
	l.keeps(now)
	known := keptState.changes()
	for name := range l.due {
		changes := now.changes[name]
		if len(changes) > l.due[name] {
			l.w.t.Errorf("%q has %d change requests, %d are due: %s", name, len(changes), l.due[name], numbers(changes))
		}
		last := len(changes) - 1
		if last >= 0 && !changes[last].Open() && !known[name] && l.due[name] == len(changes) {
			l.due[name]++
			l.reopened++
		}
	}
	return now
}

// keeps checks guarantee 2.
func (l *ledger) keeps(now snapshot) {
	l.w.t.Helper()
	for key, mark := range l.standing {
		if now.standing[key] != mark {
			l.w.t.Errorf("%s was %q and is %q", key, mark, now.standing[key])
		}
	}
	maps.Copy(l.standing, now.standing)
}

// complete checks guarantees 3 and 4, after an apply that succeeded.
func (l *ledger) complete() {
	l.w.t.Helper()
	now := l.w.look()
	l.keeps(now)
	kinds := map[string]int{}
	for key := range now.standing {
		kinds[strings.Split(key, "/")[1]]++
	}
	for kind, want := range map[string]int{
		"cmdb_configuration_item": l.w.vms + 1, "cmdb_relationship": l.w.vms, "ipam_address": l.w.vms,
		"iam_functional_account": l.w.vms, "iam_identity": l.w.vms, "monitoring_target": l.w.vms,
		"backup_policy": 1, "backup_enrollment": l.w.vms, "secret_delivery": 2 * l.w.vms,
	} {
		if kinds[kind] != want {
			l.w.t.Errorf("the stack has %d live records of kind %s, want %d", kinds[kind], kind, want)
		}
	}
	for name, due := range l.due {
		changes := now.changes[name]
		open := slices.ContainsFunc(changes, (*record.ChangeRequest).Open)
		if len(changes) != due || open {
			l.w.t.Errorf("%q has %d change requests, %d are due, all of them closed: %s", name, len(changes), due, numbers(changes))
			continue
		}
		if last := changes[due-1]; now.messages[last.ID] == "" {
			l.w.t.Errorf("nobody was told that %q is done: there is no message for %s (id %s)", name, last.Number, last.ID)
		}
	}
	if len(now.changes) != l.w.vms {
		l.w.t.Errorf("there are changes for %d VMs, want %d", len(now.changes), l.w.vms)
	}
	l.w.addressesMatch(now)
	l.w.deliveriesOpen()
	if tainted := l.w.mustState().tainted(); len(tainted) > 0 {
		l.w.t.Errorf("after an apply that succeeded: %v", tainted)
	}
	l.w.planEmpty()
}

// addressesMatch compares what Terraform tells its user with what the registry has.
func (w *world) addressesMatch(now snapshot) {
	w.t.Helper()
	told := w.addresses()
	if len(told) != w.vms {
		w.t.Errorf("the output has %d addresses, want %d", len(told), w.vms)
	}
	for name, cidr := range told {
		address, _, _ := strings.Cut(cidr, "/")
		mark := now.standing[record.CorrelationKey(w.stack, record.KindIPAddress, name)]
		if _, kept, _ := strings.Cut(mark, " "); kept != address {
			w.t.Errorf("%s has address %q in the state and %q in the registry", name, address, kept)
		}
	}
}

func (w *world) mustState() state {
	w.t.Helper()
	s, err := w.state()
	if err != nil {
		w.t.Fatalf("the state file: %v", err)
	}
	return s
}

func numbers(changes []*record.ChangeRequest) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, " %s (id %s) %s", c.Number, c.ID, c.State)
		if !c.Open() {
			b.WriteString(" at " + record.FormatTime(c.ClosedAt))
		}
	}
	return b.String()
}

// destroyed checks guarantee 5.
func (w *world) destroyed() {
	w.t.Helper()
	now := w.look()
	for key, mark := range now.standing {
		w.t.Errorf("after the destroy %s is still there: %s", key, mark)
	}
	for name, changes := range now.changes {
		if slices.ContainsFunc(changes, (*record.ChangeRequest).Open) {
			w.t.Errorf("after the destroy a change %q is open:%s", name, numbers(changes))
		}
	}
	if left := w.mustState().size(); left > 0 {
		w.t.Errorf("after the destroy the state still has %d records", left)
	}
}
