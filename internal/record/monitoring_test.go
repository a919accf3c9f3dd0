// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"testing"
	"time"
)

func TestMonitoringTargetRules(t *testing.T) {
	for field, bad := range map[string][]*MonitoringTarget{
		"address": {
			{Address: "10.0.0.256"},
			{Address: "10.0.0"},
			{Address: "web:9100"},
			{Address: "[2001:db8::7]"},
			{Address: "fe80::1%eth0"},
			{Address: "https://web"},
			{Address: "under score"},
			{Address: "-web"},
			{Address: "web..example.com"},
			{Address: "1234"},
		},
		"port":       {{Port: -1}, {Port: 65536}},
		"profiles":   {{Profiles: []string{"a", ""}}, {Profiles: []string{"a\n"}}},
		"groups":     {{Groups: []string{" "}}},
		"interval":   {{Interval: -time.Second}, {Interval: time.Millisecond}, {Interval: 25 * time.Hour}, {Interval: 1500 * time.Millisecond}},
		"on_destroy": {{OnDestroy: "retire"}},
		"health":     {{Health: "ill"}},
	} {
		for _, target := range bad {
			if problems := target.Validate(); len(problems) != 1 || problems[0].Field != field {
				t.Errorf("%+v: %v", target, problems)
			}
		}
	}
	for _, address := range []string{"", "10.0.0.7", "2001:DB8::7", "::ffff:10.0.0.7", "web", "web-01.example.com.", "7web", "10.0.0.7.example"} {
		target := &MonitoringTarget{Address: address, Port: 65535, Interval: 24 * time.Hour, Profiles: []string{"b", "a", "b"}}
		if problems := target.Validate(); len(problems) > 0 {
			t.Errorf("%q: %v", address, problems)
		}
		canonicalTwice(t, target)
	}
}

func FuzzMonitoringTarget(f *testing.F) {
	f.Add("WEB.example.com.", "node")
	f.Add("2001:DB8::7", "")
	f.Add("::ffff:1.2.3.4%x", "a,b")
	f.Add("1.", "\xff")
	f.Fuzz(func(t *testing.T, address, profile string) {
		canonicalTwice(t, &MonitoringTarget{Address: address, Profiles: []string{profile, "x", profile}})
	})
}

func TestDowntime(t *testing.T) {
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	made := func(start, end time.Duration) *MonitoringDowntime {
		return &MonitoringDowntime{TargetID: "1", Start: now.Add(start), End: now.Add(end), Reason: "r"}
	}
	past, running, future := made(-2*time.Hour, 0), made(0, time.Hour), made(time.Second, time.Hour)
	for name, c := range map[string]struct {
		d             *MonitoringDowntime
		running, over bool
		end           time.Duration
	}{
		"past":             {past, false, true, 0},
		"begins now":       {running, true, false, time.Hour},
		"running":          {made(-time.Hour, time.Hour), true, false, 0},
		"to come":          {future, false, false, time.Hour},
		"over this moment": {made(-time.Hour, 0), false, true, 0},
	} {
		if c.d.Running(now) != c.running || c.d.Over(now) != c.over {
			t.Errorf("%s: running %t, over %t", name, c.d.Running(now), c.d.Over(now))
		}
		ended := Clone(c.d)
		ended.retireAt(now)
		if !Gone(ended) || HoldsKey(ended) || !ended.End.Equal(now.Add(c.end)) || Check(ended) != nil {
			t.Errorf("%s: ended it is %+v", name, ended)
		}
	}
	for name, c := range map[string]struct {
		d    *MonitoringDowntime
		edit func(*MonitoringDowntime)
		on   string
	}{
		"nothing of a past one": {past, func(*MonitoringDowntime) {}, ""},
		"the reason of a past":  {past, func(d *MonitoringDowntime) { d.Reason = "s" }, "end"},
		"all of one to come": {future, func(d *MonitoringDowntime) {
			d.Start, d.End, d.Reason = now.Add(2*time.Hour), now.Add(3*time.Hour), "s"
		}, ""},
		"the end of a running":    {running, func(d *MonitoringDowntime) { d.End = now.Add(2 * time.Hour) }, ""},
		"the start of a running":  {running, func(d *MonitoringDowntime) { d.Start = now.Add(time.Minute) }, "start"},
		"a running, backwards":    {made(-time.Hour, time.Hour), func(d *MonitoringDowntime) { d.End = now }, "end"},
		"the reason of a running": {running, func(d *MonitoringDowntime) { d.Reason = "s" }, ""},
	} {
		edited := Clone(c.d)
		c.edit(edited)
		err := c.d.CheckEdit(edited, now)
		var failure *Error
		if errors.As(err, &failure); (err == nil) != (c.on == "") || err != nil && (failure.Field != c.on || !errors.Is(err, ErrRefused)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if problems := made(0, 0).Validate(); len(problems) != 1 || problems[0].Field != "end" || len(problems[0].Others) != 1 {
		t.Error(problems)
	}
}
