// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func patchCases() []kindCase { return []kindCase{patchPolicyCase(), patchEnrollmentCase()} }

func patchPolicyCase() kindCase {
	type policy = *record.PatchPolicy
	return kindCase{
		kind: record.KindPatchPolicy,
		build: func(_ *env, n int) record.Record {
			return &record.PatchPolicy{
				Name: fmt.Sprintf("weekly-%04d", n), Classifications: []string{"security", "critical"}, Include: []string{"openssl", "kernel*"},
				Exclude: []string{"docker-ce"}, ApproveAfterDays: 7, Reboot: "if_required",
				Schedule: &record.PatchSchedule{
					Recurrence: "FREQ=WEEKLY;BYDAY=SU", Start: time.Date(2026, 3, 1, 2, 0, 0, 0, time.FixedZone("", 3600)),
					Duration: 4 * time.Hour, TimeZone: "Europe/Berlin",
				},
			}
		},
		edits: []edit{
			{"schedule", as(func(p policy) {
				s := *p.Schedule
				s.Duration, s.TimeZone = 2*time.Hour, ""
				p.Schedule = &s
			})},
			{"classifications", as(func(p policy) { p.Classifications = []string{"security"} })},
			{"include", as(func(p policy) { p.Include = nil })},
			{"exclude", as(func(p policy) { p.Exclude = []string{"mysql-server", "docker-ce"} })},
			{"approve_after_days", as(func(p policy) { p.ApproveAfterDays = 0 })},
			{"reboot", as(func(p policy) { p.Reboot = "never" })},
		},
		where: "name",
		invalid: []flaw{
			{"schedule.recurrence", as(func(p policy) {
				s := *p.Schedule
				s.Recurrence = "FREQ=SOMETIMES"
				p.Schedule = &s
			}), true},
			{"classifications", as(func(p policy) { p.Classifications = []string{"colourful"} }), false},
			{"exclude", as(func(p policy) { p.Exclude = []string{"openssl"} }), false},
			{"approve_after_days", as(func(p policy) { p.ApproveAfterDays = -1 }), false},
			{"reboot", as(func(p policy) { p.Reboot = "perhaps" }), false},
		},
		ended: retired, freesKey: true,
	}
}

func patchEnrollmentCase() kindCase {
	type enrollment = *record.PatchEnrollment
	return kindCase{
		kind: record.KindPatchEnrollment,
		build: func(e *env, n int) record.Record {
			policy := e.once("policy", func() record.Record { return patchPolicyCase().build(e, 0) })
			return &record.PatchEnrollment{PolicyID: policy.Metadata().ID, Target: fmt.Sprintf("Web-%04d.Example.COM", n), Ring: "first"}
		},
		computed: []string{"compliant", "pending_updates", "last_run_at"},
		edits: []edit{
			{"ring", as(func(p enrollment) { p.Ring = "second" })},
		},
		where: "target",
		invalid: []flaw{
			{"target", as(func(p enrollment) { p.Target = "not a host" }), true},
			{"ring", as(func(p enrollment) { p.Ring = " first" }), false},
		},
		ended: retired, freesKey: true,
	}
}
