// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import "time"

// MonitoringDowntime is a time during which a target's alarms count for nothing. One that has begun is a fact: its start
// cannot be moved. One that is over is evidence and is not edited.
type MonitoringDowntime struct {
	Meta
	TargetID string    `json:"target_id"`
	Start    time.Time `json:"start,omitzero"`
	End      time.Time `json:"end,omitzero"`
	Reason   string    `json:"reason"`
}

// KindMonitoringDowntime is the kind of [MonitoringDowntime].
var KindMonitoringDowntime = define(Definition{
	Kind: "monitoring_downtime", Role: RoleMonitoring, Title: "monitoring downtime", Version: 1,
	Key: []string{"target_id", "start"}, NameForm: "<target_id>/<start>",
	New: func() Record { return new(MonitoringDowntime) },
})

// Kind implements [Record].
func (*MonitoringDowntime) Kind() Kind { return "monitoring_downtime" }

// NaturalName implements [Record].
func (d *MonitoringDowntime) NaturalName() string { return d.TargetID + "/" + FormatTime(d.Start) }

// Canonicalise implements [Record].
func (d *MonitoringDowntime) Canonicalise() {
	d.Start, d.End = canonicalTime(d.Start), canonicalTime(d.End)
}

// Validate implements [Record].
func (d *MonitoringDowntime) Validate() []FieldError {
	var v rules
	v.name("target_id", d.TargetID)
	v.time("start", d.Start)
	v.time("end", d.End)
	if !d.Start.IsZero() && !d.End.IsZero() && !canonicalTime(d.Start).Before(canonicalTime(d.End)) {
		v.addAcross("end", []string{"start"}, "must be after start")
	}
	v.text("reason", d.Reason)
	v.entries("extensions", d.Extensions, MaxValue)
	return v.problems
}

// Running says whether the downtime has begun and is not over.
func (d *MonitoringDowntime) Running(now time.Time) bool {
	return !now.Before(d.Start) && now.Before(d.End)
}

// Over says whether the downtime has ended.
func (d *MonitoringDowntime) Over(now time.Time) bool { return !now.Before(d.End) }

// Retire implements [Retirer]. One that is to come is cancelled, one that runs ends now, and one that is over stays as it is.
func (d *MonitoringDowntime) Retire() { d.retireAt(time.Now()) }

func (d *MonitoringDowntime) retireAt(now time.Time) {
	// In the second in which it began it has no length yet, and counts as one that is to come.
	if end := canonicalTime(now); d.Running(end) && end.After(d.Start) {
		d.End = end
	}
	d.Retired = true
}

// Gone implements [Retirer]. What is over is not gone: its block would be made anew.
func (d *MonitoringDowntime) Gone() bool { return d.Retired }

// HoldsKey implements [Retirer].
func (d *MonitoringDowntime) HoldsKey() bool { return !d.Retired }

// CheckEdit says why an edit, at this time, would rewrite what has happened; nil where it does not.
func (d *MonitoringDowntime) CheckEdit(edited *MonitoringDowntime, now time.Time) error {
	switch {
	case len(Changes(d, edited)) == 0:
		return nil
	case d.Over(now):
		return Errorf(ErrRefused, "the downtime was over at %s and is kept as evidence", FormatTime(d.End)).On("end").
			Advise("Plan another downtime")
	case !d.Running(now):
		return nil
	case !edited.Start.Equal(d.Start):
		return Errorf(ErrRefused, "the downtime has begun at %s, so its start cannot be moved", FormatTime(d.Start)).On("start").
			Advise("Change its end, or plan another downtime")
	case edited.Over(now):
		return Errorf(ErrRefused, "the downtime runs, so it cannot have ended at %s already", FormatTime(edited.End)).On("end").
			Advise("Destroy the downtime to end it now")
	}
	return nil
}
