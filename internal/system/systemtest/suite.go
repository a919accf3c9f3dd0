// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

// Package systemtest is the suite that every system must pass. It holds a system to what package record writes
// about the [record.Store] port, kind by kind, so that a configuration behaves alike whatever serves it.
//
// A new kind needs a case in cases.go; the suite fails until it has one. A new system needs one call of [Run].
package systemtest

import (
	"context"
	"testing"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// Config says how the suite gets at a system.
type Config struct {
	// Open makes a connection to an empty system, with fresh data at each call. What it starts it cleans up through t;
	// a check may have closed a connection before that.
	Open func(t *testing.T) record.Connection
	// Again makes a second, independent connection to the data of the last Open, as another process would.
	Again func(t *testing.T) record.Connection
	// System is what the system declares. A declared kind without a store fails, and so does a store that was not declared.
	System record.System
	// PageSize is how many rows the system lists at once; the paging check makes one more. 0: 1000.
	PageSize int
	// Approve decides about a change as a person would, outside Terraform. The error is the system's refusal to take the
	// decision. It may be nil only for a system that does not keep change requests.
	Approve func(t *testing.T, conn record.Connection, change *record.ChangeRequest, by string, approve bool, comment string) error
	// Faults holds, for each trouble that the system can be brought into, what brings the system behind the connection
	// of the last Open into it and returns what ends it. Nil: the system has no wire of its own.
	Faults map[Trouble]func(t *testing.T) (heal func())
	// Recipient is a public key that the connections can open secrets of; empty where they need none, or cannot.
	Recipient string
}

// T is the part of [testing.TB] that the checks use, so that the suite's own tests can watch a check fail.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// check is one property of a system. A check that needs kinds is left out where the system does not declare all of them.
type check struct {
	name  string
	needs []record.Kind
	run   func(e *env)
}

// Run holds a system to the guarantees of the port.
func Run(t *testing.T, c Config) {
	t.Run("declaration", func(t *testing.T) { checkDeclaration(newEnv(t, t, c)) })
	for _, k := range cases() {
		if !c.serves(k.kind) {
			continue
		}
		t.Run(string(k.kind), func(t *testing.T) {
			for _, check := range checksOf(k) {
				t.Run(check.name, func(t *testing.T) { check.run(newEnv(t, t, c)) })
			}
		})
	}
	for _, check := range areaChecks() {
		if c.serves(check.needs...) {
			t.Run(check.name, func(t *testing.T) { check.run(newEnv(t, t, c)) })
		}
	}
	for trouble, begin := range c.Faults {
		t.Run("trouble/"+string(trouble), func(t *testing.T) { checkTrouble(newEnv(t, t, c), trouble, begin) })
	}
}

// checksOf lists what is checked for every kind alike.
func checksOf(k kindCase) []check {
	with := func(name string, run func(*env, kindCase)) check {
		return check{name, nil, func(e *env) { run(e, k) }}
	}
	return []check{
		with("create", checkCreate),
		with("create twice", checkCreateTwice),
		with("get in bulk", checkGet),
		with("find", checkFind),
		with("find beyond a page", checkPaging),
		with("update", checkUpdate),
		with("update entries", checkUpdateEntries),
		with("update missing", checkUpdateMissing),
		with("drift", checkDrift),
		with("retire", checkRetire),
		with("erase", checkErase),
		with("create concurrently", checkConcurrentCreate),
		with("invalid", checkInvalid),
		with("cancelled context", checkContext),
		with("closed connection", checkClosed),
		with("own copies", checkOwnCopies),
		with("uses", checkUses),
	}
}

// areaChecks lists what is checked for particular kinds.
func areaChecks() []check {
	items, addresses := []record.Kind{record.KindConfigurationItem}, []record.Kind{record.KindPrefix, record.KindIPAddress}
	changes, deliveries := []record.Kind{record.KindChangeRequest}, []record.Kind{record.KindSecretDelivery}
	images, downtimes := []record.Kind{record.KindImageVersion, record.KindImageChannel}, []record.Kind{record.KindMonitoringTarget, record.KindMonitoringDowntime}
	freezes := []record.Kind{record.KindChangeRequest, record.KindChangeFreeze}
	return []check{
		{"image/status", images[:1], checkImageStatus},
		{"image/unique", images, checkUniqueImage},
		{"image/channel", images, checkChannel},
		{"monitoring/downtime of nothing", downtimes, checkDowntimeTarget},
		{"monitoring/downtime", downtimes, checkDowntimeLife},
		{"cmdb/revive", items, checkRevive},
		{"cmdb/state view", items, checkStateView},
		{"cmdb/relationship to nothing", append(items, record.KindRelationship), checkDanglingRelationship},
		{"ipam/prefix is unique", addresses[:1], checkUniquePrefix},
		{"ipam/prefix in use", addresses, checkPrefixInUse},
		{"ipam/allocate", addresses, checkAllocate},
		{"ipam/allocate concurrently", addresses, checkConcurrentAllocation},
		{"ipam/exhausted", addresses, checkExhausted},
		{"ipam/refused addresses", addresses, checkRefusedAddresses},
		{"change/new", changes, checkNewChange},
		{"change/standard", changes, checkStandardChange},
		{"change/illegal steps", changes, checkIllegalSteps},
		{"change/approve", changes, checkApprove},
		{"change/requester cannot approve", changes, checkRequesterApproval},
		{"change/reject", changes, checkReject},
		{"change/edit", changes, checkEdit},
		{"change/forge", changes, checkForgery},
		{"change/close", changes, checkClose},
		{"change/cancel", changes, checkCancel},
		{"change/approval view", changes, checkApprovalView},
		{"change/closure view", changes, checkClosureView},
		{"change/calendar of freezes", freezes, checkFreezeCalendar},
		{"change/calendar of changes", changes, checkChangeCalendar},
		{"change/frozen gate", freezes, checkFrozenGate},
		{"change/decommission", changes, checkDecommission},
		{"change/decommission refused", changes, checkDecommissionRefused},
		{"change/decommission of another content", changes, checkDecommissionContent},
		{"change/decommission broken off", changes, checkDecommissionBrokenOff},
		{"change/decommission of a standard type", changes, checkDecommissionStandard},
		{"notification/sent once", []record.Kind{record.KindMessage}, checkMessageStays},
		{"iam/enable again", nil, checkEnableAgain},
		{"secret/deliver again", deliveries, checkDeliverAgain},
		{"secret/read", deliveries, checkReadSecret},
		{"secret/nothing comes back", nil, checkNoSecret},
	}
}

func (c Config) serves(kinds ...record.Kind) bool {
	for _, kind := range kinds {
		if _, ok := c.System.Kinds[kind]; !ok {
			return false
		}
	}
	return true
}

// checkDeclaration compares what the system declares with what it has, and the kinds with the cases.
func checkDeclaration(e *env) {
	tested := map[record.Kind]bool{}
	for _, k := range cases() {
		tested[k.kind] = true
	}
	for _, kind := range record.Kinds() {
		if !tested[kind] {
			e.t.Errorf("kind %s has no case in systemtest/cases.go", kind)
		}
	}
	stores := e.conn.Stores()
	for kind := range e.c.System.Kinds {
		if stores[kind] == nil {
			e.t.Errorf("the system declares kind %s and has no store for it", kind)
		}
	}
	for kind := range stores {
		if !e.c.serves(kind) {
			e.t.Errorf("the system has a store for kind %s and does not declare it", kind)
		}
	}
	if e.c.serves(record.KindChangeRequest) && e.c.Approve == nil {
		e.t.Errorf("the system keeps change requests and Config.Approve is nil")
	}
	if err := e.conn.Ready(e.t.Context()); err != nil {
		e.t.Errorf("Ready: %v", err)
	}
}
