// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "time"

// BackupEnrollment puts one machine, or a part of it, under a [BackupPolicy].
type BackupEnrollment struct {
	Meta
	Name     string `json:"name"`
	PolicyID string `json:"policy_id"`
	// Target is an address, or the name of the machine's agent in the backup system.
	Target string `json:"target"`
	// Include and Exclude are paths, patterns or disks. Their order can matter.
	Include   []string `json:"include,omitempty"`
	Exclude   []string `json:"exclude,omitempty"`
	OnDestroy string   `json:"on_destroy,omitempty" infraops:"input"`
	// The rest is what the system has seen; empty where it does not know.
	LastSuccessAt  time.Time `json:"last_success_at,omitzero"`
	RecoveryPoints *int64    `json:"recovery_points,omitempty"`
}

// BackupDisposals are what can become of the recovery points of an enrollment that is destroyed.
func BackupDisposals() []string { return []string{"retain", "expire"} }

// KindBackupEnrollment is the kind of [BackupEnrollment].
var KindBackupEnrollment = define(Definition{
	Kind: "backup_enrollment", Role: RoleBackup, Title: "backup enrollment", Version: 1,
	Key: []string{"name"}, NameForm: "<name>",
	New:  func() Record { return new(BackupEnrollment) },
	Uses: map[string]Kind{"policy_id": "backup_policy"},
})

// Kind implements [Record].
func (*BackupEnrollment) Kind() Kind { return "backup_enrollment" }

// NaturalName implements [Record].
func (b *BackupEnrollment) NaturalName() string { return b.Name }

// Canonicalise implements [Record].
func (b *BackupEnrollment) Canonicalise() { b.LastSuccessAt = canonicalTime(b.LastSuccessAt) }

// Validate implements [Record].
func (b *BackupEnrollment) Validate() []FieldError {
	var v rules
	v.name("name", b.Name)
	v.name("policy_id", b.PolicyID)
	v.name("target", b.Target)
	v.paths("include", b.Include)
	v.paths("exclude", b.Exclude)
	v.oneOf("on_destroy", b.OnDestroy, BackupDisposals())
	v.entries("extensions", b.Extensions, MaxValue)
	return v.problems
}

// paths is for lists of paths and patterns.
func (v *rules) paths(field string, paths []string) {
	seen := map[string]bool{}
	for _, path := range paths {
		before := len(v.problems)
		v.boundedText(field, path, MaxValue)
		switch {
		case len(v.problems) > before:
		case path == "":
			v.add(field, "must not contain an empty text")
		case seen[path]:
			v.add(field, "has %s twice", shown(path))
		default:
			seen[path] = true
			continue
		}
		return
	}
}
