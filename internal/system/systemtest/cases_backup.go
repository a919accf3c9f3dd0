// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package systemtest

import (
	"fmt"
	"time"

	"github.com/infraops/terraform-provider-infraops/internal/record"
)

func backupCases() []kindCase { return []kindCase{backupPolicyCase(), backupEnrollmentCase()} }

func backupPolicyCase() kindCase {
	type policy = *record.BackupPolicy
	return kindCase{
		kind: record.KindBackupPolicy,
		build: func(_ *env, n int) record.Record {
			return &record.BackupPolicy{
				Name: fmt.Sprintf("gold-%04d", n), TimeZone: "Europe/Berlin", Consistency: "application", ImmutableDays: 14,
				// The order says something, the days' order does not.
				Schedules: []record.BackupSchedule{
					{Every: "week", At: "22:00", Days: []string{"sunday", "friday"}, Type: "full"},
					{Every: "day", At: "01:30", Type: "incremental"},
				},
				Retention: &record.BackupRetention{Daily: 14, Weekly: 8, Yearly: 1},
				Window:    &record.BackupWindow{Start: "22:00", Duration: 6 * time.Hour},
				Copies: []record.BackupCopy{
					{Location: "offsite", Retention: &record.BackupRetention{Monthly: 12}},
					{Location: "bunker"},
				},
			}
		},
		computed: []string{"effective"},
		edits: []edit{
			{"time_zone", as(func(p policy) { p.TimeZone = "" })},
			{"schedules", as(func(p policy) {
				p.Schedules = []record.BackupSchedule{{Every: "day", At: "23:00", Type: "incremental"}, {Every: "month", Days: []string{"last"}}}
			})},
			{"retention", as(func(p policy) { p.Retention = &record.BackupRetention{Daily: 30, Monthly: 12} })},
			{"window", as(func(p policy) { p.Window = nil })},
			{"consistency", as(func(p policy) { p.Consistency = "crash" })},
			{"immutable_days", as(func(p policy) { p.ImmutableDays = 7 })},
			{"copies", as(func(p policy) { p.Copies = []record.BackupCopy{{Location: "bunker"}, {Location: "offsite"}} })},
		},
		where: "name",
		invalid: []flaw{
			{"schedules.0.every", as(func(p policy) { p.Schedules = []record.BackupSchedule{{Every: "moon"}} }), true},
			{"retention.hourly", as(func(p policy) { p.Retention = &record.BackupRetention{Hourly: 24, Daily: 14} }), true},
			{"window.start", as(func(p policy) { p.Window = &record.BackupWindow{Start: "24:00", Duration: time.Hour} }), true},
			{"copies.1.location", as(func(p policy) { p.Copies[1].Location = p.Copies[0].Location }), true},
			{"consistency", as(func(p policy) { p.Consistency = "spiritual" }), false},
			{"immutable_days", as(func(p policy) { p.ImmutableDays = 1000 }), false},
			{"time_zone", as(func(p policy) { p.TimeZone = "Middle/Earth" }), false},
		},
		ended: retired, freesKey: true,
	}
}

func backupEnrollmentCase() kindCase {
	type enrollment = *record.BackupEnrollment
	return kindCase{
		kind: record.KindBackupEnrollment,
		build: func(e *env, n int) record.Record {
			policy := e.once("policy", func() record.Record { return backupPolicyCase().build(e, 0) })
			return &record.BackupEnrollment{
				Name: fmt.Sprintf("web-%04d", n), PolicyID: policy.Metadata().ID, Target: fmt.Sprintf("agent-%04d", n), OnDestroy: "retain",
				Include: []string{"/srv", "/etc"}, Exclude: []string{"/srv/cache"},
			}
		},
		computed: []string{"last_success_at", "recovery_points"},
		edits: []edit{
			{"target", as(func(b enrollment) { b.Target = "10.0.0.7" })},
			{"include", as(func(b enrollment) { b.Include = []string{"/etc", "/srv"} })},
			{"exclude", as(func(b enrollment) { b.Exclude = nil })},
		},
		where: "target",
		invalid: []flaw{
			{"include", as(func(b enrollment) { b.Include = []string{"/srv", "/srv"} }), false},
			{"target", as(func(b enrollment) { b.Target = "\x00" }), false},
		},
		kept: true, ended: retired, freesKey: true,
	}
}
