// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

// gold is a policy with objects, lists of objects, and objects in these.
func gold() attrs {
	return attrs{
		"name": "gold", "retention": attrs{"daily": 7, "weekly": 4, "hourly": 0}, "window": attrs{"start": "22:00", "duration": "6h"},
		"schedules": []attrs{{"every": "day", "at": "22:30"}, {"every": "week", "days": []string{"sunday", "friday"}}},
		"copies":    []attrs{{"location": "offsite", "retention": attrs{"monthly": 12}}, {"location": "bunker"}},
	}
}

func TestObjectsAreKeptAsTheyWereWritten(t *testing.T) {
	w := newWorld(t)
	b := w.created(policy, gold())
	if p := w.walk().plan(b, gold()).ok(t); !p.empty {
		t.Errorf("planned %s\nfrom %s", p.state, b.state)
	}
	for what, again := range map[string]attrs{
		"a duration in other words": {"window": attrs{"start": "22:00", "duration": "360m"}},
		"a set in another order":    {"schedules": []attrs{{"every": "day", "at": "22:30"}, {"every": "week", "days": []string{"friday", "sunday"}}}},
	} {
		if p := w.walk().plan(b, gold().with(again)).ok(t); !p.empty {
			t.Errorf("%s: planned %s\nfrom %s", what, p.state, b.state)
		}
	}
	reordered := gold().with(attrs{"copies": []attrs{{"location": "bunker"}, {"location": "offsite", "retention": attrs{"monthly": 12}}}})
	w.faulty.Reset()
	w.walk().apply(b, reordered).ok(t)
	w.wantCalls("backup_policy.Update=1")
	if p := w.only(policy).(*record.BackupPolicy); p.Copies[0].Location != "bunker" || p.Copies[1].Retention.Monthly != 12 {
		t.Errorf("the order of a list was not kept: %+v", p.Copies)
	}
}

// A zero and nothing are the same to a system, so an import shows nothing where the configuration may say zero.
func TestZerosInObjectsAreNoChange(t *testing.T) {
	w := newWorld(t)
	id := w.created(policy, gold()).text("id")
	walk := w.walk()
	b, a := walk.importID(policy, id, nil)
	a.ok(t)
	walk.read(b).ok(t)
	for name, want := range map[string]tftypes.Value{"hourly": tftypes.NewValue(tftypes.Number, nil), "daily": tftypes.NewValue(tftypes.Number, 7)} {
		if got := members(members(b.state)["retention"])[name]; !got.Equal(want) {
			t.Errorf("imported %s as %s, want %s", name, got, want)
		}
	}
	if p := w.walk().plan(b, gold()).ok(t); !p.empty {
		t.Errorf("planned %s\nfrom %s", p.state, b.state)
	}
	// With another change beside it, the zero is planned as it is in the state.
	w.faulty.Reset()
	w.walk().apply(b, gold().with(attrs{"immutable_days": 3})).ok(t)
	w.wantCalls("backup_policy.Update=1")
	if p := w.walk().plan(b, gold().with(attrs{"immutable_days": 3})).ok(t); !p.empty {
		t.Errorf("planned %s\nfrom %s", p.state, b.state)
	}
	w.walk().apply(b, gold()).ok(t)
	without := gold().with(attrs{"retention": attrs{"daily": 7, "weekly": 4}})
	w.walk().apply(b, without).ok(t)
	if p := w.walk().plan(b, without).ok(t); !p.empty {
		t.Errorf("without the zero: planned %s\nfrom %s", p.state, b.state)
	}
}

func TestDriftInObjects(t *testing.T) {
	w := newWorld(t)
	b := w.created(policy, gold())
	drifted := w.only(policy).(*record.BackupPolicy)
	drifted.Retention.Daily, drifted.Copies = 5, drifted.Copies[:1]
	w.edit(drifted, "retention", "copies")
	w.walk().read(b).ok(t)
	if got := members(members(b.state)["retention"])["daily"]; !got.Equal(tftypes.NewValue(tftypes.Number, 5)) {
		t.Errorf("read daily as %s", got)
	}
	w.walk().apply(b, gold()).ok(t)
	if p := w.only(policy).(*record.BackupPolicy); p.Retention.Daily != 7 || len(p.Copies) != 2 {
		t.Errorf("the drift was not undone: %+v", p)
	}
	w.walk().apply(b, gold().with(attrs{"window": nil, "copies": nil})).ok(t)
	if p := w.only(policy).(*record.BackupPolicy); p.Window != nil || len(p.Copies) != 0 {
		t.Errorf("what the configuration dropped is still there: %+v", p)
	}
}

func TestRulesNameMembersOfObjects(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		config attrs
		words  []string
	}{
		{attrs{"retention": attrs{"hourly": 24}}, []string{"retention.hourly: Invalid retention: retention: hourly cannot be kept: no schedule makes a backup that often"}},
		{attrs{"retention": attrs{"hourly": 0}}, []string{"retention: Invalid retention", "must keep at least one recovery point"}},
		{attrs{"window": attrs{"start": "22:00", "duration": "soon"}}, []string{"window.duration: Invalid window", "must be a duration"}},
		{attrs{"window": attrs{"start": "", "duration": "6h"}}, []string{"window.start: ", "must not be empty"}},
		{attrs{"schedules": []attrs{{"every": "day"}, {"every": "moon"}}}, []string{"schedules.ElementKeyInt(1): Invalid schedules: schedules: 1: every must be one of hour, day, week, month"}},
		{attrs{"schedules": []attrs{{"every": "day"}, {"every": "week", "days": []string{""}}}}, []string{"schedules.ElementKeyInt(1): ", "schedules: 1: days", "must not be empty"}},
		{attrs{"copies": []attrs{{"location": "a", "retention": attrs{"daily": -1}}}}, []string{"copies.ElementKeyInt(0): ", "copies: 0: retention: daily", "must be between 0 and"}},
	} {
		walk := w.walk()
		walk.plan(walk.block(policy), gold().with(c.config)).wantError(t, c.words...)
	}
}

