// Copyright (c) The InfraOps Authors
// SPDX-License-Identifier: MPL-2.0

package record

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func optionalSystem() System {
	even := func(value string) error {
		if len(value)%2 != 0 {
			return errors.New("must have an even number of letters")
		}
		return nil
	}
	return System{Name: "desk", Options: []Option{
		{Name: "url", Check: even},
		{Name: "timeout", Default: "60s"},
		{Name: "queues", Map: true, Check: even, Default: `{"normal":"Gene"}`},
	}}
}

func TestSystemEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		variables map[string]string
		want      Settings
		fails     []string
	}{
		"nothing":        {nil, Settings{"timeout": "60s", "queues.normal": "Gene"}, nil},
		"texts":          {map[string]string{"URL": "a.bc", "TIMEOUT": "5s"}, Settings{"url": "a.bc", "timeout": "5s", "queues.normal": "Gene"}, nil},
		"empty is unset": {map[string]string{"URL": "", "TIMEOUT": "", "QUEUES": ""}, Settings{"timeout": "60s", "queues.normal": "Gene"}, nil},
		"map": {
			map[string]string{"QUEUES": `{"emergency":"911s","a.b":"xx"}`},
			Settings{"timeout": "60s", "queues.emergency": "911s", "queues.a.b": "xx"},
			nil,
		},
		"refused":          {map[string]string{"URL": "odd"}, nil, []string{"INFRAOPS_DESK_URL", "even number"}},
		"refused entry":    {map[string]string{"QUEUES": `{"a":"odd"}`}, nil, []string{"INFRAOPS_DESK_QUEUES", `entry "a"`, "even number"}},
		"empty entry":      {map[string]string{"QUEUES": `{"a":""}`}, nil, []string{"INFRAOPS_DESK_QUEUES", `entry "a"`, "must not be empty"}},
		"entry of no name": {map[string]string{"QUEUES": `{"":"ab"}`}, nil, []string{"INFRAOPS_DESK_QUEUES", "must have a name"}},
		"no JSON":          {map[string]string{"QUEUES": `a=hunter2`}, nil, []string{"INFRAOPS_DESK_QUEUES", "JSON object"}},
		"null":             {map[string]string{"QUEUES": `null`}, nil, []string{"INFRAOPS_DESK_QUEUES", "JSON object"}},
		"nested":           {map[string]string{"QUEUES": `{"a":{"b":"hunter2"}}`}, nil, []string{"INFRAOPS_DESK_QUEUES", "JSON object"}},
		"several":          {map[string]string{"URL": "odd", "QUEUES": `[]`}, nil, []string{"INFRAOPS_DESK_URL", "INFRAOPS_DESK_QUEUES"}},
	} {
		t.Run(name, func(t *testing.T) {
			for option, value := range c.variables {
				t.Setenv("INFRAOPS_DESK_"+option, value)
			}
			got, err := optionalSystem().Environment()
			if c.fails == nil {
				if err != nil || !maps.Equal(got, c.want) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err == nil {
				t.Fatalf("got %v", got)
			}
			for _, part := range c.fails {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the value is in: %v", err)
			}
		})
	}
}

func TestSettingsEntries(t *testing.T) {
	settings := Settings{"queue": "x", "queues.a": "1", "queues.b.c": "2", "queuesd.e": "3"}
	if got := settings.Entries("queues"); !maps.Equal(got, map[string]string{"a": "1", "b.c": "2"}) {
		t.Errorf("got %v", got)
	}
}