func TestRulesWaitForMembersThatAreNotKnownYet(t *testing.T) {
	w := newWorld(t)
	for name, config := range map[string]attrs{
		"a count":               {"retention": attrs{"daily": unknown{}}, "immutable_days": 90},
		"a retention":           {"retention": unknown{}, "immutable_days": 90},
		"a period":              {"schedules": []attrs{{"every": unknown{}, "at": "22:30", "type": "differential"}}, "retention": attrs{"hourly": 24}},
		"the schedules":         {"schedules": unknown{}, "retention": attrs{"hourly": 24}},
		"the start of a window": {"window": attrs{"start": unknown{}, "duration": "1m"}},
	} {
		walk := w.walk()
		if a := walk.plan(walk.block(policy), gold().with(config)); a.failed() {
			t.Errorf("%s: %q", name, a.errors())
		}
	}
}

// rounding is a system that keeps no less than a week of daily points.
func rounding(r record.Record) []record.FieldError {
	p := r.(*record.BackupPolicy)
	if p.Retention != nil && p.Retention.Daily > 0 && p.Retention.Daily < 7 {
		return []record.FieldError{{Field: "retention.daily", Problem: "must be at least 7"}}
	}
	return nil
}

func TestPlanRefusesWhatTheSystemWouldRound(t *testing.T) {
	w := newWorld(t)
	w.system.Kinds[policy] = record.Support{Refuses: rounding}
	short := gold().with(attrs{"retention": attrs{"daily": 5}})
	walk := w.walk()
	walk.plan(walk.block(policy), short).
		wantError(t, "retention.daily: Invalid retention: retention: daily cannot be kept as it is by Memory: it must be at least 7.")
	walk.plan(walk.block(policy), short.with(attrs{"retention": attrs{"daily": unknown{}}})).ok(t)
	b := w.created(policy, gold())
	w.walk().plan(b, short).wantError(t, "it must be at least 7")
	w.wantCalls()
}

func TestWhatASystemDoesNotKnowIsNull(t *testing.T) {
	w := newWorld(t)
	plan := w.put(&record.PatchPolicy{Name: "weekly"})
	config := attrs{"policy_id": plan.Metadata().ID, "target": "web-01"}
	b := w.created(patching, config)
	for _, name := range []string{"compliant", "pending_updates", "last_run_at"} {
		if v := members(b.state)[name]; !v.IsNull() {
			t.Errorf("%s is %s", name, v)
		}
	}
	seen, no, none := w.only(patching).(*record.PatchEnrollment), false, int64(0)
	seen.Compliant, seen.PendingUpdates = &no, &none
	w.edit(seen, "compliant", "pending_updates")
	w.walk().read(b).ok(t)
	for name, want := range map[string]tftypes.Value{"compliant": tftypes.NewValue(tftypes.Bool, false), "pending_updates": tftypes.NewValue(tftypes.Number, 0)} {
		if v := members(b.state)[name]; !v.Equal(want) {
			t.Errorf("%s is %s, want %s", name, v, want)
		}
	}
	if p := w.walk().plan(b, config).ok(t); !p.empty {
		t.Errorf("planned %s\nfrom %s", p.state, b.state)
	}
}

// An update can refer to another record, which is looked for as at a create.
func TestPlanLooksForWhatAnUpdateRefersTo(t *testing.T) {
	w := newWorld(t)
	first, second := w.put(&record.PatchPolicy{Name: "weekly"}), w.put(&record.PatchPolicy{Name: "monthly"})
	config := attrs{"policy_id": first.Metadata().ID, "target": "web-01"}
	b := w.created(patching, config)
	w.walk().plan(b, config.with(attrs{"policy_id": "m4711"})).wantError(t, `policy_id: Cannot plan`, `no live patch policy with id "m4711"`, "infraops_patch_policy")
	w.walk().apply(b, config.with(attrs{"policy_id": second.Metadata().ID})).ok(t)
	w.walk().plan(b, config.with(attrs{"policy_id": unknown{}})).ok(t)
	w.faulty.Reset()
	w.walk().plan(b, config.with(attrs{"policy_id": second.Metadata().ID, "ring": "canary"})).ok(t)
	w.wantCalls()
}

// The default of an object's member may be written or left out, whichever of the two the state has.
func TestDefaultsInObjectsAreNoChange(t *testing.T) {
	nginx := func(host attrs) attrs { return attrs{"name": "nginx", "host": host} }
	short, long := nginx(attrs{"address": "web-01"}), nginx(attrs{"address": "web-01", "port": 22})
	for _, c := range []struct{ first, second attrs }{{short, long}, {long, short}} {
		w := newWorld(t)
		b := w.created("software_package", c.first)
		if p := w.walk().plan(b, c.second).ok(t); !p.empty {
			t.Errorf("planned %s\nfrom %s", p.state, b.state)
		}
	}
}
